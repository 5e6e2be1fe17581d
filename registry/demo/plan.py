"""When what happens in the demo world: a pure timetable, sorted, so that the seed's clock only moves forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.demo.people import CASES, OFFSET, Case
from registry.model.times import DAY, HOUR, MINUTE, local_day

WEEKDAYS = 5
# 1970-01-01, day 0, was a Thursday: Monday is 0 in `(day + 3) % 7`.
THURSDAY = 3
START_MINUTE = 10 * 60
DIALS = (9 * 60 + 30, 14 * 60, 19 * 60 + 30)  # one in each part of the day
CONSENT_DAY = -120
ACCOUNT_DAY = -39


@dataclass(frozen=True, slots=True)
class Step:
    """One thing at one moment (log-clock milliseconds). Without a case: the lender's feeds. `number`: which dial."""

    at: int
    act: str
    case: Case | None = None
    number: int = 0


def start_of(wall: int) -> int:
    """The first 10:00 in Shanghai on a Monday to Friday that is not before the wall clock."""
    day = local_day(wall, OFFSET)
    while True:
        at = moment(day, 0, START_MINUTE)
        if at >= wall and (day + THURSDAY) % 7 < WEEKDAYS:
            return at
        day += 1


def moment(today: int, days: int, minute: int) -> int:
    """Milliseconds of a local minute, `days` from the local day `today`."""
    return (today + days) * DAY + (minute - OFFSET) * MINUTE


def founded_at(start: int) -> int:
    """When the log begins: an hour before the first borrower."""
    return moment(local_day(start, OFFSET), CONSENT_DAY, START_MINUTE) - HOUR


def timetable(start: int) -> list[Step]:
    """Every step up to `start`, the moment the served clock begins; the last one is at `start` itself."""
    today = local_day(start, OFFSET)
    steps: list[Step] = []
    for case in CASES:
        steps += _case(today, case)
    # Fresh feeds before anyone asks, and once more as the very last entry: the served clock goes on from there.
    steps.append(Step(moment(today, 0, 9 * 60), "feeds"))
    steps.append(Step(start, "feeds", number=1))
    return sorted(steps, key=lambda step: step.at)


def _case(today: int, case: Case) -> Iterator[Step]:
    apart = 3 * case.number  # minutes, so that no two cases share a moment
    yield Step(moment(today, CONSENT_DAY, START_MINUTE + apart), "people", case)
    yield Step(moment(today, ACCOUNT_DAY, START_MINUTE + apart), "account", case)
    for number, day in enumerate(case.attempts, start=1):
        # Whole seconds apart keep the dial at its minute.
        at = moment(today, day, DIALS[(number - 1) % len(DIALS)]) + case.number * 1_000
        yield Step(at, "dial", case, number)
    # The texts lie between the second and the third dial, on a day of their own.
    texts = moment(today, case.attempts[1] + 1, 10 * 60 + 30 + apart)
    yield Step(texts, "sms", case)
    yield Step(texts + HOUR, "email", case)
    if case.notice is not None:
        # One hour after the eighth dial where that day is the eighth's; the dial is at 14:00.
        yield Step(moment(today, case.notice, 15 * 60) + case.number * 1_000, "notice", case)
    if case.approved:
        yield Step(moment(today, 0, 9 * 60 + 5) + case.number * 1_000, "ask", case)
        yield Step(moment(today, 0, 9 * 60 + 10) + case.number * 1_000, "approve", case)
    if case.ending is not None:
        ended = moment(today, -1, 14 * 60) if case.ending == "reached" else moment(today, 0, 9 * 60 + 20)
        yield Step(ended + case.number * 1_000, case.ending, case)
