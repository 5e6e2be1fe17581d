"""The effort to reach the borrower, weighed: what counts, what covers, what blocks (POLICY section 3, U1 to U3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.model.times import DAY
from registry.policy.dials import judge_dials
from registry.policy.facts.model import Attempt, Facts, Reset, Slot
from registry.policy.merging import Params

PICKED_UP = frozenset({"voicemail", "screened"})
BLOCKS = PICKED_UP | {"household"}
# Whatever exists at that address: two bounces around one of these prove nothing dead.
EXISTS = BLOCKS | {"no-answer", "not-alerted", "busy", "delivered", "reached-person", "engaged", "declined"}
DEAD_APART = 2 * DAY
PARTS = ((480, 720), (720, 1020), (1020, 1260))     # morning, afternoon, evening; end exclusive
TEXT = frozenset({"sms", "email", "app"})


@dataclass(frozen=True, slots=True)
class SlotEffort:
    """What was done on one slot. `cover`: attempts that cover it; `last_at`: the last attempt of any outcome."""

    slot: int
    counted: int
    cover: int
    covered: bool
    dead: bool
    flagged: int
    last_at: int | None


@dataclass(frozen=True, slots=True)
class Effort:
    """Counts at the moment judged. `complete_index`, `complete_at`: the entry that made U2 complete, if any has.

    `waived`: every personal channel is proven dead, so counts are waived; `last_at`: the last counted attempt;
    `blocked_until`: end of the cooling after a mailbox, a screening or somebody of the household picked up.
    `flaws`: why attempts that would count or cover did not.
    """

    slots: tuple[SlotEffort, ...]
    attempts: int
    days: int
    dayparts: int
    span: int
    last_at: int | None
    complete_index: int | None
    complete_at: int | None
    waived: bool
    blocked_until: int | None
    flaws: frozenset[str]

    @property
    def covered(self) -> int:
        """How many slots were tried well enough."""
        return sum(1 for one in self.slots if one.covered)

    @property
    def complete(self) -> bool:
        """U1 and U2 hold."""
        return self.complete_index is not None and all(one.covered for one in self.slots)


def is_live(slot: Slot, params: Params, at: int) -> bool:
    """Registered, or removed by the lender less than the look-back ago (U1)."""
    return slot.registered or (slot.removed_at is not None and at - slot.removed_at < params.lookback_days * DAY)


def use_of(slot: Slot, params: Params, at: int) -> str:
    """The use in force: a change takes effect after the look-back unless the borrower made it (U1)."""
    use = slot.uses[0][1]
    for since, other, by_borrower in slot.uses[1:]:
        if by_borrower or at - since >= params.lookback_days * DAY:
            use = other
    return use


def personal_slots(facts: Facts, params: Params, at: int) -> dict[int, Slot]:
    """The live personal channels that must be tried, by place. An address for post is written to, never dialled."""
    return {
        place: slot for place, slot in enumerate(facts.slots)
        if slot.medium != "post" and is_live(slot, params, at) and use_of(slot, params, at) == "personal"
    }


def last_reset(resets: Sequence[Reset]) -> tuple[int, int]:
    """(index, time) up to which attempts no longer count: the last sign of life, and 30 days after a refusal."""
    return max((one.index for one in resets), default=-1), max((one.until for one in resets), default=0)


def weigh(
    facts: Facts, params: Params, at: int, attempts: Sequence[Attempt], after: tuple[int, int], *, own: bool = False,
) -> Effort:
    """Weighs attempts logged after a reset. `own`: one agency's view, to which nobody else's business shows."""
    tally = _Tally(facts, params, at, personal_slots(facts, params, at), own)
    unlawful, close = judge_dials(attempts, params)
    oldest = at - params.window_days * DAY
    due = facts.account.due_since if facts.account is not None else 0
    index, until = after
    for attempt in attempts:
        if attempt.index > index and attempt.at >= until and attempt.at >= oldest and attempt.day >= due:
            tally.take(attempt, attempt.index in unlawful, attempt.index in close)
    return tally.result()


class _Tally:
    """Counts attempts one after the other, in log order."""

    def __init__(self, facts: Facts, params: Params, at: int, personal: Mapping[int, Slot], own: bool) -> None:
        self.slots, self.params, self.at, self.personal, self.own = facts.slots, params, at, personal, own
        self.counted: list[Attempt] = []
        self.per_slot = dict.fromkeys(personal, 0)
        self.cover = dict.fromkeys(personal, 0)
        self.flagged = dict.fromkeys(personal, 0)
        self.last_on: dict[int, int] = {}
        self.flaws: set[str] = set()
        self.first_dead: dict[int, int] = {}
        self.dead: set[int] = set()
        self.dead_days: list[int] = []
        self.dead_last = 0
        self.dead_complete: tuple[int, int] | None = None
        self.mailbox_days: set[int] = set()
        self.began_days: set[int] = set()
        self.logged_days: set[int] = set()
        self.days = 0
        self.parts: tuple[set[int], set[int], set[int]] = (set(), set(), set())
        self.complete: tuple[int, int] | None = None
        self.blocked_until: int | None = None

    def take(self, attempt: Attempt, unlawful: bool, close: bool) -> None:
        place, outcome, at = attempt.slot, attempt.outcome, attempt.at
        if attempt.void:
            return
        if outcome in BLOCKS:
            until = at + self.params.cooling_days * DAY
            if self.at < until:
                self.blocked_until = until
        if place not in self.personal:
            return
        self.last_on[place] = at
        if unlawful:
            self.flagged[place] += 1
        if outcome in EXISTS:
            self.first_dead.pop(place, None)
            self.dead.discard(place)
            self.dead_complete = None
        counts = self._counts(attempt)
        if not counts and outcome != "household" and (
            outcome not in ("delivered", "busy") or attempt.medium not in TEXT
        ):
            return
        flaw = attempt.flaw
        if flaw is None and attempt.grade < self.params.evidence_grade:
            flaw = "evidence-grade"
        if flaw is None and unlawful:
            flaw = "attempt-unlawful"
        if flaw is None and close and counts:
            flaw = "attempt-too-close"
        if flaw is not None:
            self.flaws.add(flaw)
        elif not counts:
            self.cover[place] += 1
        elif self.own or self.personal[place].alone:
            self._count(attempt)

    def _counts(self, attempt: Attempt) -> bool:
        """Whether the class counts at all (POLICY section 3, outcome classes)."""
        outcome = attempt.outcome
        if outcome == "no-answer":
            return attempt.ring >= self.params.min_ring_seconds
        if outcome in PICKED_UP:
            # Once cooled, with no sign of life, a mailbox counts as no-answer.
            return self.at - attempt.at >= self.params.cooling_days * DAY
        return outcome in ("not-alerted", "dead-address")

    def _count(self, attempt: Attempt) -> None:
        place, outcome = attempt.slot, attempt.outcome
        if outcome == "dead-address" and self._bounced(attempt):
            return      # counts once per channel
        if outcome in PICKED_UP:
            if attempt.day in self.mailbox_days:
                return  # counts once per local day
            self.mailbox_days.add(attempt.day)
        self.cover[place] += 1
        self.per_slot[place] += 1
        self.counted.append(attempt)
        if attempt.day not in self.began_days and attempt.logged_day not in self.logged_days:
            # Distinct days must also be distinct by the registry's own stamp (U3).
            self.began_days.add(attempt.day)
            self.logged_days.add(attempt.logged_day)
            self.days += 1
        for part, (start, end) in zip(self.parts, PARTS, strict=True):
            if start <= attempt.minute < end:
                part.add(attempt.day)
        if self.complete is None and self._enough():
            self.complete = (attempt.index, attempt.at)

    def _bounced(self, attempt: Attempt) -> bool:
        """Notes a dead address; True when the channel had counted one already."""
        place, again = attempt.slot, attempt.slot in self.first_dead
        first = self.first_dead.setdefault(place, attempt.at)
        if attempt.at - first >= DEAD_APART:
            self.dead.add(place)
        self.dead_days.append(attempt.day)
        self.dead_last = attempt.at
        if self.dead_complete is None and len(self.dead) == len(self.personal) and (
            max(self.dead_days) - min(self.dead_days) >= self.params.span_days
        ):
            self.dead_complete = (attempt.index, attempt.at)
        return again

    def _span(self) -> int:
        days = [one.day for one in self.counted]
        return max(days) - min(days) if days else 0

    def _enough(self) -> bool:
        needs = self.params
        return (
            len(self.counted) >= needs.min_attempts and self.days >= needs.min_days
            and self._span() >= needs.span_days and distinct_parts(self.parts) >= needs.min_dayparts
        )

    def result(self) -> Effort:
        waived = bool(self.personal) and len(self.dead) == len(self.personal)
        span = self._span()
        complete, last = self.complete, self.counted[-1].at if self.counted else None
        if waived:
            span, complete, last = max(self.dead_days) - min(self.dead_days), self.dead_complete, self.dead_last
        return Effort(
            tuple(self._slot(place) for place in self.personal), len(self.counted), self.days,
            distinct_parts(self.parts), span, last, complete[0] if complete else None,
            complete[1] if complete else None, waived, self.blocked_until, frozenset(self.flaws),
        )

    def _slot(self, place: int) -> SlotEffort:
        need = self.params.per_line_counted if self.personal[place].medium == "voice" else 1
        dead = place in self.dead
        return SlotEffort(
            place, self.per_slot[place], self.cover[place], dead or self.cover[place] >= need, dead,
            self.flagged[place], self.last_on.get(place),
        )


def distinct_parts(parts: tuple[set[int], set[int], set[int]]) -> int:
    """How many parts of the day can be given a local day each, all different (U2).

    By Hall's theorem the sets, smallest first, need one day more each time.
    """
    count, days = 0, set()
    for part in sorted(parts, key=len):
        days |= part
        if part and len(days) > count:
            count += 1
    return count
