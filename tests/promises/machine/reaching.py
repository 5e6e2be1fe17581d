"""What providers report of the borrowers, and what these do themselves, drawn at random.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, stamp
from tests.promises.machine.breaks import notice_undelivered
from tests.promises.machine.cures import anybody
from tests.promises.machine.state import CAUSES, WHO, Machine

HOLDS = ("attorney", "dispute", "insolvency", "vulnerability", "complaint", "deceased")


class Reaching(Machine):
    """What providers report, and what borrowers do."""

    @rule(who=WHO, medium=st.sampled_from(["voice", "voice", "sms", "email"]), cause=st.sampled_from(CAUSES),
          ring=st.sampled_from([None, 5, 20, 60]), ago=st.sampled_from([0, 0, 10 * MINUTE, 3 * HOUR, 23 * HOUR]),
          signed=st.booleans(), skip=st.integers(0, 20), inbound=st.integers(0, 9), whose=st.booleans())
    def tries(self, *, who: int, medium: str, cause: dict[str, Any], ring: int | None, ago: int, signed: bool,
              skip: int, inbound: int, whose: bool) -> None:
        person, town = self.person(who), self.town
        if medium not in person.channels:
            return
        town.seq += skip == 20
        began = town.clock.at - ago - 1_000
        changes: dict[str, Any] = {"ring_seconds": ring} if ring else {}
        if signed:
            changes["signed_at"] = stamp(began)
        if inbound == 9:
            changes["direction"] = "inbound"
        if whose:
            changes["agency"] = None
        town.tried(person, medium, cause, began_at=began, **changes)

    @rule(who=WHO, cause=st.sampled_from(CAUSES))
    def reports_again(self, *, who: int, cause: dict[str, Any]) -> None:
        """The last attempt again: the same event, or another outcome of the same call, or a lie about its number."""
        known = self.town.entries("attempt-recorded/2")
        if known:
            body = dict(known[-1].body)
            body |= {"cause": cause, "class": self.table.classify(cause, body.get("ring_seconds"), body["direction"])}
            self.town.seq += 1
            body["seq"] = self.town.seq if who % 2 else body["seq"]
            self.town.tries_to("append", entry=self.town.vouched("attempt-recorded/2", body))

    @rule(who=WHO, failed=st.booleans())
    def notifies(self, *, who: int, failed: bool) -> None:
        person = self.person(who)
        if failed:
            notice_undelivered(self.town, person)
        else:
            self.town.ask_notice(person)

    @rule(who=WHO, by=st.integers(0, 3), source=st.sampled_from(["payment", "login", "reach-late"]))
    def shows_life(self, *, who: int, by: int, source: str) -> None:
        person = self.person(who)
        self.town.says("sign-of-life/1", {"borrower": person.borrower, "source": source},
                       anybody(self.town, person)[by])

    @rule(who=WHO, by=st.integers(0, 3), days=st.sampled_from([0, 1, 5]))
    def offers_callback(self, *, who: int, by: int, days: int) -> None:
        person = self.person(who)
        self.town.says("callback-offered/1", {
            "borrower": person.borrower, "until": stamp(self.town.clock.at + days * DAY), "windows": []},
            anybody(self.town, person)[by])

    @rule(who=WHO, by=st.integers(0, 3), kind=st.sampled_from(HOLDS), whole=st.booleans())
    def holds(self, *, who: int, by: int, kind: str, whole: bool) -> None:
        person, ident = self.person(who), new_id(os.urandom)
        about = {} if whole else {"account": person.account}
        self.town.says("hold-placed/1", {"hold": ident, "borrower": person.borrower, "type": kind, **about},
                       anybody(self.town, person)[by], ident)
        self.held.append((ident, person))

    @rule(who=WHO, act=st.sampled_from(["recall", "dispute", "erase and cancel", "withdraw for the contact"]))
    def borrower_acts(self, *, who: int, act: str) -> None:
        """Whatever the borrower does himself shows that he lives."""
        person, town = self.person(who), self.town
        by, mine = Actor("borrower", person.borrower), {"borrower": person.borrower}
        if act == "recall":
            town.says("recalled/1", {**mine, "placement": person.placement, "account": person.account}, by)
            town.places(person)
        elif act == "dispute":
            ident = new_id(os.urandom)
            town.says("hold-placed/1", {**mine, "hold": ident, "type": "dispute"}, by, ident)
            town.officers_say("hold-lifted/1", {**mine, "hold": ident})
        elif act == "erase and cancel":
            body = {**mine, "subject": person.borrower, "role": "borrower"}
            town.says("erasure-requested/1", body, by)
            town.officers_say("erasure-cancelled/1", body)
        else:
            town.tries_to("withdraw", by=by.value(), consent=person.contact_consent, through="portal")
            town.agrees(person, "contact")
