"""Many people at the edge of a permit: a whole installation with real keys, history and sealed values, to be served.

Made through the real vault by the tests' world simulator, in memory-backed storage where there is some, so that
making it costs CPU and no waiting for disks.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.courier.store import Store as CourierStore
from registry.courier.store import move_cursor
from registry.jose import from_b64url
from registry.model.times import DAY
from registry.settings import Settings, write_json
from registry.store.database import open_engine
from registry.store.schema import upgrade
from registry.store.store import Store
from registry.usecases import tokens
from registry.vault.clock import wall_now
from registry.web.pump import Pump
from tests.world import ORIGIN, PURPOSE, Signing, World

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own below it


@dataclass(frozen=True, slots=True)
class Prepared:
    """An installation in `data`: accounts ready for one permit each, some that are always refused, one token; of each
    account its borrower's channels."""

    data: Path
    ready: tuple[str, ...]
    refused: tuple[str, ...]
    token: str
    channels: Mapping[str, tuple[str, ...]]
    purpose: str = PURPOSE


class CourierSigning(Signing):
    """The courier's own key, from its folder."""

    def __init__(self, folder: Path) -> None:
        kept = json.loads(next(folder.glob("*.json")).read_text("ascii"))
        super().__init__()
        self._key = Ed25519PrivateKey.from_private_bytes(from_b64url(kept["sig"]))


def prepare(target: Path, ready: int, refused: int) -> Prepared:
    """Makes the installation in `target`, which must not exist."""
    part = (MEMORY if os.access(MEMORY, os.W_OK) else target.parent) / f"consentry-bench-{os.getpid()}"
    try:
        made = _make(part, target, ready, refused)
        shutil.copytree(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    Settings(target, ORIGIN, True, target / "outside.key", "http://127.0.0.1").save()
    return made


def _make(folder: Path, target: Path, ready: int, refused: int) -> Prepared:
    for name in ("courier", "web"):
        (folder / name).mkdir(parents=True, mode=0o700)
    courier = CourierStore.create(folder / "courier", os.urandom)
    world = World(folder, courier=CourierSigning(folder / "courier"))
    people = world.unreachables(ready + refused)
    for person in people[ready:]:
        world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    with courier.begin() as db:
        move_cursor(db, world.vault.desk.log.size)
    courier.close()
    token = _web(folder, world)
    world.vault.close()
    write_json(folder / "demo.json", {"url": "", "provider": {}})
    accounts = [person.account for person in people]
    channels = {person.account: tuple(person.channels.values()) for person in people}
    return Prepared(target, tuple(accounts[:ready]), tuple(accounts[ready:]), token, channels)


def _web(folder: Path, world: World) -> str:
    engine = open_engine(folder / "web" / "web.db")
    upgrade(engine)
    store = Store(engine)
    store.keep_values((subject, name, base64.b64decode(blob)) for (subject, name), blob in world.blobs.items())
    pump = Pump(store, world.vault, _Nobody())
    while pump.entries():
        pass
    at = wall_now()
    assert world.agency.id is not None
    token = tokens.issue(store, os.urandom, "agency", world.agency.id, expires_at=at + 30 * DAY, at=at)
    engine.dispose()
    return token


class _Nobody:
    """In place of a courier that is not asked for anything."""

    def call(self, op: str, args: Mapping[str, object]) -> dict[str, object]:
        raise AssertionError(f"{op} is not needed here")
