"""One small registry and one demo world for all tests of the contact's pages and paths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contact.mother import Mother, permitted
from tests.web.demo import Demo, make_demo
from tests.web.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("contact")) as made:
        yield made


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with make_demo(tmp_path_factory.mktemp("contact-demo")) as made:
        yield made


@pytest.fixture(scope="session")
def use(demo: Demo) -> str:
    """A permit: the number of the contact of `unreachable` was given out."""
    return permitted(demo, "unreachable", "number")


@pytest.fixture(scope="session")
def used(demo: Demo, use: str) -> Mother:
    """The contact whose number was used: signed in once, for a line gets three codes an hour."""
    return Mother(demo, demo.person("unreachable")["contact_number"])
