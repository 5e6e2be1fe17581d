"""One thing that is wrong where all else is right, and the reason that the vault must give for it.

`BREAKS` happen to somebody who would get a permit; `FLAWS` are in the effort to reach him.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, date_of, stamp
from tests.promises.machine.cures import Notice, new_number
from tests.promises.machine.town import PLAN, Dial, Town, told_of_it
from tests.world import TIMES, Person

Break = Callable[[Town, Person], object]


def hold(kind: str) -> Break:
    def place(town: Town, person: Person) -> object:
        ident = new_id(os.urandom)
        return town.says("hold-placed/1", {"hold": ident, "borrower": person.borrower, "type": kind},
                         town.lender, ident)
    return place


def account(**changes: int | str) -> Break:
    """Dates are given as days from today."""
    def change(town: Town, person: Person) -> object:
        today = town.local_today()
        told = {name: date_of(today + value) if isinstance(value, int) and name != "balance_minor" else value
                for name, value in changes.items()}
        return town.says("account-changed/1", {
            "account": person.account, "borrower": person.borrower, "as_of": date_of(today), **told}, town.lender)
    return change


def word(answer: str) -> Break:
    return lambda town, person: town.tries_to("answer", token=person.token, answer=answer)


def withdrawal(consent: str) -> Break:
    return lambda town, person: town.tries_to(
        "withdraw", by=town.lender.value(), consent=getattr(person, consent), through="lender")


def outcome(what: str) -> Break:
    """Somebody else had a permit on that line before, and this is what became of it."""
    def report(town: Town, person: Person) -> object:
        permits = [one for one in town.entries("lookup-decided/1")
                   if one.body["verdict"] == "permit" and one.body["borrower"] == person.borrower]
        if not permits:
            return None
        return town.tries_to("outcome", by=Actor("agency", permits[-1].body["client"]).value(), lookup=permits[-1].id,
                             outcome=what, at=stamp(town.clock.at), agent="agent-17")
    return report


def erasure(role: str) -> Break:
    return lambda town, person: town.says("erasure-requested/1", {
        "subject": getattr(person, role), "role": role, "borrower": person.borrower}, town.lender)


def life(source: str) -> Break:
    return lambda town, person: town.says(
        "sign-of-life/1", {"borrower": person.borrower, "source": source}, town.lender)


def attempt(cause: dict[str, Any], medium: str = "voice", **changes: Any) -> Break:
    return lambda town, person: town.tried(person, medium, cause, **changes)


def a_late_report(town: Town, person: Person) -> object:
    """Of a call at three in the morning, signed and told on the day after."""
    town.next(1, "02:30")
    town.tried(person, "voice", {"status": "answered-person"}, began_at=town.clock.at - 23 * HOUR)
    town.next(0, "10:00")
    return town.feeds()


def recall(town: Town, person: Person) -> object:
    return town.says("recalled/1", {
        "placement": person.placement, "account": person.account, "borrower": person.borrower}, town.agency)


def callback(town: Town, person: Person) -> object:
    return town.says("callback-offered/1", {
        "borrower": person.borrower, "until": stamp(town.clock.at + DAY), "windows": []}, town.lender)


def at_night(town: Town, person: Person) -> object:
    town.next(0, "20:00")
    return town.feeds()


def a_day_later(town: Town, person: Person) -> object:
    return town.next(2)


def two_weeks_later(town: Town, person: Person) -> object:
    town.next(14)
    return town.feeds()


def a_new_channel(use: str, medium: str = "email") -> Break:
    def add(town: Town, person: Person) -> object:
        value = f"more{new_number()}@demo.invalid" if medium == "email" else f"+86100002{new_number():04d}"
        return town.tries_to("add-channel", by=town.lender.value(), borrower=person.borrower, medium=medium,
                             value=value, use=use)
    return add


def the_contacts_line(town: Town, person: Person) -> object:
    """The contact's number is also the borrower's."""
    return town.tries_to("add-channel", by=town.lender.value(), borrower=person.borrower, medium="voice",
                         value=person.contact_number, use="personal")


def a_strangers_line(town: Town, person: Person) -> object:
    """His telephone is somebody else's contact's: what failed there says nothing about him."""
    return town.borrower(person.number)


def objection_elsewhere(town: Town, person: Person) -> object:
    """Another borrower listed the same line, and the person there objects."""
    other = town.borrower(person.contact_number)
    town.send_all(other)
    return town.tries_to("answer", token=other.token, answer="object")


def recalled_by_the_borrower(town: Town, person: Person) -> object:
    """And placed again by the lender."""
    town.says("recalled/1", {"placement": person.placement, "account": person.account, "borrower": person.borrower},
              Actor("borrower", person.borrower))
    return town.places(person)


def erased_by_the_borrower(town: Town, person: Person) -> object:
    """And cancelled by an officer."""
    body = {"subject": person.borrower, "role": "borrower", "borrower": person.borrower}
    town.says("erasure-requested/1", body, Actor("borrower", person.borrower))
    return town.officers_say("erasure-cancelled/1", body)


def held_by_the_borrower(town: Town, person: Person) -> object:
    """And lifted by an officer."""
    ident, mine = new_id(os.urandom), {"borrower": person.borrower}
    town.says("hold-placed/1", {**mine, "hold": ident, "type": "dispute"}, Actor("borrower", person.borrower), ident)
    return town.officers_say("hold-lifted/1", {**mine, "hold": ident})


def disputed(by: Callable[[Town, Person], Actor]) -> Break:
    return lambda town, person: town.says("channel-disputed/1", {
        "channel": person.channels["voice"], "borrower": person.borrower}, by(town, person))


def suspended(who: str) -> Break:
    return lambda town, person: town.says("party-suspended/1", {"party": getattr(town, who).id}, town.lender)


def disbelieved(town: Town, person: Person) -> object:
    """The secret of everybody's provider had leaked long ago; another is in its place at once."""
    town.officers_say("provider-suspended/1", {"provider": town.provider, "since": stamp(0)})
    return town.officers_say("provider-resumed/1", {"provider": town.provider})


