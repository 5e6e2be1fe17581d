"""Packs are read once: nearly every world here begins with the same two texts, and reading them takes longest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pytest

from registry.policy import pack_book


@pytest.fixture(scope="session", autouse=True)
def _packs_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pack_book, "read_pack", lru_cache(maxsize=None)(pack_book.read_pack))
        yield
