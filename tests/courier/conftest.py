"""A fresh world for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.courier.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A courier with one registered provider, and an empty log otherwise."""
    made = World(tmp_path)
    made.register_provider()
    return made
