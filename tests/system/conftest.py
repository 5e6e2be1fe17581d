"""Copies of the run's one seeded world, served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seeded import seeded_world
from tests.system.world import Served, copy, served, until


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo world as `up --demo` makes it. Never served itself: tests serve copies."""
    return seeded_world(tmp_path_factory)


@pytest.fixture
def running(seeded: Path, tmp_path: Path) -> Iterator[Served]:
    """A copy of the world, served and ready."""
    with served(copy(seeded, tmp_path / "data")) as up:
        until(up.ready, "the three processes")
        yield up


@pytest.fixture(scope="package")
def shared(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served world for tests that change nothing which another could see."""
    with served(copy(seeded, tmp_path_factory.mktemp("shared") / "data")) as up:
        until(up.ready, "the three processes")
        yield up
