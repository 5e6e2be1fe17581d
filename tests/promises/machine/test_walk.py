"""Whatever people do, in whatever order, with the vault dying in between: what comes out is right, and what was
acknowledged is there. See CONTRIBUTING for longer walks."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promises.machine.crashing import POINTS
from tests.promises.machine.deciding import Deciding, Governing
from tests.promises.machine.dying import Dying
from tests.promises.machine.lending import Agreeing, Lending
from tests.promises.machine.reaching import Reaching
from tests.promises.machine.state import Machine
from tests.promises.machine.town import SavedTown

WALKS = int(os.environ.get("CONSENTRY_WALKS", "40"))
STEPS = 25


class Walk(Lending, Agreeing, Reaching, Governing, Dying, Deciding):
    """All acts together."""


def walk(saved: SavedTown, quick: Path, number: int, walks: int, phases: tuple[Phase, ...]) -> Counter[str]:
    """So many walks by the dice of a number. Raises AssertionError where something is wrong."""
    seen: Counter[str] = Counter()
    machine: type[Machine] = seed(number)(type("Walk", (Walk,), {"saved": saved, "quick": quick, "seen": seen}))
    run_state_machine_as_test(machine, settings=settings(
        max_examples=walks, stateful_step_count=STEPS, deadline=None, database=None, phases=phases,
        suppress_health_check=list(HealthCheck)))
    return seen


def test_whatever_comes_out_is_right_and_what_was_acknowledged_stays(saved_town: SavedTown, quick: Path) -> None:
    seen = walk(saved_town, quick, 1, WALKS, (Phase.generate, Phase.shrink))
    print(*sorted(f"{count:6} {what}" for what, count in seen.items()), sep="\n")
    assert {point for point in POINTS if seen[f"died {point}"]} == set(POINTS)
    assert seen["number out"] >= WALKS
