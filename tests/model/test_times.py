"""Time as integers, one spelling inside entries, RFC 3339 from callers, local days by offset."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import MalformedError
from registry.model.ids import check_id, new_id
from registry.model.times import (
    date_of,
    day_of,
    local_day,
    local_minute,
    parse_date,
    parse_rfc3339,
    parse_stamp,
    stamp,
)

MOMENTS = st.integers(0, 4_000_000_000_000)
OFFSETS = st.integers(-18 * 60, 18 * 60)


@given(MOMENTS)
def test_a_stamp_reads_back_and_sorts_as_time_does(at: int) -> None:
    assert parse_stamp(stamp(at)) == at
    assert stamp(at) < stamp(at + 1)


@given(MOMENTS, OFFSETS)
def test_the_same_moment_in_any_offset_is_the_same_number(at: int, minutes: int) -> None:
    local = datetime.fromtimestamp(at // 1000, timezone(timedelta(minutes=minutes)))
    assert parse_rfc3339(local.isoformat()) == at // 1000 * 1000


@given(MOMENTS, OFFSETS)
def test_local_day_and_minute_are_those_of_the_calendar(at: int, minutes: int) -> None:
    local = datetime.fromtimestamp(at / 1000, UTC) + timedelta(minutes=minutes)
    assert date_of(local_day(at, minutes)) == local.date().isoformat()
    assert local_minute(at, minutes) == local.hour * 60 + local.minute


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_days_and_dates_are_each_others_inverse(day: date) -> None:
    assert parse_date(date_of(day_of(day))) == day


@pytest.mark.parametrize("text", [
    "2026-01-31", "2026-01-31T09:30:00", "2026-01-31 09:30:00Z", "2026-1-31T09:30:00Z", "2026-02-30T00:00:00Z",
    "2026-01-31T25:00:00Z", "2026-01-31T09:30:00+0800", "2026-01-31T09:30Z", "٢٠٢٦-01-31T09:30:00Z", "now", "",
    "2026-01-31T09:30:00Z\n", "2026-01-31T09:30:00+25:00", "2026-01-31T09:30:00,5Z", "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00", "0999-01-01T00:00:00Z", "1970-01-01T00:00:00+00:01",
])
def test_times_in_other_forms_are_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_rfc3339(text)


def test_the_latest_time_can_be_written() -> None:
    assert stamp(parse_rfc3339("9999-12-31T23:59:59.999Z")) == "9999-12-31T23:59:59.999Z"


def test_fractions_finer_than_a_millisecond_are_cut_off() -> None:
    assert parse_rfc3339("2026-01-31T09:30:00.1239999+08:00") == parse_rfc3339("2026-01-31T01:30:00.123Z")
    assert parse_rfc3339("2026-01-31t01:30:00z") == parse_rfc3339("2026-01-31T01:30:00Z")


@pytest.mark.parametrize("text", ["2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "", "２026-01-01"])
def test_dates_in_other_forms_are_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_date(text)


def test_an_id_is_128_random_bits_in_lower_case_hex() -> None:
    assert check_id(new_id(lambda count: bytes(range(count)))) == "000102030405060708090a0b0c0d0e0f"
    for wrong in ("A" * 32, "a" * 31, "a" * 33, "g" * 32, "a" * 32 + "\n", "１" * 32, 5, None, b"a" * 32):
        with pytest.raises(MalformedError):
            check_id(wrong)
