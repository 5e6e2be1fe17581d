"""One demo world for a run of the suite, made by the worker that first needs it. Tests serve copies of it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from registry.demo import world
from registry.settings import FILE
from tests import postgresql
from tests.databases import given


def seeded_world(factory: pytest.TempPathFactory) -> Path:
    """Its folder, as `up --demo` makes it. Never served itself."""
    return seeded_in(factory.getbasetemp())


def seeded_in(base: Path) -> Path:
    """The same, by the folder in which pytest makes this worker's own."""
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    data = run / "seeded" / "data"
    data.parent.mkdir(exist_ok=True)
    with (data.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / FILE).exists():
            with postgresql.lasting():
                world.make(data, "http://127.0.0.1:1", **given(data))
    return data
