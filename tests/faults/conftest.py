"""One seeded demo world a worker, and one that is served for tests which leave it as healthy as they found it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.logs import REQUEST
from tests.faults.house import House, house
from tests.system.conftest import seeded
from tests.system.world import copy

__all__ = ["home", "seeded"]


@pytest.fixture(autouse=True)
def _no_request_is_bound() -> None:
    """A request that a test of the web tier answered in this thread is over: frames carry no id of it."""
    REQUEST.set(None)


@pytest.fixture(scope="package")
def home(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Each test looks after its own borrower."""
    with house(copy(seeded, tmp_path_factory.mktemp("home") / "data")) as found:
        yield found
        assert found.up.stop() == 0
