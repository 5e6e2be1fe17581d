"""Everything that restricts, each as a request that may come at any moment; and what only looks like it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from registry.model import canonical
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import stamp
from tests.authenticator import Authenticator
from tests.promises.meeting import stopped, visited
from tests.world import Person, World

Request = tuple[str, dict[str, Any]]
Make = Callable[[World, Person, str], Request]  # world, whom it concerns, the id that his lookup will have


def withdrawal(consent: str, role: str) -> Make:
    def make(world: World, person: Person, lookup: str) -> Request:
        by = {"borrower": Actor("borrower", person.borrower), "agency": world.agency, "lender": world.lender}[role]
        return "withdraw", {"by": by.value(), "consent": getattr(person, consent), "through": "portal"}
    return make


def answer(word: str) -> Make:
    """By the link in a message to the contact."""
    return lambda world, person, lookup: ("answer", {"token": person.token, "answer": word})


def objection_elsewhere(world: World, person: Person, lookup: str) -> Request:
    """Another borrower listed the same line, and the person there objects."""
    other = world.borrower(person.contact_number)
    world.deliver(other)
    return "answer", {"token": other.token, "answer": "object"}


def entry(kind: str, by_whom: str = "lender", **body: object) -> Make:
    def make(world: World, person: Person, lookup: str) -> Request:
        ident = new_id(os.urandom)
        known = {
            "BORROWER": person.borrower, "ACCOUNT": person.account, "PLACEMENT": person.placement, "ID": ident,
            "CONTACT": person.contact, "VOICE": person.channels["voice"], "AGENCY": world.agency.id,
            "LENDER": world.lender.id,
        }
        filled = {name: known.get(str(value), value) for name, value in body.items()}
        by = {"borrower": Actor("borrower", person.borrower), "agency": world.agency,
              "officer": Actor("officer", world.officers[0].id)}.get(by_whom, world.lender)
        return "append", {"entry": world.draft(kind, filled, by, ident).value()}
    return make


def payment_elsewhere(world: World, person: Person, lookup: str) -> Request:
    """Part of another account of the same borrower is paid."""
    other = Person(person.borrower, person.contact, person.number, "", person.mail, person.channels)
    world.account(other)
    return entry("account-changed/1", account=other.account, borrower=person.borrower, balance_minor=99_999,
                 as_of="2026-11-25")(world, person, lookup)


def outcome(word: str) -> Make:
    return lambda world, person, lookup: ("outcome", {
        "by": world.agency.value(), "lookup": lookup, "outcome": word, "at": stamp(world.clock.at),
        "agent": "agent-17"})


def attempt(medium: str = "voice", cause: dict[str, Any] | None = None, **more: Any) -> Make:
    return lambda world, person, lookup: ("append", {
        "entry": world.vouched("attempt-recorded/2", world.attempt_body(person, medium, cause, **more))})


def to_a_message(word: str) -> Make:
    """A message was relayed to the contact before; now comes the answer by its link."""
    def make(world: World, person: Person, lookup: str) -> Request:
        relay(world, person)
        return "answer", {"token": person.token, "answer": word}
    return make


def relay(world: World, person: Person) -> dict[str, Any]:
    """A message that was permitted, approved and sent. Returns the lookup's answer."""
    answer = approved(world, person, mode="message")
    world.deliver(person)
    return answer


def approved(world: World, person: Person, **way: str) -> dict[str, Any]:
    """A lookup of this kind; approved first where it lacks that."""
    answer = world.lookup(person, agent=f"agent-{person.account[:8]}", **way)
    if answer["verdict"] == "deny" and "approval" in answer:
        world.sign("approval-given/1", {"approval": answer["approval"], "borrower": person.borrower})
        answer = world.lookup(person, agent=f"agent-{person.account[:8]}", **way)
    return answer


def text_back(whose: str, word: str, relayed: bool = False) -> Make:
    """A text comes back to the registry's number, from the contact's telephone or the borrower's."""
    def make(world: World, person: Person, lookup: str) -> Request:
        if relayed:
            relay(world, person)
        asked = {"address": getattr(person, whose), "medium": "sms", "word": word, "reply": new_id(os.urandom)}
        return "reply", {**asked, "auth": world.courier.courier(canonical.encode({"op": "reply", **asked}))}
    return make


def complaint(from_: str, by: str, about: str = "agency") -> Make:
    """In the portal, or passed on by the lender. A complaint about a lookup names whom it was about."""
    def make(world: World, person: Person, lookup: str) -> Request:
        actor = world.lender if by == "lender" else Actor(by, getattr(person, by))
        named = {"contact": person.contact} if from_ == "contact" or about == "registry" else {}
        return "complain", {"by": actor.value(), "from": from_, "borrower": person.borrower, "about": about, **named}
    return make