def complaint(from_: str, about: str = "agency") -> Break:
    """By the person, in the portal; of a contact also about the contact."""
    def file(town: Town, person: Person) -> object:
        named = {"contact": person.contact} if from_ == "contact" or about == "registry" else {}
        by = Actor(from_, getattr(person, from_)) if about != "lender" else town.lender
        said = {"from": from_, "borrower": person.borrower, "about": about, **named}
        return town.tries_to("complain", by=by.value(), **said)
    return file


def complaint_elsewhere(town: Town, person: Person) -> object:
    """Whoever holds the contact's line is also another borrower's contact, and complains of that."""
    other = town.borrower(person.contact_number)
    return complaint("contact")(town, other)


def used(answer: str, **more: str) -> Break:
    """What the contact says in the portal of the last use of his number."""
    def say(town: Town, person: Person) -> object:
        permits = [one for one in town.entries("lookup-decided/1")
                   if one.body["verdict"] == "permit" and one.body.get("contact") == person.contact]
        if not permits:
            return None
        return town.tries_to("answer-use", by=Actor("contact", person.contact).value(), lookup=permits[-1].id,
                             answer=answer, **more)
    return say


def objection(town: Town, person: Person) -> object:
    return town.tries_to("object", by=Actor("contact", person.contact).value(), contact=person.contact,
                         through="portal")


def withdrawn_and_recorded_again(town: Town, person: Person) -> object:
    """The borrower withdraws in the portal, and the lender says that he has signed a new paper."""
    town.tries_to("withdraw", by=Actor("borrower", person.borrower).value(), consent=person.consent,
                  through="portal")
    return town.agrees(person, "borrower")


def stopped(town: Town, person: Person) -> object:
    return town.says("releases-stopped/1", {}, town.lender)


def unapproved(town: Town, person: Person) -> object:
    """The agency's approval is for a minute only."""
    town.officers_say("agency-approved/1", {
        "agency": town.agency.id, "lender": town.lender.id, "role": "entrusted", "until": stamp(town.clock.at)})
    town.clock.at += MINUTE
    return None


def in_another_role(town: Town, person: Person) -> object:
    return town.officers_say("agency-approved/1", {
        "agency": town.agency.id, "lender": town.lender.id, "role": "independent",
        "until": stamp(town.clock.at + DAY)})


