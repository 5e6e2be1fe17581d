"""Simulated borrowers: how long an honest agency that follows `next` needs, by the real rules. Seeded, no clock.

Ordinary dunning: one dial a day within the caps, voice and SMS, some dials busy, six in ten into a mailbox, the rest
ring out, an SMS every third day. The agency does what the collector's view says and when it says it, and nothing
else. The account is 70 days past due on day 0, when the first dial may be made.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from registry.model.catalogue import histories_of
from registry.model.entries import Actor, Entry
from registry.model.times import DAY, HOUR, MINUTE, date_of, local_day, local_minute, parse_stamp, stamp
from registry.policy import Ask, Decision, Facts, collector_view, decide, facts_from, gather, packs_for, zones_of
from registry.policy.pack import read_pack
from registry.shipped import shipped_packs
from tests.policy.world import (
    BUSY,
    DELIVERED,
    MAILBOX,
    OFFSET,
    PERSON,
    RANG,
    START,
    ZONE,
    Source,
    World,
    ident,
)

HORIZON = 200
MAILBOX_SHARE = 0.6
BEHIND, BEHIND_OFFSET = "Asia/Dubai", OFFSET - 180     # a zone three hours behind the borrower's
PURPOSE = {"floor": "restore-contact", "cn": "restore-contact", "us": "location-information",
           "us-ma": "location-information"}     # of every other pack: confirm-whereabouts
REGION = {"floor": "XF", "cn": "CN", "us": "US", "uk": "GB", "eu": "DE", "us-ma": "US-MA", "id": "ID", "in": "IN",
          "ke": "KE", "vn": "VN", "ph": "PH"}


@dataclass(frozen=True, slots=True)
class Story:
    """What one borrower is like. `answers_on`: which of the dials is answered, if any; `far`: the telephone's number
    belongs to a zone three hours behind the one where its owner lives."""

    pack: str
    busy: float = 0.15
    answers_on: int | None = None
    far: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Days are local days since the first one; None where it never came within HORIZON."""

    permit: int | None
    answered: int | None
    dials: int


def floor_only() -> str:
    """A pack that sets nothing but its region and words: the floor alone decides."""
    text = shipped_packs()["cn"].text
    header = text[:text.index("[parameters")].replace('pack = "cn"', 'pack = "far"').replace('["CN"]', '["XF"]')
    return header + text[text.index("[scripts."):]


class Life(World):
    """A world that grows while it is asked."""

    def __init__(self, story: Story, seed: int) -> None:
        super().__init__(regulator=REGION[story.pack])
        self.story = story
        self.purpose = PURPOSE.get(story.pack, "confirm-whereabouts")
        self.dice = random.Random(seed)
        self.dials_made, self.last_dial_day = 0, 0
        self.answered: int | None = None
        if story.pack == "floor":
            self._activate(floor_only())
        elif story.pack != "cn":
            pack = shipped_packs()[story.pack]
            for name in (pack.pack.within, story.pack):
                if name is not None:
                    self._activate(shipped_packs()[name].text)
        self.case = self.person(channels=("voice", "sms"))
        scope = {"purposes": [self.purpose]}
        by = Actor("borrower", self.case.borrower)
        # By the borrower's own code, as the United States and the United Kingdom want it.
        self.consent(self.case, "borrower", scope=scope, assurance="code", by=by)
        self.consent(self.case, "contact", scope=scope)
        self.place(self.case, until=HORIZON)
        self._move()
        self.source = Source.of([])
        self._taken = 0
        self.catch_up()

    def _activate(self, text: str) -> None:
        self.add(START - 100 * DAY, "pack-activated/1", {
            **read_pack(text).id.value(), "text": text, "effective_from": stamp(START - 100 * DAY),
        }, Actor("officer", self.officer), [self.officer, "f" * 32])

    def _move(self) -> None:
        """Everybody lives, and every number belongs, where the story's pack holds."""
        for place, (at, order, draft) in enumerate(self.drafts):
            body = {name: REGION[self.story.pack] if value == "CN" and name in ("residence", "region") else value
                    for name, value in draft.body.items()}
            if draft.kind == "contact-registered/1" and self.story.pack not in ("floor", "cn"):
                body["languages"] = ["en"]
            if self.story.far and draft.kind == "channel-added/1":
                body["zones"] = [BEHIND]
            self.drafts[place] = (at, order, replace(draft, body=body))
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
        """Verdict and collector's view of one lookup."""
        facts, decision = self.decided(at)
        return decision.verdict, collector_view(facts, decision, (), at)

    def decided(self, at: int) -> tuple[Facts, Decision]:
        """What one lookup rests on, and what came of it."""
        self.feeds(at)
        self.catch_up()
        history = gather(self.source, self.case.account)
        offsets = {zone: BEHIND_OFFSET if zone == BEHIND else OFFSET for zone in zones_of(history)}
        ask = Ask(ident("lookup"), self.case.account, self.agency, "A-17", "contact", self.purpose,
                  "number", offsets)
        facts = facts_from(history, ask, at)
        return facts, decide(facts, packs_for(self.source.directory, facts, at), at)

    def run(self) -> Outcome:
        """Lives until the first permit, or for HORIZON days."""
        at, texted = START, START - 3 * DAY
        while at < START + HORIZON * DAY:
            verdict, view = self.look(at)
            if verdict == "permit":
                return Outcome((at - START) // DAY, self.answered, self.dials_made)
            if at - texted >= 3 * DAY:
                self.attempt(self.case, at, "sms", DELIVERED, logged=at, **self._line_local(at))
                texted = at
            at = self._follow(view, at)
        return Outcome(None, self.answered, self.dials_made)

    def _follow(self, view: Mapping[str, Any], at: int) -> int:
        step = view["next"]
        due = parse_stamp(step["not_before"]) if "not_before" in step else at
        if step.get("channel") == self.case.channels["sms"]:
            self.attempt(self.case, max(at, due), "sms", DELIVERED, logged=max(at, due), **self._line_local(due))
            return max(at, due) + MINUTE
        if step["action"] == "dial":
            due = max(at, due) + self.dice.randrange(30) * MINUTE
            today = local_day(due, OFFSET)
            if today == self.last_dial_day:     # one dial a day: asked again tomorrow morning
                return (today + 1) * DAY + (8 * 60 - OFFSET) * MINUTE
            self.last_dial_day = today
            self.attempt(self.case, due, outcome=self._rolled(due), logged=due + MINUTE, **self._line_local(due))
            return due + 2 * MINUTE
        if step["action"] == "send":
            self.notice(self.case, at)
        if step["action"] == "ask-approval":
            self.approve(self.case, at, purpose=self.purpose)
        return max(due, at + (12 * HOUR if step["action"] == "stop" else MINUTE))

    def _line_local(self, at: int) -> dict[str, Any]:
        offset, zone = (BEHIND_OFFSET, BEHIND) if self.story.far else (OFFSET, ZONE)
        return {"line_local": [{"zone": zone, "date": date_of(local_day(at, offset)),
                                "minute": local_minute(at, offset), "offset": offset}]}

    def _rolled(self, at: int) -> Mapping[str, Any]:
        self.dials_made += 1
        if self.dials_made == self.story.answers_on:
            self.answered = (at - START) // DAY
            return PERSON
        roll = self.dice.random()
        if roll < self.story.busy:
            return BUSY
        return MAILBOX if roll < self.story.busy + MAILBOX_SHARE else RANG
