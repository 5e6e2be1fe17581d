"""Offsets of time zones at a moment, from the pinned `tzdata` package and never from the machine's own files.

They are looked up when something is logged and travel in the entry, so that replay needs no zone database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from registry.errors import MalformedError
from registry.model.times import DAY, MINUTE, SECOND, date_of, local_day, local_minute

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises MalformedError."""
    parts = name.split("/")
    if not all(part and part[0].isalpha() for part in parts):
        raise MalformedError("no such time zone", code="time-zone-unknown")
    source = resources.files("tzdata").joinpath("zoneinfo", *parts)
    try:
        with source.open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (OSError, ValueError) as error:
        raise MalformedError("no such time zone", code="time-zone-unknown") from error


def offset(name: str, at: int) -> int:
    """Minutes east of UTC at `at`, seconds of historic local mean times cut off. Raises MalformedError."""
    return _offset(name, at // SECOND)


@lru_cache(maxsize=512)  # clocks are changed at whole seconds, and a round asks about the same one many times
def _offset(name: str, second: int) -> int:
    moment = (_EPOCH + timedelta(seconds=second)).astimezone(zone(name))
    shift = moment.utcoffset()
    assert shift is not None, "a zoned time has an offset"
    return int(shift.total_seconds() // 60)


def local_value(name: str, at: int) -> dict[str, Any]:
    """The `local` part of an attempt: {zone, date, minute, offset}. Raises MalformedError."""
    minutes = offset(name, at)
    return {
        "zone": name, "date": date_of(local_day(at, minutes)), "minute": local_minute(at, minutes),
        "offset": minutes,
    }


def start_of_day(name: str, at: int) -> int:
    """The first moment of the local day of `at`, by the offset in force at `at`."""
    minutes = offset(name, at)
    return local_day(at, minutes) * DAY - minutes * MINUTE
