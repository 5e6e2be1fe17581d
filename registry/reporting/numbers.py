"""What is counted over a period, wherever it was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from registry.errors import MalformedError
from registry.model.times import DAY, day_of, parse_date

LONGEST = 3 * 366  # days of one report
MOST_DAYS = 62  # longer periods are shown by month


@dataclass(frozen=True, slots=True)
class Period:
    """UTC days, both included."""

    since: date
    until: date

    @property
    def start(self) -> int:
        """Its first millisecond."""
        return day_of(self.since) * DAY

    @property
    def end(self) -> int:
        """The first millisecond after it."""
        return (day_of(self.until) + 1) * DAY

    @property
    def by_month(self) -> bool:
        """Whether it is too long to be shown by day."""
        return (self.until - self.since).days >= MOST_DAYS


@dataclass(frozen=True, slots=True)
class Numbers:
    """`lookups`: (day or month, agency, verdict, reason, count), reason `` for all of them. `consents`: by giver and
    step. `approvals`: (officer, verdict, milliseconds that the request waited). `complaints`: by verdict, or `open`.
    `attempts`: (day, agency or ``, unlawful, count), None where nobody judged them. `names`: of parties."""

    period: Period
    lookups: Sequence[tuple[str, str, str, str, int]]
    consents: Mapping[tuple[str, str], int]
    approvals: Sequence[tuple[str, str, int]]
    complaints: Mapping[str, int]
    attempts: Sequence[tuple[str, str, bool, int]] | None
    names: Mapping[str, str]


def period(since: str | None, until: str | None, today: date) -> Period:
    """The period asked for; without an end until today, without a beginning the 30 days to its end.

    Raises MalformedError for what is no date, ends before it begins, or is longer than three years.
    """
    end = parse_date(until) if until else today
    begin = parse_date(since) if since else end - timedelta(days=29)
    if begin > end:
        raise MalformedError("a period ends on or after the day it begins", pointer="/until", code="period-wrong")
    if (end - begin).days >= LONGEST:
        raise MalformedError("a period is at most three years", pointer="/since", code="period-wrong")
    return Period(begin, end)
