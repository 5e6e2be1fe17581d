"""What the product must reach, beside what was measured in this run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One value that a gate asks about."""

    goal: str
    value: float


# Goal -> (gate, ambition). Where the gate lies below the ambition, more is better; else less is.
GATES: dict[str, tuple[float, float]] = {
    "permits a second, 16 clients, to the floor's": (0.60, 0.95),
    "denials a second, 16 clients, to the floor's": (0.90, 1.5),
    "CPU of a permit to the floor's": (2.2, 1.4),
    "CPU of a denial to the floor's": (1.5, 1.0),
    "p99 to p50 of a permit, 16 clients": (4.0, 2.5),
    "p99 to p50 of a permit, 64 clients": (4.0, 2.5),
    "p50 of a permit, 1 client, to the floor's": (6.0, 3.0),
    "permits, 50 ms witness, 32 clients, of clients / 2 RTT": (0.85, 0.95),
    "permits, 50 ms witness, 64 clients, of clients / 2 RTT": (0.85, 0.95),
    **{f"appends on {engine}, {batch} a commit, to a bare loop": (0.8, 1.0)
       for engine in ("SQLite", "PostgreSQL") for batch in (1, 8, 64)},
    "audit verify, entries a second, to hashlib's": (0.3, 0.6),
    "decisions replayed a second and core": (3_000, 10_000),
    "decisions compared a second and core": (5_000, 10_000),
    "3 M entries against 200 k, warm": (0.8, 0.95),
}


def show(found: Sequence[Found]) -> None:
    """Prints a line for each value: what was asked, and whether it was reached."""
    print(f"\n{'goal':<56} {'measured':>9} {'gate':>7} {'ambition':>9}")
    for one in found:
        gate, ambition = GATES[one.goal]
        print(f"{one.goal:<56} {one.value:>9.2f} {gate:>7g} {ambition:>9g}   {_word(one.value, gate, ambition)}")


def _word(value: float, gate: float, ambition: float) -> str:
    sign = 1 if gate < ambition else -1
    if sign * value >= sign * ambition:
        return "ambition reached"
    return "reached" if sign * value >= sign * gate else "MISSED"