def complaint_elsewhere(world: World, person: Person, lookup: str) -> Request:
    """Whoever holds the contact's line complains of what another borrower's lender does."""
    return complaint("contact", "contact")(world, world.borrower(person.contact_number), lookup)


def use(answer: str, **more: str) -> Make:
    """The number was used before for the same person; now the contact answers in the portal."""
    return lambda world, person, lookup: ("answer-use", {
        "by": Actor("contact", person.contact).value(), "lookup": lookup, "answer": answer, **more})


def objection_in_the_portal(world: World, person: Person, lookup: str) -> Request:
    return "object", {"by": Actor("contact", person.contact).value(), "contact": person.contact, "through": "portal"}


def passkey_removed(world: World, person: Person, lookup: str) -> Request:
    """The borrower has lost his telephone, and says so."""
    desk, passkey = world.vault.desk, new_id(os.urandom)
    with desk.log.operation() as at:
        desk.make("passkey-added/1", {
            "passkey": passkey, "borrower": person.borrower, "credential": passkey,
            "public_key": Authenticator().public_key, "rp_id": "localhost", "origin": "http://localhost",
        }, at, ident=passkey)
    desk.log.commit()
    return entry("passkey-removed/1", "borrower", passkey=passkey, borrower="BORROWER")(world, person, lookup)


def provider_suspended(world: World, person: Person, lookup: str) -> Request:
    """By one officer, and since ever: what the borrower's attempts rest on is not believed any more."""
    officer = world.officers[0]
    draft = world.draft("provider-suspended/1", {"provider": world.provider, "since": stamp(0)},
                        Actor("officer", officer.id))
    return "append", {"entry": {**draft.value(), "auth": [officer.officer(draft.to_sign())]}}


