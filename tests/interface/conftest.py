"""A demo world served by real processes with its log kept, and a small registry in one process.

For the folder, not the session: what is served is never idle, and would run on beside all that comes after.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.client import World, served
from tests.seeded import seeded_world
from tests.system.world import copy
from tests.web.world import World as Small
from tests.web.world import make_world


@pytest.fixture(scope="package")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the served world's processes write to stderr."""
    return tmp_path_factory.mktemp("served-log") / "up.log"


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[World]:
    with served(copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("strangers") / "data"), log) as up:
        yield up


@pytest.fixture(scope="package")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with make_world(tmp_path_factory.mktemp("small")) as made:
        yield made
