"""Weighs the effort to reach the borrower, or one agency's part of it (POLICY section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from registry.model.times import DAY
from registry.policy.dials import judge_dials
from registry.policy.effort import Effort, next_change, personal_slots
from registry.policy.facts.model import Attempt, Facts, Slot
from registry.policy.merging import Params
from registry.policy.tally import Tally


class Weighed(NamedTuple):
    """What all attempts came to at `at`, and what else it rests on: the same holds for the same until `until`."""

    attempts: tuple[Attempt, ...]
    slots: tuple[Slot, ...]
    params: Params
    at: int
    until: int
    effort: Effort


def weigh(
    facts: Facts, params: Params, at: int, attempts: Sequence[Attempt], after: tuple[int, int], *, own: bool = False,
) -> Effort:
    """Weighs attempts logged after a reset. `own`: one agency's view, to which nobody else's business shows.

    All attempts are not weighed again for the next question about the same borrower, where they are the same and none
    of them has cooled or grown too old since.
    """
    asked = after, 0 if facts.account is None else facts.account.due_since, own
    known: Weighed | None = facts.weighings.get(asked)
    if (
        known is not None and known.at <= at < known.until and known.attempts is attempts
        and known.slots is facts.slots and known.params is params
    ):
        return known.effort
    effort, until = _weigh(facts, params, at, attempts, *asked)
    if attempts is facts.attempts:
        facts.weighings[asked] = Weighed(facts.attempts, facts.slots, params, at, until, effort)
    return effort


def _weigh(  # noqa: PLR0917 - as its caller's
    facts: Facts, params: Params, at: int, attempts: Sequence[Attempt], after: tuple[int, int], due: int, own: bool,
) -> tuple[Effort, int]:
    """The effort, and the first moment from which the same attempts may come to something else."""
    tally = Tally(params, at, personal_slots(facts, params, at), own)
    unlawful, close = judge_dials(attempts, params)
    window = params.window_days * DAY
    index, until = after
    earliest = max(until, at - window)
    taken = [one for one in attempts if one.index > index and one.at >= earliest and one.day >= due]
    for attempt in taken:
        place = attempt.index
        tally.take(attempt, place in unlawful, place in close)
    oldest = min([one.at for one in taken], default=at)
    return tally.result(), min(tally.until, oldest + window + 1, next_change(facts, params, at))