OF_EVIDENCE = "the provider of every attempt is suspended"
PAID = {"account": "ACCOUNT", "borrower": "BORROWER", "as_of": "2026-11-25"}
FOR_ALL = {
    "the agency is suspended": entry("party-suspended/1", party="AGENCY"),
    "the lender is suspended": entry("party-suspended/1", party="LENDER"),
    "the stop switch": entry("releases-stopped/1"),
    "the agency suspends itself": entry("party-suspended/1", "agency", party="AGENCY"),
    OF_EVIDENCE: provider_suspended,
}
RESTRICTIONS = FOR_ALL | {
    "the borrower withdraws": withdrawal("consent", "borrower"),
    "the lender withdraws for the borrower": withdrawal("consent", "lender"),
    "the agency withdraws for the contact": withdrawal("contact_consent", "agency"),
    "the contact withdraws by the link": answer("withdraw"),
    "the contact refuses by the link": answer("refuse"),
    "the contact objects by the link": answer("object"),
    "the same line objects elsewhere": objection_elsewhere,
    "the contact answers a message with never": to_a_message("never"),
    "the contact of a message is a stranger": to_a_message("not-me"),
    "the contact texts STOP": text_back("contact_number", "stop"),
    "the contact texts STOP to a message": text_back("contact_number", "stop", relayed=True),
    "the borrower texts back": text_back("number", "other"),
    "the contact objects in the portal": objection_in_the_portal,
    "the contact complains": complaint("contact", "contact"),
    "the lender passes on the contact's complaint": complaint("contact", "lender"),
    "the same line complains elsewhere": complaint_elsewhere,
    "the borrower complains": complaint("borrower", "borrower"),
    "the borrower complains about the contact": complaint("borrower", "borrower", "registry"),
    "the lender passes on the borrower's complaint": complaint("borrower", "lender"),
    "the contact says of the use: never": use("never"),
    "the contact says of the use: not me": use("not-me"),
    "the borrower removes a passkey": passkey_removed,
    "the account is assigned": lambda world, person, lookup: (
        "assign-account", {"by": world.lender.value(), "account": person.account}),
    "the borrower moves": entry("borrower-changed/1", borrower="BORROWER", lender="LENDER", residence="US-MA",
                                time_zone="America/New_York"),
    "the lender reports a minor": lambda world, person, lookup: (
        "report-contact", {"by": world.lender.value(), "contact": person.contact, "says": "minor"}),
    "the agency reports that the contact has died": lambda world, person, lookup: (
        "report-contact", {"by": world.agency.value(), "contact": person.contact, "says": "deceased"}),
    "the contact is a minor, he says": lambda world, person, lookup: (
        "report-contact", {"by": Actor("contact", person.contact).value(), "contact": person.contact,
                           "says": "minor"}),
    "the contact says that the borrower has died": lambda world, person, lookup: (
        "append", {"entry": world.draft("hold-placed/1", {
            "hold": (hold := new_id(os.urandom)), "borrower": person.borrower, "type": "deceased",
        }, Actor("contact", person.contact), hold).value()}),
    "an officer recalls": entry(
        "recalled/1", "officer", placement="PLACEMENT", account="ACCOUNT", borrower="BORROWER"),
    "a hold": entry("hold-placed/1", hold="ID", borrower="BORROWER", type="attorney"),
    "a dispute of the debt by the borrower": entry(
        "hold-placed/1", "borrower", hold="ID", borrower="BORROWER", account="ACCOUNT", type="dispute"),
    "a sign of life": entry("sign-of-life/1", borrower="BORROWER", source="login"),
    "a callback offer": entry(
        "callback-offered/1", "borrower", borrower="BORROWER", until=stamp(2**41), windows=["18:00-20:00"]),
    "a recall": entry("recalled/1", placement="PLACEMENT", account="ACCOUNT", borrower="BORROWER"),
    "the lender disputes a channel": entry("channel-disputed/1", channel="VOICE", borrower="BORROWER"),
    "the borrower disputes a channel": entry("channel-disputed/1", "borrower", channel="VOICE", borrower="BORROWER"),
    "the borrower is to be erased": entry(
        "erasure-requested/1", subject="BORROWER", role="borrower", borrower="BORROWER"),
    "the contact is to be erased": entry(
        "erasure-requested/1", subject="CONTACT", role="contact", borrower="BORROWER"),
    "the account is paid": entry("account-changed/1", **PAID, state="paid"),
    "the account is closed": entry("account-changed/1", **PAID, state="closed"),
    "the due date was wrong": entry("account-changed/1", **PAID, due_since="2026-11-20"),
    "the claim has lapsed": entry("account-changed/1", **PAID, limitation_until="2026-11-20"),
    "a part is paid": entry("account-changed/1", **PAID, balance_minor=99_999),
    "a part is paid elsewhere": payment_elsewhere,
    "somebody answers": attempt(cause={"status": "answered-person"}),
    "the household answers": attempt(cause={"status": "answered-household"}),
    "a mailbox answers": attempt(cause={"status": "answered-machine"}),
    "the call is declined": attempt(cause={"q850": 21, "hangup_by": "callee"}),
    "a text is answered": attempt("sms", {"status": "replied"}),
    "the borrower calls": attempt(direction="inbound", cause={"status": "answered-person"}),
    "the contact was refused": outcome("refused"),
    "the contact is a stranger": outcome("wrong-person"),
    "the contact is a minor": outcome("minor"),
    "the borrower has died": outcome("deceased"),
    "the number is dead": outcome("number-dead"),
    "somebody is in distress": outcome("distress"),
    "visitors met the borrower": visited,
    "somebody on a brokered call says: never again": stopped,
}
# They report what was permitted earlier: that is asked for first, while nothing restricts yet.
REPORTED_LATER = ("visitors met the borrower", "somebody on a brokered call says: never again")
# What ends a permit, though the next one may be granted at once: it is asked anew, by what is known now.
ASKED_ANEW = {
    "the borrower turns out to be a guarantor": entry(
        "liability-changed/1", account="ACCOUNT", borrower="BORROWER", lender="LENDER", liability="guarantor"),
}
HARMLESS = {
    "a message will be passed on": to_a_message("will-relay"), "a message cannot": to_a_message("cannot"),
    "the contact texts something": text_back("contact_number", "other"),
    "the contact says of the use: I will": use("will-relay"), "the contact says of the use: I cannot": use("cannot"),
    "the contact says of the use: here is another number": use(
        "gave-channel", address="+8610000006002", medium="sms"),
    "it will be relayed": outcome("will-relay"), "nobody answered": outcome("no-answer"),
    "one more failure": attempt(), "the debt grows": entry("account-changed/1", **PAID, balance_minor=100_001),
    "a notice is asked for": lambda world, person, lookup: (
        "notice", {"by": world.agency.value(), "account": person.account}),
    "feeds are complete": entry("feed-complete/1", lender="LENDER", feed="logins", complete_through=stamp(0)),
}


def needs_a_permit(name: str) -> bool:
    """Whether it can only follow a number that left."""
    return {**RESTRICTIONS, **HARMLESS}[name].__qualname__.startswith(("outcome", "use"))
