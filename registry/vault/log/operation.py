"""One operation of a round, while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.errors import UnavailableError
from registry.model.entries import Entry
from registry.model.times import SECOND

CLOCK_SLACK = 1 * SECOND


@dataclass(slots=True)
class Operation:
    """What it has appended so far, all stamped `at`. `written` once its savepoint exists, `torn` inside a write,
    `folding` once its entries are being told to who follows them."""

    at: int
    written: bool = False
    torn: bool = False
    folding: bool = False
    entries: list[Entry] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    rows: list[Mapping[bytes, bytes]] = field(default_factory=list)  # what is filed of each, by subject


def unavailable() -> UnavailableError:
    """Storage failed. What was not answered may be tried again: ids and idempotency keys keep it one entry."""
    return UnavailableError("the log cannot be written now; nothing was answered, try again", code="log-unavailable")


def never_back(now: int, last: int) -> int:
    """The stamp of an operation that begins `now`, when the last entry was stamped `last`.

    Raises UnavailableError `clock-untrusted` when the clock runs more than a second behind the log.
    """
    if now < last - CLOCK_SLACK:
        raise UnavailableError("the clock runs behind the last entry: set it right", code="clock-untrusted")
    return max(last, now)
