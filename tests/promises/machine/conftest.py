"""A saved town, made once, in memory where the system has such a folder: order is tried here, not the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.promises.machine.town import SavedTown

SHARED_MEMORY = Path("/dev/shm")
PEOPLE = 6


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose files need not reach a disk."""
    if os.access(SHARED_MEMORY, os.W_OK):
        with TemporaryDirectory(dir=SHARED_MEMORY, prefix="consentry-") as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("quick")


@pytest.fixture(scope="session")
def saved_town(quick: Path) -> SavedTown:
    return SavedTown.make(quick / "saved", PEOPLE)
