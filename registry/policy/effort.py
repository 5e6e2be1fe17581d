"""The effort to reach the borrower, weighed: what counts, what covers, what blocks (POLICY section 3, U1 to U3)."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.times import DAY, LATEST
from registry.model.value import value
from registry.policy.facts.model import Attempt, Facts, Reset, Slot
from registry.policy.merging import Params

PARTS = ((480, 720), (720, 1020), (1020, 1260))     # morning, afternoon, evening; end exclusive
TEXT = frozenset({"sms", "email", "app"})
# Texts that failed to arrive are as good as a dial for the count, so they keep its distance too.
COUNTING_TEXTS = frozenset({"no-answer", "not-alerted"})
NEVER = LATEST + 1  # after every moment


@value(frozen=True, slots=True)
class SlotEffort:
    """What was done on one slot. `cover`: attempts that cover it; `last_at`: the last attempt of any outcome."""

    slot: int
    counted: int
    cover: int
    covered: bool
    dead: bool
    flagged: int
    last_at: int | None


@value(frozen=True, slots=True)
class Effort:
    """Counts at the moment judged. `complete_index`, `complete_at`: the entry that made U2 complete, if any has.

    `parts`: parts of the day (places in PARTS) with a counted attempt; `waived`: every personal channel is proven
    dead, so counts are waived; `first_day`: local day of the first counted attempt, `last_at`: time of the last;
    `blocked_until`: end of the cooling after a mailbox, a screening or somebody of the household picked up.
    `flaws`: why attempts that would count or cover did not.
    """

    slots: tuple[SlotEffort, ...]
    attempts: int
    days: int
    dayparts: int
    parts: frozenset[int]
    span: int
    first_day: int | None
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


def keeps_distance(attempt: Attempt) -> bool:
    """Whether the next dial has to be `min_gap_minutes` after this attempt."""
    return attempt.medium == "voice" or attempt.outcome in COUNTING_TEXTS


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


def next_change(facts: Facts, params: Params, at: int) -> int:
    """The first moment after `at` from which other channels may be personal and live, by the look-back alone."""
    lookback = params.lookback_days * DAY
    since = [one.removed_at for one in facts.slots if one.removed_at is not None]
    since += [changed for one in facts.slots for changed, _, _ in one.uses[1:]]
    return min([one + lookback for one in since if one + lookback > at], default=NEVER)


def last_reset(resets: Sequence[Reset]) -> tuple[int, int]:
    """(index, time) up to which attempts no longer count: the last sign of life, and 30 days after a refusal."""
    return max((one.index for one in resets), default=-1), max((one.until for one in resets), default=0)


NO_EFFORT = Effort((), 0, 0, 0, frozenset(), 0, None, None, None, None, False, None, frozenset())
