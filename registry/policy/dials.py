"""Which dials were against the law or too close to the one before (POLICY section 3, U2). Over all agencies."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from registry.model.times import MINUTE
from registry.policy.effort import COUNTING_TEXTS
from registry.policy.facts.model import Attempt
from registry.policy.merging import Params
from registry.policy.next_step import is_open
from registry.policy.parameters import WEEK

Judged = tuple[frozenset[int], frozenset[int]]
BEGAN = attrgetter("began")


def judge_dials(attempts: Sequence[Attempt], params: Params) -> Judged:
    """Indexes of attempts outside the lawful hours and days, above a cap or against a refused dial check, and of
    those too soon after the previous dial.

    Caps are per line and local date, and over this and the six local dates before; all limits inclusive.
    """
    start, end = params.borrower_hours
    some_closed = len(params.borrower_days) < len(WEEK)
    least = params.min_gap_minutes * MINUTE
    a_number, a_week, talks = params.max_dials_per_number_day, params.max_dials_7d, params.max_conversations_day
    unlawful: set[int] = set()
    close: set[int] = set()
    previous: int | None = None
    on_line: dict[tuple[int, int], int] = {}
    talked: dict[int, int] = {}
    days: list[int] = []
    week = 0
    for attempt in sorted(attempts, key=BEGAN):
        day, outcome, began = attempt.day, attempt.outcome, attempt.began
        if attempt.refused or (attempt.minute >= 0 and (
            attempt.earliest < start or attempt.latest >= end
            or (some_closed and not is_open(params.borrower_days, day))
        )):
            unlawful.add(attempt.index)
        voice = attempt.medium == "voice"
        if voice or outcome in COUNTING_TEXTS:  # as `keeps_distance`
            if previous is not None and began - previous < least:
                close.add(attempt.index)
            previous = began
        if not voice:
            continue
        days.append(day)
        while days[week] < day - 6:
            week += 1
        number = attempt.slot, day
        on_line[number] = dialled = on_line.get(number, 0) + 1
        if dialled > a_number or len(days) - week > a_week or talked.get(day, 0) >= talks:
            unlawful.add(attempt.index)
        if outcome == "reached-person":
            talked[day] = talked.get(day, 0) + 1
    return frozenset(unlawful), frozenset(close)
