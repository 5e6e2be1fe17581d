"""Time as integers: milliseconds since 1970-01-01T00:00:00Z. Local time is an offset in minutes, an argument."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from registry.errors import MalformedError

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LATEST = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z

STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z\Z", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\Z", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - written without an offset, several times as fast
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1024)  # an answer says the times of attempts again and again
def stamp(at: int) -> str:
    """The form of times in entries: UTC `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return (_NAIVE_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds") + "Z"


def parse_stamp(text: str) -> int:
    """Milliseconds of a time in an entry. Raises MalformedError on any other spelling."""
    if STAMP.match(text) is None:
        raise MalformedError("a time in an entry is UTC YYYY-MM-DDTHH:MM:SS.mmmZ")
    return _milliseconds(text)


def moment(text: str) -> int:
    """Milliseconds of a time in an entry, whose shape was checked before it was logged."""
    since = datetime.fromisoformat(text) - _EPOCH   # dividing it would take longer than all else
    return since.days * DAY + since.seconds * SECOND + since.microseconds // 1_000


@lru_cache(maxsize=4096)
def day_number(text: str) -> int:
    """Days since 1970-01-01 of a date in an entry, likewise."""
    return date.fromisoformat(text).toordinal() - _EPOCH_ORDINAL


def parse_rfc3339(text: str) -> int:
    """Milliseconds of an RFC 3339 time with offset, as callers write it; finer fractions are cut off."""
    if RFC3339.match(text) is None:
        raise MalformedError("a time is RFC 3339 with an offset, as in 2026-01-31T09:30:00+08:00")
    return _milliseconds(text.upper())


def _milliseconds(text: str) -> int:
    try:
        at = moment(text)
    except (ValueError, OverflowError) as error:
        raise MalformedError("no such date or time") from error
    # An offset can carry a time out of the four-digit years that `stamp` can write.
    if not 0 <= at <= LATEST:
        raise MalformedError("a time lies in the years 1970 to 9999")
    return at


def parse_date(text: str) -> date:
    """A calendar date `YYYY-MM-DD`. Raises MalformedError."""
    if DATE.match(text) is None:
        raise MalformedError("a date is YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedError("no such date") from error


def local_day(at: int, offset: int) -> int:
    """Local calendar day as days since 1970-01-01, `offset` in minutes east of UTC."""
    return (at + offset * MINUTE) // DAY


def local_minute(at: int, offset: int) -> int:
    """Minute of the local day, 0..1439."""
    return (at + offset * MINUTE) % DAY // MINUTE


def day_of(calendar: date) -> int:
    """Days since 1970-01-01."""
    return calendar.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> str:
    """`YYYY-MM-DD` of days since 1970-01-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL).isoformat()
