"""Takes walks: so many, of so many steps, by the dice of a number."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promises.machine.deciding import Governing
from tests.promises.machine.dying import Dying
from tests.promises.machine.lending import Agreeing, Lending
from tests.promises.machine.portal import Portal
from tests.promises.machine.reaching import Reaching
from tests.promises.machine.state import Machine
from tests.promises.machine.town import SavedTown

ALL: tuple[type[Machine], ...] = (Lending, Agreeing, Reaching, Portal, Governing, Dying)


def machine_of(
    saved: SavedTown, quick: Path, seen: Counter[str], acts: tuple[type[Machine], ...] = ALL,
) -> type[Machine]:
    """A machine of these acts that starts from a town and counts what it sees."""
    return type("Walk", acts, {"saved": saved, "quick": quick, "seen": seen})


def walk(
    saved: SavedTown, quick: Path, number: int, *, walks: int, steps: int, acts: tuple[type[Machine], ...] = ALL,
    shrinks: bool = False,
) -> Counter[str]:
    """Returns what was seen. Raises AssertionError where something is wrong; the acts that led to it are printed.

    `shrinks`: looks for a shorter story first, which takes minutes.
    """
    seen: Counter[str] = Counter()
    machine = seed(number)(machine_of(saved, quick, seen, acts))
    run_state_machine_as_test(machine, settings=settings(
        max_examples=walks, stateful_step_count=steps, deadline=None, database=None, report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
        suppress_health_check=list(HealthCheck)))
    return seen
