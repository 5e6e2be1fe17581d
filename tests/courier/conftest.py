"""A fresh world for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.courier.post import Post
from tests.courier.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A courier with one registered provider, and an empty log otherwise."""
    made = World(tmp_path)
    made.register_provider()
    return made


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """A courier with the real vault; nobody is in it yet."""
    made = Post(tmp_path)
    yield made
    made.world.vault.close()
