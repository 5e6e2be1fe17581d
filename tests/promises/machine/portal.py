"""What people do in the portal: acts of the state machine. The vault may refuse each, that is its business."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, stamp
from tests.promises.machine.cures import anybody, new_number
from tests.promises.machine.state import WHO, Machine
from tests.promises.machine.town import Town
from tests.world import PURPOSE, Person

MEDIA = ("voice", "sms", "email")
ANSWERS = ("will-relay", "cannot", "gave-channel", "not-me", "never")
USES = ("personal", "work", "shared")
Act = Callable[[Town, Person, Person, int], object]  # whose portal, another's, and what is left to chance


def complains(town: Town, person: Person, other: Person, chance: int) -> None:
    """About a lookup or what else there is, himself or by somebody who passes it on."""
    from_, about = ("borrower", "contact")[chance % 2], ("lookup", "agency", "lender", "registry")[chance // 2 % 4]
    by = (Actor(from_, getattr(person, from_)), *anybody(town, person))[chance // 8 % 4]
    said: dict[str, Any] = {"from": from_, "borrower": person.borrower, "about": about}
    if from_ == "contact" or chance % 3 == 0:
        said["contact"] = person.contact
    lookups = [one.id for one in town.entries("lookup-decided/1") if one.body.get("borrower") == person.borrower]
    if lookups and about == "lookup":
        said["lookup"] = lookups[-1 - chance % len(lookups)]
    town.tries_to("complain", by=by.value(), **said)


def settles(town: Town, person: Person, other: Person, chance: int) -> None:
    filed = town.entries("complaint-filed/1")
    if filed:
        body = filed[-1 - chance % len(filed)].body
        line = {"line": body["line"]} if "line" in body else {}
        town.officers_say("complaint-settled/1", {
            "complaint": body["complaint"], "borrower": body["borrower"], "verdict": "partly-upheld",
            "remedy": "apology", **line})


def answers_a_use(town: Town, person: Person, other: Person, chance: int) -> None:
    answer = ANSWERS[chance % len(ANSWERS)]
    number = (f"+86100005{new_number():04d}", person.number, other.number)[chance // 5 % 3]
    more = {"address": number, "medium": "sms"} if answer == "gave-channel" else {}
    for one in [one for one in town.entries("lookup-decided/1")
                if one.body["verdict"] == "permit" and one.body.get("contact") == person.contact][-1:]:
        town.tries_to("answer-use", by=Actor("contact", person.contact).value(), lookup=one.id, answer=answer, **more)


def objects(town: Town, person: Person, other: Person, chance: int) -> None:
    town.tries_to("object", by=Actor("contact", person.contact).value(), contact=person.contact, through="portal")


def consents_by_code(town: Town, person: Person, other: Person, chance: int) -> None:
    """To one of his channels, or another's; at once or a day late, with the right code or another."""
    session = linked(town, person)
    whose = other if chance % 11 == 10 else person
    about = {"contact": person.contact} if chance % 2 else {}
    made = session and town.tries_to(
        "give-consent", session=session, **terms(town, person, "borrower"), **about,
        channel=whose.channels.get(MEDIA[chance % 3], new_id(os.urandom)))
    town.send_all()
    codes = [one["params"]["code"] for one in town.outbox if one["template"] == "borrower-consent-code"]
    town.clock.at += DAY if chance % 7 == 6 else 0
    if made and codes:
        given = town.tries_to("check-code", consent=made["consent"], code="000000" if chance % 5 == 4 else codes[-1])
        person.consent = made["consent"] if given else person.consent
        if chance % 13 < 9:
            town.send_all()  # his other channels are told, unless he withdraws before


def invites(town: Town, person: Person, other: Person, chance: int) -> None:
    session = linked(town, person)
    made = session and town.tries_to("give-consent", session=session, **terms(town, person, "contact"),
                                     contact=person.contact)
    if made:
        person.contact_consent, person.code = made["consent"], ""
        town.send_all(person)
        if person.code:
            town.tries_to("check-code", consent=made["consent"], code=person.code)


def adds_a_channel(town: Town, person: Person, other: Person, chance: int) -> None:
    """Of his own, another's or a new one, whatever he calls it."""
    medium, whose = MEDIA[chance % 3], (person, other, None)[chance // 3 % 3]
    fresh = f"y{new_number()}@demo.invalid" if medium == "email" else f"+86100006{new_number():04d}"
    value = fresh if whose is None else whose.mail if medium == "email" else whose.number
    session = linked(town, person)
    if session:
        town.tries_to("deposit-channel", session=session, borrower=person.borrower, medium=medium, value=value,
                      use=USES[chance // 9 % 3])


ACTS: tuple[Act, ...] = (
    complains, complains, settles, answers_a_use, objects, consents_by_code, consents_by_code, invites,
    adds_a_channel,
)


class Portal(Machine):
    """Complaints, answers to uses, consents and channels of one's own."""

    @rule(who=WHO, other=WHO, act=st.sampled_from(ACTS), chance=st.integers(0, 999))
    def does_in_the_portal(self, *, who: int, other: int, act: Act, chance: int) -> None:
        act(self.town, self.person(who), self.person(other), chance)


def linked(town: Town, person: Person) -> str | None:
    """A session by the lender's link."""
    made = town.tries_to("make-link", by=town.lender.value(), role="borrower", subject=person.borrower)
    opened = made and town.tries_to("open-link", token=made["token"])
    return opened["session"] if opened else None


def terms(town: Town, person: Person, giver: str) -> dict[str, Any]:
    """What is said of a consent, but for whose channel or contact."""
    return {
        "giver": giver, "borrower": person.borrower, "method": "portal", "separate": True,
        "scope": {"purposes": [PURPOSE, "relay-message"], "modes": ["number", "message"], "data": ["phone"],
                  "grantee": {"role": "entrusted"}, "max_uses": 3},
        "notice": {"id": "borrower-consent", "version": "1", "language": "zh-CN", "sha256": "1" * 64},
        "expires_at": stamp(town.clock.at + 300 * DAY),
    }
