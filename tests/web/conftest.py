"""One small registry for all tests of the web tier; each test brings its own people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.demo import Demo, make_demo
from tests.web.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("web")) as made:
        yield made


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with make_demo(tmp_path_factory.mktemp("demo")) as made:
        yield made
