"""Dataclasses that nobody writes to, made by the dozen for every decision.

A frozen one makes itself through `object.__setattr__`, field by field: four times as long. So the type checker, which
runs before every commit, is told that these are frozen and lets nobody write to them; the interpreter makes plain
ones. They compare and hash as frozen ones do. The tests run with frozen ones: what writes past the type checker
(`Any`, `setattr`) shows there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

at_run_time = False  # whether they are frozen there too: set before anything is imported that defines one

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen, slots):
        """`@value(frozen=True, slots=True)`, for what is made often."""
        really = frozen and at_run_time
        return dataclass(frozen=really, slots=slots, unsafe_hash=frozen and not really)

__all__ = ["value"]
