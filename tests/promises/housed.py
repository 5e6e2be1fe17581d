"""A saved world that all three real processes can serve: its courier's key lies in the courier's own folder."""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path
from typing import Any

from registry.courier.keys import CourierKeys
from registry.courier.store import Store as CourierStore
from registry.model.times import DAY
from registry.settings import Settings, write_json
from registry.store.database import open_engine
from registry.store.schema import upgrade
from registry.store.store import Store
from registry.usecases import tokens
from registry.vault.clock import wall_now
from registry.web.pump import Pump
from tests.databases import given
from tests.promises.processes import install
from tests.promises.saved import Ready
from tests.world import PURPOSE, Signing, World


class HousedCourier(Signing):
    """Signs with the key in the courier's folder."""

    def __init__(self, keys: CourierKeys) -> None:
        super().__init__()
        self._keys = keys

    @property
    def public(self) -> str:
        return str(self._keys.public()["courier_sig"])

    def courier(self, to_sign: bytes) -> dict[str, str]:
        return self._keys.vouch(to_sign)


class HousedWorld(World):
    """A world whose folder is a whole installation's."""

    def __post_init__(self) -> None:
        store = CourierStore.create(self.folder / "courier", os.urandom)
        self.courier = HousedCourier(store.keys)
        store.close()
        super().__post_init__()


def furnish(ready: Ready) -> Path:
    """The web tier's database, tokens and demo.json for a world; its vault is closed. Returns the data folder."""
    world = ready.world
    settings = Settings(
        world.folder, "", True, world.folder / "outside.key", "http://127.0.0.1:1", **given(world.folder))
    shutil.rmtree(settings.web, ignore_errors=True)
    settings.web.mkdir(mode=0o700)
    engine = open_engine(settings.web_url)
    upgrade(engine)
    store = Store(engine)
    store.keep_values(
        (subject, name, base64.b64decode(blob)) for (subject, name), blob in world.blobs.items()
    )
    pump = Pump(store, world.vault, world.vault)
    while pump.entries():
        pass
    wall = wall_now()

    def token(role: str, client: str | None) -> str:
        assert client is not None
        return tokens.issue(store, os.urandom, role, client, expires_at=wall + DAY, at=wall)

    card: dict[str, Any] = {
        "url": settings.public_url, "agent": "agent-17", "purpose": PURPOSE,
        "tokens": {"collector": token("agency", world.agency.id)},
        "borrowers": [{"name": one.account, "account": one.account} for one in ready.people],
    }
    write_json(settings.demo_file, card)
    engine.dispose()
    install(world)
    return world.folder
