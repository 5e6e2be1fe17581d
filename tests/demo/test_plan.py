"""The timetable of the demo world, to the letter of CONTRACT section 8."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from registry.demo.people import CASES, OFFSET
from registry.demo.plan import Step, start_of, timetable
from registry.model.times import DAY, HOUR, local_day, local_minute, parse_rfc3339

START = start_of(parse_rfc3339("2026-11-21T12:00:00+08:00"))


def local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC) + timedelta(minutes=OFFSET)


@pytest.mark.parametrize(
    ("wall", "start"),
    [
        ("2026-11-20T09:59:59+08:00", "2026-11-20T10:00:00+08:00"),  # a Friday, just before
        ("2026-11-20T10:00:00+08:00", "2026-11-20T10:00:00+08:00"),
        ("2026-11-20T10:00:01+08:00", "2026-11-23T10:00:00+08:00"),  # the weekend follows
        ("2026-11-21T23:00:00+08:00", "2026-11-23T10:00:00+08:00"),
        ("2026-11-22T18:00:00+00:00", "2026-11-23T10:00:00+08:00"),  # Sunday in London, Monday in Shanghai
        ("2026-11-23T16:30:00+08:00", "2026-11-24T10:00:00+08:00"),
    ],
)
def test_the_clock_starts_at_the_next_ten_in_the_morning_of_a_weekday_in_shanghai(wall: str, start: str) -> None:
    assert start_of(parse_rfc3339(wall)) == parse_rfc3339(start)


def test_the_steps_are_in_order_of_time_and_the_last_is_at_the_start() -> None:
    steps = timetable(START)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert steps[-1] == Step(START, "feeds", number=1)


def days_of(name: str, act: str) -> list[int]:
    return [
        local_day(step.at, OFFSET) - local_day(START, OFFSET)
        for step in timetable(START) if step.case is not None and step.case.name == name and step.act == act
    ]


def test_the_unreachable_are_dialled_on_nine_days_at_three_times_of_day() -> None:
    assert days_of("unreachable", "dial") == [-23, -21, -19, -17, -15, -12, -10, -9, -2]
    times = [local(step.at).strftime("%H:%M") for step in timetable(START)
             if step.case == CASES[0] and step.act == "dial"]
    assert times == ["09:30", "14:00", "19:30"] * 3


def test_attempts_missing_has_seven_dials_and_no_notice() -> None:
    assert days_of("attempts-missing", "dial") == [-16, -14, -12, -10, -8, -5, -2]
    assert days_of("attempts-missing", "notice") == []


def test_the_notice_goes_out_one_hour_after_the_eighth_dial() -> None:
    steps = [step for step in timetable(START) if step.case == CASES[0]]
    eighth = next(step for step in steps if step.act == "dial" and step.number == 8)
    notice = next(step for step in steps if step.act == "notice")
    assert notice.at - eighth.at == HOUR
    assert days_of("notice-running", "notice") == [-3]


def test_everything_that_people_would_hear_is_within_lawful_hours() -> None:
    heard = [step for step in timetable(START) if step.act in {"dial", "sms", "email", "notice", "ask"}]
    assert heard
    assert all(8 * 60 <= local_minute(step.at, OFFSET) < 20 * 60 for step in heard)


def test_feeds_and_approvals_are_at_most_twelve_hours_old_at_the_start() -> None:
    late = [step for step in timetable(START) if step.act in {"feeds", "approve"}]
    assert late
    assert all(START - step.at <= 12 * HOUR for step in late)


def test_consents_are_a_hundred_and_twenty_days_old() -> None:
    for case in CASES:
        assert days_of(case.name, "people") == [-120]
    assert all(START - step.at < 121 * DAY for step in timetable(START))


def test_there_are_eleven_borrowers_with_lines_of_their_own() -> None:
    lines = [line for case in CASES for line in (case.line, case.contact_line)]
    assert len(CASES) == 11
    assert len(set(lines)) == 22
    assert all(len(line) == len("+861000000NNNN") for line in lines)
    assert len({case.given for case in CASES}) == len({case.contact_given for case in CASES}) == 11
