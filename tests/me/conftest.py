"""One small registry for all tests of what borrowers do; each test brings its own people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry.model.times import DAY
from tests.me.borrowers import Borrower, borrower_of
from tests.portal.visitor import somebody
from tests.web.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("me")) as made:
        yield made


@pytest.fixture
def mine(world: World) -> Borrower:
    """A borrower with a contact and an account."""
    return borrower_of(world, somebody(world))


@pytest.fixture
def seasoned(world: World, mine: Borrower) -> Borrower:
    """The same eight days later: a code for a consent may go to lines that have been known so long."""
    world.clock.move_to(world.clock.now() + 8 * DAY)
    return mine


@pytest.fixture
def other(world: World) -> Borrower:
    """Somebody else, of the same lender's."""
    return borrower_of(world, somebody(world))


@pytest.fixture(scope="module")
def lived_in(world: World) -> Borrower:
    """One borrower for a whole module, known for eight days."""
    made = borrower_of(world, somebody(world))
    world.clock.move_to(world.clock.now() + 8 * DAY)
    return made