# What happens -> one of the reasons that must be given.
BREAKS: dict[str, tuple[Break, str]] = {
    **{f"a hold: {kind}": (hold(kind), f"hold-{kind}") for kind in (
        "attorney", "dispute", "insolvency", "moratorium", "vulnerability", "cease", "complaint", "deceased",
        "incapacitated")},
    "the account is paid": (account(state="paid"), "account-not-open"),
    "the account is closed": (account(state="closed"), "account-not-open"),
    "the due date was wrong": (account(due_since=-59), "account-not-overdue-enough"),
    "the claim has lapsed": (account(limitation_until=-1), "account-time-barred"),
    "a part is paid": (account(balance_minor=1), "sign-of-life"),
    "the contact objects": (word("object"), "contact-objected"),
    "the same line objects elsewhere": (objection_elsewhere, "contact-objected"),
    "the contact withdraws": (word("withdraw"), "contact-consent-withdrawn"),
    "the contact refuses": (word("refuse"), "contact-refused"),
    "the borrower's consent is withdrawn": (withdrawal("consent"), "borrower-consent-withdrawn"),
    "the contact's consent is withdrawn": (withdrawal("contact_consent"), "contact-consent-withdrawn"),
    "the borrower is to be erased": (erasure("borrower"), "account-not-placed"),
    "the contact is to be erased": (erasure("contact"), "contact-erased"),
    "a login": (life("login"), "sign-of-life"),
    "the contact complains": (complaint("contact"), "hold-complaint"),
    "the lender passes on the contact's complaint": (complaint("contact", "lender"), "hold-complaint"),
    "the same line complains elsewhere": (complaint_elsewhere, "hold-complaint"),
    "the borrower complains": (complaint("borrower"), "sign-of-life"),
    "the lender passes on the borrower's complaint": (complaint("borrower", "lender"), "sign-of-life"),
    "the borrower complains about the contact": (complaint("borrower", "registry"), "hold-complaint"),
    "the contact objects in the portal": (objection, "contact-objected"),
    "the borrower withdraws in the portal, and it is recorded again": (
        withdrawn_and_recorded_again, "borrower-consent-withdrawn"),
    "a callback offer": (callback, "callback-offered"),
    "a recall": (recall, "account-not-placed"),
    "somebody answers": (attempt({"status": "answered-person"}), "sign-of-life"),
    "somebody answers late and at night": (a_late_report, "sign-of-life"),
    "the household answers": (attempt({"status": "answered-household"}), "reached-recently"),
    "a mailbox answers": (attempt({"q850": 16}), "reached-recently"),
    "the call is screened": (attempt({"status": "screened"}), "reached-recently"),
    "the call is declined": (attempt({"sip": 603}), "borrower-refuses"),
    "a text is answered": (attempt({"status": "replied"}, "sms"), "sign-of-life"),
    "STOP": (attempt({"status": "unsubscribed"}, "sms"), "borrower-refuses"),
    "the borrower calls": (attempt({"q850": 17}, direction="inbound"), "sign-of-life"),
    "it is evening": (at_night, "outside-hours"),
    "the feeds are old": (a_day_later, "feed-stale"),
    "two weeks pass": (two_weeks_later, "attempts-stale"),
    "one more personal channel": (a_new_channel("personal"), "channels-incomplete"),
    "the contact's line is the borrower's": (the_contacts_line, "contact-is-borrower"),
    "the borrower's line is a contact's": (a_strangers_line, "attempts-too-few"),
    "the lender disputes the only telephone": (disputed(lambda town, person: town.lender), "attempts-too-few"),
    "the agency disputes the only telephone": (
        disputed(lambda town, person: town.agency), "attempt-not-attested"),
    "the borrower disputes the only telephone": (
        disputed(lambda town, person: Actor("borrower", person.borrower)), "attempts-too-few"),
    "the borrower recalls, and it is placed again": (recalled_by_the_borrower, "sign-of-life"),
    "the borrower asks to be erased, and it is cancelled": (erased_by_the_borrower, "sign-of-life"),
    "the borrower disputes the debt, and it is lifted": (held_by_the_borrower, "sign-of-life"),
    "the agency is suspended": (suspended("agency"), "agency-suspended"),
    "what the provider said is not believed": (disbelieved, "attempt-not-attested"),
    "the stop switch": (stopped, "releases-stopped"),
    "the agency's approval runs out": (unapproved, "agency-approval-lapsed"),
    "the agency has another role": (in_another_role, "borrower-consent-grantee"),
}
# After a permit: what the line and the case remember.
AFTERWARDS: dict[str, tuple[Break, str]] = {
    "refused": (outcome("refused"), "contact-objected"), "wrong person": (outcome("wrong-person"),
                                                                       "contact-wrong-person"),
    "minor": (outcome("minor"), "contact-minor"), "number dead": (outcome("number-dead"), "contact-line-dead"),
    "distress": (outcome("distress"), "hold-vulnerability"), "deceased": (outcome("deceased"), "hold-deceased"),
    "passed on": (outcome("relayed"), "line-cap"), "nothing": (lambda town, person: None, "line-cooldown"),
    "never, in the portal": (used("never"), "contact-objected"),
    "not me, in the portal": (used("not-me"), "contact-wrong-person"),
    "passed on, in the portal": (used("will-relay"), "line-cooldown"),
    "another channel, in the portal": (
        used("gave-channel", address="+8610000005001", medium="sms"), "line-cooldown"),
    "three days of silence": (lambda town, person: town.next(3), "outcome-overdue"),
}
# Nobody but a new lender comes back from these; they end a story.
ENDS: dict[str, tuple[Break, str]] = {"the lender is suspended": (suspended("lender"), "agency-suspended")}


@dataclass(frozen=True, slots=True)
class Flaw:
    """An effort that is not enough, and the reason."""

    reason: str
    plan: tuple[Dial, ...] = tuple(PLAN)
    notice: Notice = told_of_it


