"""A long mixed history in a real vault, projected as it grew: everything people do, in any order."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from registry.store import schema
from registry.store.database import open_engine
from registry.store.mirrors import METADATA
from registry.store.rebuilding import TABLES, Follow
from registry.store.store import Store
from tests.databases import Database, at, copied
from tests.promises.acts import ACTS, Stage
from tests.promises.saved import Saved
from tests.rebuild.portal import portal_entries
from tests.world import World

ACTS_DONE = 150
Dump = dict[str, list[tuple[object, ...]]]


@dataclass(slots=True)
class Web:
    """The web database of a world, and how it follows the log."""

    engine: Engine
    folder: Path
    follow: Follow

    @property
    def store(self) -> Store:
        return Store(self.engine)

    def catch_up(self) -> None:
        while entries := self.follow(self.store.cursor()):
            self.store.project(entries, entries[-1].index + 1)

    def dump(self) -> Dump:
        """Every row of every table, as SQLite keeps it, in its own order; and what tables and indexes there are."""
        if self.engine.dialect.name == "postgresql":
            return self._dump_of_postgresql()
        with self.engine.connect() as connection:
            found: Dump = {"sqlite_master": [tuple(row) for row in connection.exec_driver_sql(
                "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")]}
            for name in METADATA.tables:
                found[name] = [tuple(row) for row in connection.exec_driver_sql(
                    f"SELECT rowid, * FROM {name} ORDER BY rowid")]
        return found

    def _dump_of_postgresql(self) -> Dump:
        """The same by text; a row changed goes to another place there, so they come sorted."""
        with self.engine.connect() as connection:
            found: Dump = {"sqlite_master": [tuple(row) for row in connection.exec_driver_sql(
                "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
                "SELECT table_name, column_name, concat_ws(' ', ordinal_position, data_type, is_nullable, "
                "column_default) FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2")]}
            for name in METADATA.tables:
                found[name] = [tuple(row) for row in connection.exec_driver_sql(
                    f"SELECT t::text FROM {name} t ORDER BY 1")]
        return found


def of_the_log(dump: Dump) -> Dump:
    return {name: rows for name, rows in dump.items() if name in TABLES}


def following(world: World) -> Follow:
    """The world's log, and behind it what its people do in the portal."""
    entries = world.entries()
    entries = [*entries, *portal_entries(entries)]
    return lambda after: entries[after:after + 100]


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Five people, and so many acts upon them that nearly every kind of entry is there."""
    saved = Saved.make(tmp_path_factory.mktemp("lived") / "world", unapproved=1)
    ready = saved.restore(tmp_path_factory.mktemp("living") / "world")
    stage, dice = Stage(ready.world, ready.people), random.Random(20261122)
    for _ in range(ACTS_DONE):
        stage.do(dice.choice(ACTS), dice.randrange(5), dice.randrange(61))
    return ready.world


@pytest.fixture(scope="session")
def projected(lived: World, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Its web database: projected batch by batch, and with something in every table that is only in SQL."""
    path = tmp_path_factory.mktemp("projected") / "web.db"
    engine = open_engine(at(path))
    schema.upgrade(engine)
    made = Web(engine, path.parent, following(lived))
    store = made.store
    store.keep_values((subject, name, base64.b64decode(blob)) for (subject, name), blob in lived.blobs.items())
    store.settle_ref(store.reserve_ref("lender", "borrower", "r-1", "a" * 32)["id"], "key", [])
    store.add_token("t-1", "lender", "lender", ["borrowers"], sha256="0" * 64, expires_at=2, at=1)
    store.keep_draft("officer", "print", {"id": "d-1"}, {}, expires_at=2, at=1)
    store.keep_signature("d-1", "officer", {"alg": "Ed25519"})
    store.keep_note("c" * 64, b"sealed words")
    store.tried("sign-in", "somebody", most=5, period=1, at=1, random=lambda size: b"r" * size)
    store.put_callback("w-1", "dialler", 1, "a.b.c.d.e", counts=True, most=5)
    store.ask_comparison("e" * 32, "officer", {"name": "cn", "version": "3", "sha256": "0" * 64, "text": "draft"}, 1)
    made.catch_up()
    engine.dispose()  # the last connection moves the write-ahead log into the file
    return at(path)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One that nobody lived in yet."""
    made = World(tmp_path)
    yield made
    made.vault.close()


@pytest.fixture
def web(lived: World, projected: Database, tmp_path: Path) -> Iterator[Web]:
    """A copy of it, for this test alone."""
    engine = open_engine(copied(projected, tmp_path / "web.db"))
    yield Web(engine, tmp_path, following(lived))
    engine.dispose()
