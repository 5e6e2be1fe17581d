"""What the log needs from others: a clock, its key, somebody who follows every entry, a place to break it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from registry.model.entries import Entry
from registry.tlog.note import NoteSigner as Signer

__all__ = ["Clock", "Faults", "Observer", "Signer", "no_faults"]


class Clock(Protocol):
    """The log clock: milliseconds UTC. A demo's can be ahead of the wall clock."""

    def now(self) -> int: ...


class Observer(Protocol):
    """Folds the whole log into a state of its own. It must not keep anything across `reset`.

    `fold` is called once for each entry, in order: at start for all of them, later when the operation that
    appended it has succeeded. It must not raise on an entry that was accepted.
    """

    def reset(self) -> None: ...
    def fold(self, entry: Entry) -> None: ...


Faults = Callable[[str], None]
"""Called where a process may die: received, inside-integrate, integrated, signed, guarded, published; with witnesses
feeding (a submission is on its way) and cosigned (a quorum has cosigned, nothing is published yet)."""


def no_faults(point: str) -> None:
    """The hook of a log nobody is trying to break."""
