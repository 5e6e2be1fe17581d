"""Worlds for the promises: a fresh one, or one that is copied from a saved one in a tenth of the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.housed import HousedWorld
from tests.promises.office import Office
from tests.promises.saved import Ready, Saved
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.vault.close()


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A world with people for whom every rule holds, made once; the last one lacks an approval."""
    return Saved.make(tmp_path_factory.mktemp("saved") / "world", unapproved=1)


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Fourteen of them, in a world that real processes can serve."""
    return Saved.make(tmp_path_factory.mktemp("crowd") / "world", people=14, kind=HousedWorld)


@pytest.fixture
def ready(saved: Saved, tmp_path: Path) -> Iterator[Ready]:
    """A copy of it, for this test alone."""
    made = saved.restore(tmp_path / "world")
    yield made
    made.world.vault.close()


@pytest.fixture(scope="session")
def saved_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A vault and a courier with three borrowers, made once."""
    folder = tmp_path_factory.mktemp("office") / "world"
    folder.mkdir()
    made = Office(folder)
    made.story()
    made.close()
    return made


@pytest.fixture
def office(saved_office: Office, tmp_path: Path) -> Iterator[Office]:
    """A copy of it, for this test alone."""
    made = saved_office.restored(tmp_path / "world")
    yield made
    made.close()