def with_dial(place: int, dial: Dial, *, after: int | None = None) -> tuple[Dial, ...]:
    plan = list(PLAN)
    plan[place] = dial
    if after is not None and place + 1 < len(plan):
        plan[place + 1] = Dial(after, plan[place + 1].clock)
    return tuple(plan)


def notice_before(town: Town, person: Person) -> None:
    """The eighth attempt follows the notice."""
    town.ask_notice(person)
    town.next(2, TIMES[1])
    town.tried(person, "voice")
    town.next(5, TIMES[1])


def notice_late(town: Town, person: Person) -> None:
    """Six days of grace less an hour, where it takes seven."""
    town.next(2)
    town.ask_notice(person)
    town.next(4)


def notice_forgotten(town: Town, person: Person) -> None:
    town.next(7)


def notice_by_the_lender_alone_of_another_account(town: Town, person: Person) -> None:
    """It is about another account."""
    other = Person(person.borrower, person.contact, person.number, "", person.mail, person.channels)
    town.account(other)
    if town.tries_to("notice", by=town.lender.value(), account=other.account):
        town.send_all()
    notice_forgotten(town, person)


def notice_undelivered(town: Town, person: Person) -> None:
    """It left, and no receipt came."""
    vouch = town.vouch
    town.vouch = lambda kind, body, ident=None: vouch(  # type: ignore[method-assign]
        kind, {**body, "status": "failed"} if kind == "notice-receipt/1" else body, ident)
    try:
        told_of_it(town, person)
    finally:
        del town.vouch


LATE = Dial(2, "11:29", late=9 * HOUR, ticket=True)
FLAWS: dict[str, Flaw] = {
    "seven attempts": Flaw("attempts-too-few", tuple(PLAN[1:])),
    "one of eight was busy": Flaw("attempts-too-few", with_dial(4, Dial(cause={"q850": 17}))),
    "one of eight rang for a moment": Flaw(
        "attempts-too-few", with_dial(4, Dial(cause={"q850": 19}, changes={"ring_seconds": 19}))),
    "one of eight was the caller's fault": Flaw(
        "attempts-too-few", with_dial(4, Dial(cause={"status": "cancelled"}))),
    "one of eight is a code that nobody knows": Flaw("attempts-too-few", with_dial(4, Dial(cause={"q850": 99}))),
    "the household answers once": Flaw(
        "attempts-too-few", with_dial(4, Dial(cause={"status": "answered-household"}))),
    "one before eight in the morning": Flaw("attempt-unlawful", with_dial(4, Dial(2, "07:59"), after=2)),
    "one at nine in the evening": Flaw("attempt-unlawful", with_dial(4, Dial(2, "21:05"), after=2)),
    "one an hour after another": Flaw("attempt-too-close", (*PLAN[:7], Dial(0, "10:40"))),
    "one told nine hours late": Flaw("attempt-not-attested", with_dial(
        4, Dial(2, "20:30", late=9 * HOUR, unsigned=True))),
    "one told nine hours late, signed in time": Flaw("attempt-not-attested", with_dial(
        4, Dial(2, "20:30", late=9 * HOUR))),
    "one number of the provider's is missing": Flaw("attempt-sequence-gap", with_dial(0, Dial(lost=True))),
    "thirteen days": Flaw("span-too-short", (
        *PLAN[:6], Dial(1, TIMES[2]), Dial(2, TIMES[0]))),
    "five days": Flaw("days-too-few", (
        Dial(3, TIMES[0]), Dial(0, TIMES[1]), Dial(4, TIMES[0]), Dial(0, TIMES[1]), Dial(4, TIMES[0]),
        Dial(0, TIMES[2]), Dial(3, TIMES[1]), Dial(3, TIMES[2]))),
    "never in the evening": Flaw("dayparts-too-few", tuple(Dial(2, TIMES[place % 2]) for place in range(8))),
    "the notice came before the last attempt": Flaw("notice-missing", tuple(PLAN[:7]), notice_before),
    "the notice is four days old": Flaw("notice-running", notice=notice_late),
    "no notice": Flaw("notice-missing", notice=notice_forgotten),
    "the notice is about another account": Flaw(
        "notice-missing", notice=notice_by_the_lender_alone_of_another_account),
    "the notice did not arrive": Flaw("notice-incomplete", notice=notice_undelivered),
}
# What looks wrong and is not.
FINE: dict[str, Flaw] = {
    "all as it should be": Flaw(""),
    "one told nine hours late, with a ticket": Flaw("", with_dial(4, LATE)),
    "one rang out": Flaw("", with_dial(4, Dial(cause={"q850": 19}, changes={"ring_seconds": 20}))),
    "one was a mailbox": Flaw("", with_dial(4, Dial(cause={"q850": 16}))),
}
