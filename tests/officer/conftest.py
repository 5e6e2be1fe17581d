"""One small registry and one demo world for all tests of the officer's pages and paths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.officer.desk import Officer
from tests.web.demo import Demo, make_demo
from tests.web.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("officer")) as made:
        yield made


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with make_demo(tmp_path_factory.mktemp("officer-demo")) as made:
        yield made


def own_demo(name: str) -> Any:
    """The fixture `demo` of one file's own, in place of the one that all share."""
    @pytest.fixture(scope="module", name="demo")
    def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
        with make_demo(tmp_path_factory.mktemp(name)) as demo:
            yield demo
    return made


@pytest.fixture
def desk(world: World) -> Officer:
    return Officer(world, world.keys.officers[0], language="en")


@pytest.fixture
def demo_desk(demo: Demo) -> Officer:
    return Officer(demo, Path(demo.card["officers"][0]["key"]), language="en")
