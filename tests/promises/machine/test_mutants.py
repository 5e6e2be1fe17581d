"""The walk can fail: broken on purpose in any of these ways, the vault is caught."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from registry.errors import IntegrityError
from tests.promises.machine.dying import Dying
from tests.promises.machine.mutants import BY_DICE, MUTANTS
from tests.promises.machine.state import Machine
from tests.promises.machine.town import SavedTown
from tests.promises.machine.walking import machine_of, walk


def plays(machine: type[Machine], name: str) -> None:
    """The story in which the broken vault does what it must not, with the invariants after it."""
    told = machine()
    assert isinstance(told, Dying)
    try:
        MUTANTS[name][1](told)
        told.everything_that_came_out_was_right()
    finally:
        told.teardown()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_vault_is_caught(
    saved_town: SavedTown, quick: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    machine = machine_of(saved_town, quick, Counter())
    plays(machine, name)  # whole, it passes
    MUTANTS[name][0](monkeypatch)
    with pytest.raises((AssertionError, IntegrityError)):
        plays(machine, name)


@pytest.mark.parametrize("name", BY_DICE)
def test_a_broken_vault_is_caught_by_chance(
    saved_town: SavedTown, quick: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    MUTANTS[name][0](monkeypatch)
    with pytest.raises(AssertionError):
        walk(saved_town, quick, 1, walks=40, steps=8, acts=(Dying,))
