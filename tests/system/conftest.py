"""One seeded world a test run and worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.demo import world
from tests.databases import given
from tests.system.world import Served, copy, served, until


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo world as `up --demo` makes it. Never served itself: tests serve copies."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    world.make(data, "http://127.0.0.1:1", **given(data))
    return data


@pytest.fixture
def running(seeded: Path, tmp_path: Path) -> Iterator[Served]:
    """A copy of the world, served and ready."""
    with served(copy(seeded, tmp_path / "data")) as up:
        until(up.ready, "the three processes")
        yield up


@pytest.fixture(scope="session")
def shared(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served world for tests that change nothing which another could see."""
    with served(copy(seeded, tmp_path_factory.mktemp("shared") / "data")) as up:
        until(up.ready, "the three processes")
        yield up
