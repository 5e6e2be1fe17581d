"""One small registry for all tests of the pages; each test brings its own people, and comes from its own network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("portal")) as made:
        yield made
