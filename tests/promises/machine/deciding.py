"""Lookups of every kind, races, repetitions, officers, outcomes, time: acts of the state machine."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from registry.errors import ConsentryError
from registry.model import canonical
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.vault.arguments import base64_of
from registry.vault.rounds import Request
from tests.promises.machine.breaks import AFTERWARDS, BREAKS, FINE, FLAWS
from tests.promises.machine.cures import Case, presses
from tests.promises.machine.state import WHO, Machine
from tests.promises.machine.town import Town
from tests.world import Person

WAYS: tuple[dict[str, str], ...] = (
    {}, {}, {}, {"mode": "message"}, {"mode": "message"}, {"about": "borrower", "purpose": "contact-borrower"},
)
OTHER_WAYS: tuple[dict[str, str], ...] = (
    *WAYS, {"mode": "call"}, {"purpose": "relay-message"}, {"purpose": "confirm-whereabouts"}, {"about": "borrower"},
)
OUTCOMES = (
    "will-relay", "no-answer", "gave-channel", "relayed", "refused", "number-dead", "distress", "minor", "deceased",
    "wrong-person",
)
PRESSING = st.sampled_from(sorted(BREAKS))


class Deciding(Machine):
    """Who asks for numbers, and who may let them."""

    def ask(self, person: Person, **changes: Any) -> Request:
        args = self.town.asked(person, **changes)
        self.asked.append((person, args))
        return "lookup", args

    def together(self, requests: list[Request]) -> None:
        self.town.alive()
        self.town.vault.round(requests)

    @rule(who=WHO, way=st.sampled_from(OTHER_WAYS), rival=st.integers(0, 5), agent=st.integers(1, 2))
    def looks_up(self, *, who: int, way: dict[str, str], rival: int, agent: int) -> None:
        by = self.town.rival if rival == 5 else self.town.agency
        self.together([self.ask(self.person(who), by=by, agent=f"agent-{agent}", **way)])

    @rule(who=WHO, way=st.sampled_from(WAYS))
    def presses(self, *, who: int, way: dict[str, str]) -> None:
        """Until there is a permit, or no way to one."""
        presses(Case(self.town, self.person(who), asks=way))

    @rule(who=WHO, name=PRESSING, way=st.sampled_from(WAYS))
    def presses_in_vain(self, *, who: int, name: str, way: dict[str, str]) -> None:
        """All is right but for one thing."""
        person = self.person(who)
        if self.nothing_lacks(person, way):
            BREAKS[name][0](self.town, person)
            self.together([self.ask(person, **way)])

    @rule(who=WHO, name=st.sampled_from(sorted({**FLAWS, **FINE})))
    def tries_almost_enough(self, *, who: int, name: str) -> None:
        person, flaw = self.person(who), {**FLAWS, **FINE}[name]
        BREAKS["a login"][0](self.town, person)
        presses(Case(self.town, person, flaw.plan, flaw.notice), until=("attempt-sequence-gap",))

    @rule(who=WHO, name=PRESSING, way=st.sampled_from(WAYS), order=st.permutations("LRL"), cut=st.integers(0, 3))
    def races(self, *, who: int, name: str, way: dict[str, str], order: list[str], cut: int) -> None:
        """A lookup, something that restricts, and the lookup again, in one round or several, in any order."""
        person = self.person(who)
        if not self.nothing_lacks(person, way):
            return
        asked, restriction = self.ask(person, **way), self.request_of(BREAKS[name][0], person)
        requests = [asked if one == "L" else restriction for one in order]
        rounds = [requests[:cut], requests[cut:]] if cut else [requests]
        for one in rounds:
            self.together([each for each in one if each is not None])

    @rule(pick=st.integers(0, 30))
    def asks_again(self, *, pick: int) -> None:
        """With the same key: the same answer, or the number again, or no more."""
        if self.asked:
            self.together([("lookup", self.asked[-1 - pick % len(self.asked)][1])])

    @rule(who=WHO, way=st.sampled_from(WAYS), later=st.sampled_from([MINUTE, 23 * HOUR, 25 * HOUR]), name=PRESSING)
    def asks_again_later(self, *, who: int, way: dict[str, str], later: int, name: str) -> None:
        person = self.person(who)
        if not self.nothing_lacks(person, way):
            return
        asked = self.ask(person, **way)
        self.together([asked])
        self.together([asked])
        self.town.clock.at += later
        if name < "i":
            BREAKS[name][0](self.town, person)
        self.together([asked])

    @rule(who=WHO, other=WHO)
    def brings_old_values(self, *, who: int, other: int) -> None:
        """The web tier sends what was sealed for an earlier number, or for somebody else."""
        person, town = self.person(who), self.town
        if not self.nothing_lacks(person, {}):
            return
        number = self.person(other).contact_number
        sealed = town.vault.desk.keys.seal(person.contact, "number", number)
        op, args = self.ask(person)
        old = {"number": base64_of(sealed)}
        args["blobs"] = {one: {**blobs, **old} for one, blobs in args["blobs"].items()}
        self.together([(op, args)])

    @rule(who=WHO, silent=st.booleans())
    def asks_while_others_wait(self, *, who: int, silent: bool) -> None:
        """Callbacks wait to be read, or nobody has heard of the courier."""
        person = self.person(who)
        if self.nothing_lacks(person, {}):
            op, args = self.ask(person)
            if silent:
                self.town.vault.desk.courier_seen = None
                self.town.vault.round([(op, args)])
            else:
                self.together([(op, args | {"inbox_ms": 9_000})])

    def nothing_lacks(self, person: Person, way: dict[str, str]) -> bool:
        """Puts everything right for a lookup of this kind; whether that could be done."""
        case = Case(self.town, person, asks=way)
        left = presses(case, until=("approval-missing",))
        if left == ["approval-missing"]:
            self.town.officers_say("approval-given/1", {
                "approval": case.answer["approval"], "borrower": person.borrower})
        self.town.vault.tend(lambda: False)  # reads ahead whoever has been approved
        return left in ([], ["approval-missing"])

    @rule(pick=st.integers(0, 30), outcome=st.sampled_from(OUTCOMES))
    def reports(self, *, pick: int, outcome: str) -> None:
        out = list(self.watch.opinions.out)
        if out:
            lookup = self.town.entry(out[-1 - pick % len(out)])
            self.town.tries_to(
                "outcome", by=Actor("agency", lookup.body["client"]).value(), lookup=lookup.id, outcome=outcome,
                at=stamp(self.town.clock.at), agent="agent-1")

    @rule(who=WHO, name=st.sampled_from(sorted(AFTERWARDS)))
    def uses_a_number(self, *, who: int, name: str) -> None:
        person = self.person(who)
        if self.nothing_lacks(person, {}):
            self.together([self.ask(person)])
            AFTERWARDS[name][0](self.town, person)
            self.town.feeds()
            self.together([self.ask(person), self.ask(self.person(who + 1))])


class Governing(Machine):
    """Officers, the courier, and time."""

    @rule(who=WHO, refuse=st.integers(0, 4), officers=st.integers(1, 2))
    def approves(self, *, who: int, refuse: int, officers: int) -> None:
        person, town = self.person(who), self.town
        for one in town.entries("approval-requested/1")[-3:]:
            if one.body["borrower"] == person.borrower:
                town.officers_say("approval-refused/1" if refuse == 4 else "approval-given/1", {
                    "approval": one.id, "borrower": person.borrower}, officers)

    @rule(what=st.sampled_from(["resume", "approve", "approve", "independent", "rival", "stop", "suspend"]))
    def governs(self, *, what: str) -> None:
        town = self.town
        if what == "resume":
            town.officers_say("releases-resumed/1", {})
        elif what == "stop":
            town.says("releases-stopped/1", {}, town.lender)
        elif what == "suspend":
            town.says("party-suspended/1", {"party": town.agency.id}, town.agency)
        else:
            agency = town.rival if what == "rival" else town.agency
            town.officers_say("agency-approved/1", {
                "agency": agency.id, "lender": town.lender.id,
                "role": "independent" if what == "independent" else "entrusted",
                "until": stamp(town.clock.at + 200 * DAY)})

    @rule(pick=st.integers(0, 20))
    def lifts(self, *, pick: int) -> None:
        if self.held:
            hold, person = self.held[pick % len(self.held)]
            self.town.officers_say("hold-lifted/1", {"hold": hold, "borrower": person.borrower})

    @rule(who=WHO, back=st.integers(0, 60))
    def delivers(self, *, who: int, back: int) -> None:
        """The courier reads the log, from a little earlier than where it was: as after a crash of its own."""
        self.town.cursor = max(0, self.town.cursor - back)
        self.town.send_all(self.person(who))

    @rule(who=WHO, word=st.sampled_from(["stop", "other"]), whose=st.sampled_from(["contact_number", "number"]))
    def is_answered(self, *, who: int, word: str, whose: str) -> None:
        """A text comes back from a contact's telephone or a borrower's."""
        asked = {"address": getattr(self.person(who), whose), "medium": "sms", "word": word,
                 "reply": new_id(os.urandom)}
        auth = self.town.courier.courier(canonical.encode({"op": "reply", **asked}))
        self.town.tries_to("reply", **asked, auth=auth)

    @rule(skip=st.sampled_from([MINUTE, HOUR, 5 * HOUR, DAY, 2 * DAY, 8 * DAY, 35 * DAY, 100 * DAY]))
    def time_passes(self, *, skip: int) -> None:
        self.town.clock.at += skip
        self.town.alive()

    @rule(who=WHO, name=PRESSING, skip=st.integers(0, 3))
    def repeats(self, *, who: int, name: str, skip: int) -> None:
        """The same entry twice, under the same id: it stays where it is."""
        request = self.request_of(BREAKS[name][0], self.person(who))
        if request is None or request[0] != "append":
            return
        first, second = (repeated(self.town, request) for _ in range(2))
        if isinstance(first, dict):
            assert isinstance(second, dict)
            assert (first["log_index"], second["fresh"]) == (second["log_index"], False)
            self.seen["entry repeated"] += 1


def repeated(town: Town, request: Request) -> object:
    try:
        return town.vault.call(*request)
    except ConsentryError as error:
        return error


