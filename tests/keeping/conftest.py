"""A whole installation in a folder: a real vault with a world around it, a web database that follows, a courier."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.courier.store import Store as CourierStore
from registry.keeping.restore import Into
from registry.settings import Settings
from registry.store import schema
from registry.store.database import open_engine
from registry.store.store import Store
from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Vault
from tests.databases import at, given
from tests.world import ORIGIN, World


@dataclass(slots=True)
class Installation:
    """`catch_up` is what the pump does."""

    world: World
    settings: Settings

    def catch_up(self) -> None:
        engine = open_engine(at(self.settings.web / "web.db"))
        store = Store(engine)
        store.keep_values((*key, base64.b64decode(blob)) for key, blob in self.world.blobs.items())
        while entries := self.world.entries()[store.cursor():]:
            store.project(entries, entries[-1].index + 1)
        engine.dispose()

    def open(self, data: Path) -> Vault:
        """The vault of a restored installation, with the key of this one."""
        return Vault.open(data / "vault", KeyFile(self.settings.key_file), self.world.clock, os.urandom, demo=True)


def into(data: Path) -> Into:
    """Where a test restores to, with empty databases where there are servers."""
    return Into(data, **given(data))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    data = tmp_path / "data"
    data.mkdir()
    world = World(data)
    key = tmp_path / "outside.key"
    (data / "outside.key").rename(key)
    settings = Settings(data, ORIGIN, True, key, "http://localhost", **given(data))
    settings.save()
    settings.web.mkdir()
    engine = open_engine(at(settings.web / "web.db"))
    schema.upgrade(engine)
    engine.dispose()
    CourierStore.create(settings.courier, os.urandom).close()
    yield Installation(world, settings)
    world.vault.close()
