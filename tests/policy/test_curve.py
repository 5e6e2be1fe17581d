"""A curve, not only cases: how long an honest agency that follows `next` needs, over simulated borrowers.

Ordinary dunning: voice and SMS, some dials busy, most into a mailbox, an SMS every third day. The agency does what
the collector's view says and when it says it, and nothing else.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from registry.model.catalogue import histories_of
from registry.model.entries import Entry
from registry.model.times import DAY, HOUR, MINUTE, parse_stamp
from registry.policy import Ask, collector_view, decide, facts_from, gather, packs_for, zones_of
from registry.shipped import shipped_packs
from tests.policy.test_packs import activate
from tests.policy.world import BUSY, DELIVERED, MAILBOX, OFFSET, PERSON, RANG, START, Source, World, ident

HORIZON = 200
FAR = "XF"


def floor_only() -> str:
    """A pack that sets nothing but its region and words: the floor alone decides."""
    text = shipped_packs()["cn"].text
    header = text[:text.index("[parameters")].replace('pack = "cn"', 'pack = "far"').replace('["CN"]', f'["{FAR}"]')
    return header + text[text.index("[scripts."):]


class Life(World):
    """A world that grows while it is asked."""

    def __init__(self, seed: int, pack: str, busy: float, answers_on: int | None) -> None:
        super().__init__(regulator=FAR if pack == "floor" else "CN")
        self.dice = random.Random(seed)
        self.busy, self.answers_on, self.dials_made = busy, answers_on, 0
        if pack == "floor":
            activate(self, floor_only(), START - 100 * DAY, 2)
        self.case = self.agreed(channels=("voice", "sms"))
        self.place(self.case, until=HORIZON)
        self.answered_at: int | None = None
        if pack == "floor":
            self._move_abroad()
        self.source = Source.of([])
        self._taken = 0
        self.catch_up()

    def _move_abroad(self) -> None:
        for place, (at, order, draft) in enumerate(self.drafts):
            body = {name: FAR if value == "CN" and name in ("residence", "region") else value
                    for name, value in draft.body.items()}
            self.drafts[place] = (at, order, type(draft)(draft.id, draft.kind, draft.by, body, draft.auth))
        first = next(one for one in self.drafts if one[2].kind == "genesis/1")
        self.drafts.remove(first)
        self.drafts.insert(0, first)

    def catch_up(self) -> None:
        """Files what was added since, in the order it was added."""
        fresh = self.drafts[self._taken:]
        for at, _, made in sorted(fresh, key=lambda one: one[0]) if self._taken == 0 else fresh:
            draft = made
            if made.id in self._unnumbered:
                known = self.source.directory.providers[made.body["provider"]]
                draft = replace(made, body={**made.body, "seq": known.sequence.highest + 1})
            entry = Entry(self.source.directory.size, at, draft)
            self.source.directory.fold(entry)
            for subject in dict.fromkeys(histories_of(entry)):
                self.source.filed.setdefault(subject, []).append(entry)  # type: ignore[attr-defined]
            if draft.kind == "account-opened/1":
                self.source.accounts[draft.body["account"]] = draft.body["borrower"]  # type: ignore[index]
        self._taken = len(self.drafts)

    def look(self, at: int) -> tuple[str, Mapping[str, Any]]:
        self.feeds(at)
        self.catch_up()
        history = gather(self.source, self.case.account)
        ask = Ask(ident("lookup"), self.case.account, self.agency, "A-17", "contact", "restore-contact", "number",
                  dict.fromkeys(zones_of(history), OFFSET))
        facts = facts_from(history, ask, at)
        decision = decide(facts, packs_for(self.source.directory, facts, at), at)
        return decision.verdict, collector_view(facts, decision, (), at)

    def days_until_permit(self) -> tuple[int | None, int | None]:
        """(local day of the first permit, day of the borrower's one answer), None where it never came."""
        at, texted = START, START - 3 * DAY
        while at < START + HORIZON * DAY:
            verdict, view = self.look(at)
            if verdict == "permit":
                return (at - START) // DAY, self.answered_at
            if at - texted >= 3 * DAY:
                self.attempt(self.case, at, "sms", DELIVERED, logged=at)
                texted = at
            at = self._follow(view, at)
        return None, self.answered_at

    def _follow(self, view: Mapping[str, Any], at: int) -> int:
        step = view["next"]
        due = parse_stamp(step["not_before"]) if "not_before" in step else at
        if step["action"] == "dial":
            due = max(at, due) + self.dice.randrange(30) * MINUTE
            self.attempt(self.case, due, outcome=self._outcome(due), logged=due + MINUTE)
            return due + 2 * MINUTE
        if step["action"] == "send":
            self.notice(self.case, at)
        if step["action"] == "ask-approval":
            self.approve(self.case, at)
        return max(due, at + (12 * HOUR if step["action"] == "stop" else MINUTE))

    def _outcome(self, at: int) -> Mapping[str, Any]:
        self.dials_made += 1
        if self.dials_made == self.answers_on:
            self.answered_at = (at - START) // DAY
            return PERSON
        roll = self.dice.random()
        if roll < self.busy:
            return BUSY
        return MAILBOX if roll < self.busy + 0.6 else RANG


@pytest.mark.parametrize(("pack", "about"), [("floor", 14), ("cn", 24)])
def test_a_borrower_who_never_answers_is_found_unreachable_in_about_this_time(pack: str, about: int) -> None:
    days = [Life(seed, pack, 0.15, None).days_until_permit()[0] for seed in range(40)]
    known = [one for one in days if one is not None]
    assert len(known) == len(days)
    assert abs(statistics.median(known) - about) <= 4, sorted(known)
    assert max(known) <= 60


def test_nobody_is_locked_out_where_three_dials_in_ten_are_busy() -> None:
    for seed in range(15):
        assert Life(seed, "cn", 0.30, None).days_until_permit()[0] is not None, seed


def test_one_who_answers_once_is_left_alone_for_a_whole_new_round_and_not_for_ever() -> None:
    for seed in range(15):
        permit, answered = Life(seed, "cn", 0.15, 4 + seed % 6).days_until_permit()
        assert answered is not None, seed
        assert permit is not None, seed
        assert 14 + 7 <= permit - answered <= 110, seed
