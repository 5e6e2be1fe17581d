"""A web database beside a real vault's log, and the walk that compares them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from registry.errors import UnavailableError
from registry.model.times import HOUR
from registry.store import schema
from registry.store.database import open_engine, writing
from registry.web.store_watch import StoreWatch
from tests.databases import at
from tests.rebuild.conftest import Web
from tests.world import World


@contextmanager
def web_of(world: World, folder: Path) -> Iterator[Web]:
    """The web database, with all that it should hold."""
    folder.mkdir()
    engine = open_engine(at(folder / "web.db"))
    schema.upgrade(engine)
    made = Web(engine, folder, lambda after: world.entries()[after:])
    made.store.keep_values((*key, base64.b64decode(blob)) for key, blob in world.blobs.items())
    made.catch_up()
    yield made
    engine.dispose()


class Walk:
    """A watch over a real vault and a real database, its clock moved by hand; how often it asked the vault."""

    def __init__(self, world: World, web: Web) -> None:
        self.world, self.asked, self.gone = world, list[tuple[str, dict[str, Any]]](), False
        self.wall, self.takes = 1_000 * HOUR, 0
        self.watch = StoreWatch(web.store, self, lambda: self.wall)

    def call(self, op: str, args: Any) -> dict[str, Any]:
        if self.gone:
            raise UnavailableError("not there")
        self.wall += self.takes
        self.asked.append((op, args))
        return self.world.vault.call(op, args)

    def on(self, milliseconds: int) -> None:
        self.wall += milliseconds
        self.watch.look()


def found(world: World, web: Web) -> list[str]:
    """What the alarms are about after one walk along the whole log."""
    Walk(world, web).watch.look()
    return [one.body["about"] for one in world.entries("alarm-raised/3") if one.body["alarm"] == "store-differs"]


def change(web: Web, statement: str, **values: object) -> None:
    with writing(web.engine) as connection:
        connection.execute(text(statement), values)
