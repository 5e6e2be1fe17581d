"""The two clocks (CONTRACT section 0): the log clock stamps entries, the wall clock times the machinery around it.

All values are milliseconds since 1970-01-01T00:00:00Z. A clock is made only in `vault/server.py` and
`demo/seed.py`; everything else is given one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
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


@runtime_checkable
class Steady(Protocol):
    """A clock that can be held against one that nobody sets."""

    def steady(self) -> int:
        """Milliseconds since some moment, by a clock that only runs on."""
        ...


@dataclass(slots=True)
class ClockWatch:
    """Whether the wall clock, and the log clock with it, was set while the process ran."""

    slack: int = 2 * SECOND  # what setting a clock gently, and being late to look, may come to
    jumped: int = 0  # milliseconds, the most since somebody was told
    _apart: int | None = None

    def look(self, clock: Clock) -> None:
        """Notes by how much the wall clock went otherwise than steadily since the last look."""
        if not isinstance(clock, Steady):
            return
        apart = clock.wall() - clock.steady()
        if self._apart is not None and abs(apart - self._apart) > self.slack:
            self.jumped = max(self.jumped, abs(apart - self._apart))
        self._apart = apart


def steady_now() -> int:
    """The time since the machine started, in which it may have slept."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def wall_now() -> int:
    """The machine's wall clock."""
    return time.time_ns() // 1_000_000


class SystemClock:
    """A real log's clock: both are the machine's."""

    def now(self) -> int:
        return wall_now()

    def wall(self) -> int:
        return wall_now()

    def steady(self) -> int:
        return steady_now()


class DemoClock:
    """A demo log's clock: starts at `start`, runs with real seconds, can be moved forward."""

    def __init__(self, start: int) -> None:
        self._base = start
        self._started = time.monotonic_ns()

    def now(self) -> int:
        return self._base + (time.monotonic_ns() - self._started) // 1_000_000

    def wall(self) -> int:
        return wall_now()

    def steady(self) -> int:
        return steady_now()

    def advance(self, seconds: int) -> None:
        """Moves the log clock forward. Raises ValueError when `seconds` is not positive."""
        if seconds <= 0:
            raise ValueError("a demo's clock only moves forward")
        self._base += seconds * SECOND

    def resume(self, at: int) -> None:
        """Makes the log clock at least `at`: after a restart it goes on from the last entry."""
        self._base += max(0, at - self.now())
