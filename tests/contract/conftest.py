"""Two demo worlds served by real processes: one whose clock runs with real seconds, one that is moved on.

For the folder, not the session: what is served is never idle, and would run on beside all that comes after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import story
from tests.contract.client import World, served
from tests.seeded import seeded_world
from tests.system.world import copy

Step = dict[str, Any]


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Nobody moves this world's clock."""
    with served(copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("contract") / "data")) as up:
        yield up


@pytest.fixture(scope="package")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Only the story, and what comes after it, use this one; they move its clock."""
    with served(copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("moving") / "data")) as up:
        yield up


@pytest.fixture(scope="package")
def told(moving: World) -> Step:
    """The whole story, played once."""
    return story.play(moving)


@pytest.fixture(scope="package")
def first_answers(world: World) -> dict[str, Step]:
    """The first lookup of each borrower, by name; `unreachable` with the idempotency key `the-permit`."""
    answers = {}
    for name in world.people:
        answered = world.look(name, key="the-permit" if name == "unreachable" else True)
        assert answered.status == 201, answered.body
        answers[name] = answered.json
    return answers


@pytest.fixture(scope="package")
def permit(first_answers: dict[str, Step]) -> Step:
    """The permit of `unreachable`."""
    return first_answers["unreachable"]
