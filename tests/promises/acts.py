"""What people do to a registry, each a few lines, so that a test can draw any sequence of it.

An act takes the stage, somebody on it, and a number that decides what is left to chance. The vault may refuse it:
that is its business; only an unforeseen error is not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from registry.errors import ConsentryError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, stamp
from tests.world import Person, World

CAUSES: tuple[dict[str, Any], ...] = (
    {"q850": 20}, {"q850": 20}, {"q850": 16}, {"q850": 17}, {"status": "answered-household"},
    {"status": "answered-person"}, {"status": "failed"}, {"q850": 1},
)
HARMLESS = ("will-relay", "no-answer", "gave-channel", "relayed")
OUTCOMES = (*HARMLESS, *HARMLESS, "refused", "number-dead", "distress", "minor", "deceased")
Request = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Released:
    """A number that came out, and how long the log was when it did."""

    lookup: str
    claims: dict[str, Any]
    until: int
    client: str
    at: int


@dataclass(slots=True)
class Stage:
    """A world, its people, and what came out so far."""

    world: World
    people: list[Person]
    out: list[Released] = field(default_factory=list)
    approvals: list[tuple[str, Person]] = field(default_factory=list)
    holds: list[tuple[str, Person]] = field(default_factory=list)

    def do(self, act: Act, who: int, chance: int) -> None:
        """One act. Raises what is unforeseen."""
        try:
            act(self, self.people[who % len(self.people)], chance)
        except ConsentryError as error:
            if error.code == "internal":
                raise

    def heard(self, outcome: object, person: Person, by: Actor) -> None:
        """Takes in the answer to a lookup."""
        if isinstance(outcome, ConsentryError):
            assert outcome.code != "internal", outcome.detail
            return
        assert isinstance(outcome, dict)
        if "approval" in outcome:
            self.approvals.append((outcome["approval"], person))
        if "release" in outcome:
            world = self.world
            claims = world.opened(outcome, by)
            self.out.append(Released(
                outcome["lookup"], claims, world.vault.desk.log.size, str(by.id), world.clock.at))

    def asks(self, person: Person, by: Actor, chance: int) -> Request:
        key = "again" if chance % 4 == 0 else new_id(os.urandom)
        return "lookup", self.world.asked(person, by, key=f"{key}{person.account[:8]}", agent=f"agent-{chance % 2}")

    def draft(self, kind: str, body: dict[str, Any], by: Actor | None = None, ident: str | None = None) -> Request:
        return "append", {"entry": self.world.draft(kind, body, by or self.world.lender, ident).value()}


Act = Callable[[Stage, Person, int], object]


def looks_up(stage: Stage, person: Person, chance: int) -> None:
    by = stage.world.rival if chance % 7 == 6 else stage.world.agency
    stage.world.alive()
    (outcome,) = stage.world.vault.round([stage.asks(person, by, chance)])
    stage.heard(outcome, person, by)


def presses(stage: Stage, person: Person, chance: int) -> None:
    """Feeds, a lookup, an approval if it lacks no more, another lookup: all an agency can do today."""
    stage.world.feeds()
    looks_up(stage, person, 1)
    decides(stage, person, 0)
    looks_up(stage, person, 1)


def restriction(stage: Stage, person: Person, chance: int) -> Request:
    """Something that tightens, on anybody's word."""
    world, hold = stage.world, new_id(os.urandom)
    choices: tuple[Request, ...] = (
        ("withdraw", {"by": world.lender.value(), "consent": person.consent, "through": "lender"}),
        ("withdraw", {"by": world.agency.value(), "consent": person.contact_consent, "through": "agency"}),
        ("answer", {"token": person.token, "answer": ("refuse", "withdraw", "object")[chance % 3]}),
        stage.draft("hold-placed/1", {"hold": hold, "borrower": person.borrower, "type": "dispute"}, None, hold),
        stage.draft("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}),
        stage.draft("callback-offered/1", {
            "borrower": person.borrower, "until": stamp(world.clock.at + DAY), "windows": []}),
        stage.draft("recalled/1", {
            "placement": person.placement, "account": person.account, "borrower": person.borrower}),
        stage.draft("channel-disputed/1", {
            "channel": person.channels["voice"], "borrower": person.borrower}, world.agency),
        stage.draft("erasure-requested/1", {
            "subject": person.contact, "role": "contact", "borrower": person.borrower}),
        stage.draft("account-changed/1", {
            "account": person.account, "borrower": person.borrower, "state": "closed", "as_of": "2026-11-25"}),
        ("append", {"entry": world.vouched("attempt-recorded/2", world.attempt_body(person, cause=CAUSES[5]))}),
        ("report-contact", {"by": world.agency.value(), "contact": person.contact,
                            "says": ("wrong-person", "incapacitated")[chance % 2]}),
        ("assign-account", {"by": world.lender.value(), "account": person.account}),
        stage.draft("party-suspended/1", {"party": world.agency.id}),
        stage.draft("releases-stopped/1", {}),
    )
    # What stops everybody comes rarely, or nothing else would be seen.
    chosen = choices[chance % (len(choices) if chance % 4 == 0 else len(choices) - 2)]
    if "hold" in str(chosen[1].get("entry", {}).get("kind", "")):
        stage.holds.append((hold, person))
    return chosen


def restricts(stage: Stage, person: Person, chance: int) -> None:
    op, args = restriction(stage, person, chance)
    stage.world.call(op, **args)


def races(stage: Stage, person: Person, chance: int) -> None:
    """A lookup and a restriction in one round, in either order; sometimes two lookups."""
    by = stage.world.agency
    stage.world.feeds()
    requests = [stage.asks(person, by, chance), restriction(stage, person, chance // 2)]
    if chance % 5 == 0:
        requests[1] = stage.asks(stage.people[chance % len(stage.people)], by, chance + 1)
    if chance % 2:
        requests.reverse()
    stage.world.alive()
    for (op, _), outcome in zip(requests, stage.world.vault.round(requests), strict=True):
        if op == "lookup":
            stage.heard(outcome, person, by)


def time_passes(stage: Stage, person: Person, chance: int) -> None:
    stage.world.clock.at += (chance % 4 + 1) * DAY if chance % 2 else HOUR


def feeds(stage: Stage, person: Person, chance: int) -> None:
    stage.world.feeds()


def decides(stage: Stage, person: Person, chance: int) -> None:
    """An officer approves what is asked, or refuses it."""
    if stage.approvals:
        approval, whose = stage.approvals.pop()
        kind = "approval-refused/1" if chance % 6 == 5 else "approval-given/1"
        stage.world.sign(kind, {"approval": approval, "borrower": whose.borrower})


def dials(stage: Stage, person: Person, chance: int) -> None:
    stage.world.attempt(person, cause=CAUSES[chance % len(CAUSES)])


def writes(stage: Stage, person: Person, chance: int) -> None:
    status = ("delivered", "delivered", "bounced-hard", "replied", "unsubscribed")[chance % 5]
    stage.world.attempt(person, ("sms", "email")[chance % 2], {"status": status})


def notifies(stage: Stage, person: Person, chance: int) -> None:
    stage.world.notice(person)


def agrees(stage: Stage, person: Person, chance: int) -> None:
    stage.world.consents(person, borrower=bool(chance % 2), contact=not chance % 2)


def loosens(stage: Stage, person: Person, chance: int) -> None:
    """What only officers may do, with their signatures."""
    world = stage.world
    if chance % 4 == 0 and stage.holds:
        hold, whose = stage.holds.pop()
        world.sign("hold-lifted/1", {"hold": hold, "borrower": whose.borrower})
    elif chance % 4 == 1:
        world.sign("agency-approved/1", {
            "agency": world.agency.id, "lender": world.lender.id, "role": "entrusted",
            "until": stamp(world.clock.at + 300 * DAY)})
    elif chance % 4 == 2:
        world.sign("releases-resumed/1", {})
    else:
        world.sign("erasure-cancelled/1", {
            "subject": person.contact, "role": "contact", "borrower": person.borrower})


def places(stage: Stage, person: Person, chance: int) -> None:
    world = stage.world
    agency = (world.agency, world.rival)[chance % 2]
    ident = new_id(os.urandom)
    body = {**world.entry(person.placement).body, "placement": ident, "agency": agency.id}
    world.append("placed/1", body, world.lender, ident)
    person.placement = ident


def reports(stage: Stage, person: Person, chance: int) -> None:
    if stage.out:
        world, last = stage.world, stage.out[chance % len(stage.out)]
        by = Actor("agency", last.client)
        idem = {"scope": f"{last.client}:POST:/o", "key": new_id(os.urandom), "request": {}}
        world.call("outcome", by=by.value(), lookup=last.lookup, outcome=OUTCOMES[chance % len(OUTCOMES)],
                   at=stamp(world.clock.at), agent="agent-1", idem=idem)


def lists(stage: Stage, person: Person, chance: int) -> None:
    """Somebody else's contact becomes this one's too; or a channel comes or goes."""
    world, other = stage.world, stage.people[chance % len(stage.people)]
    if chance % 3 == 0:
        world.contact(person, other.contact_number, rank=1 + chance % 3)
    elif chance % 3 == 1:
        world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="email",
                   value=f"more{chance}@demo.invalid", use=("personal", "work")[chance % 2])
    else:
        world.append("channel-removed/1", {
            "channel": person.channels["email"], "borrower": person.borrower}, world.lender)


def restarts(stage: Stage, person: Person, chance: int) -> None:
    stage.world.reopen()


def delivers(stage: Stage, person: Person, chance: int) -> None:
    stage.world.deliver(person)


ACTS: tuple[Act, ...] = (
    *[restricts] * 5, *[races] * 4, *[dials] * 2, *[writes] * 2, *[loosens] * 2, *[lists] * 2, *[time_passes] * 2,
    looks_up, presses, decides, notifies, agrees, places, reports, restarts, delivers, feeds,
)
