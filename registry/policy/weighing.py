"""Weighs the effort to reach the borrower, or one agency's part of it (POLICY section 3)."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.times import DAY
from registry.policy.dials import judge_dials
from registry.policy.effort import Effort, personal_slots
from registry.policy.facts.model import Attempt, Facts
from registry.policy.merging import Params
from registry.policy.tally import Tally


def weigh(
    facts: Facts, params: Params, at: int, attempts: Sequence[Attempt], after: tuple[int, int], *, own: bool = False,
) -> Effort:
    """Weighs attempts logged after a reset. `own`: one agency's view, to which nobody else's business shows."""
    tally = Tally(params, at, personal_slots(facts, params, at), own)
    unlawful, close = judge_dials(attempts, params)
    oldest = at - params.window_days * DAY
    due = facts.account.due_since if facts.account is not None else 0
    index, until = after
    earliest = max(until, oldest)
    for attempt in attempts:
        place = attempt.index
        if place > index and attempt.at >= earliest and attempt.day >= due:
            tally.take(attempt, place in unlawful, place in close)
    return tally.result()


