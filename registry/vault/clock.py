"""The two clocks (CONTRACT section 0): the log clock stamps entries, the wall clock times the machinery around it.

All values are milliseconds since 1970-01-01T00:00:00Z. A clock is made only in `vault/server.py` and
`demo/seed.py`; everything else is given one.
"""

from __future__ import annotations

import time
from typing import Protocol, runtime_checkable

from registry.model.times import SECOND


class Clock(Protocol):
    """What the vault and the courier know of time."""

    def now(self) -> int:
        """The log clock."""
        ...

    def wall(self) -> int:
        """The wall clock."""
        ...


@runtime_checkable
class Advancing(Clock, Protocol):
    """A demo's clock."""

    def advance(self, seconds: int) -> None:
        """Moves the log clock forward."""
        ...


def wall_now() -> int:
    """The machine's wall clock."""
    return time.time_ns() // 1_000_000


class SystemClock:
    """A real log's clock: both are the machine's."""

    def now(self) -> int:
        return wall_now()

    def wall(self) -> int:
        return wall_now()


class DemoClock:
    """A demo log's clock: starts at `start`, runs with real seconds, can be moved forward."""

    def __init__(self, start: int) -> None:
        self._base = start
        self._started = time.monotonic_ns()

    def now(self) -> int:
        return self._base + (time.monotonic_ns() - self._started) // 1_000_000

    def wall(self) -> int:
        return wall_now()

    def advance(self, seconds: int) -> None:
        """Moves the log clock forward. Raises ValueError when `seconds` is not positive."""
        if seconds <= 0:
            raise ValueError("a demo's clock only moves forward")
        self._base += seconds * SECOND

    def resume(self, at: int) -> None:
        """Makes the log clock at least `at`: after a restart it goes on from the last entry."""
        self._base += max(0, at - self.now())
