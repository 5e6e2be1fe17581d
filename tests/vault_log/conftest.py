from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault_engine import dropped
from tests.vault_log.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.log.close()


@pytest.fixture(autouse=True)
def databases_are_dropped() -> Iterator[None]:
    """What a test made on a server goes with it."""
    with dropped():
        yield
