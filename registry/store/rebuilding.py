"""Drops the projections of the log and makes them again from its first entry, without anybody seeing less meanwhile.

The new ones grow in a place of their own beside the old ones: on SQLite another file, on PostgreSQL another schema.
At the end one transaction drops every projection, puts the new ones in its place, and applies what was logged since.
Killed anywhere, the web database is as it was, or done.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from registry.errors import ConflictError
from registry.model.entries import Entry
from registry.store import rebuilding_server, schema
from registry.store.database import open_engine, reading
from registry.store.erasing import forget_erased
from registry.store.mirrors import MIRRORS, OF_THE_LOG
from registry.store.projected import advance
from registry.store.store import Store

ASIDE = "rebuilding.db"
LOCK = "rebuilding.lock"
# What is half made is thrown away after a crash: nothing of it need be durable.
HASTY = ("PRAGMA journal_mode=MEMORY", "PRAGMA synchronous=OFF")
TABLES = tuple(str(table.__tablename__) for table in OF_THE_LOG)

Follow = Callable[[int], Sequence[Entry]]


def rebuild(engine: Engine, folder: Path, follow: Follow, done: Callable[[int], None]) -> dict[str, int]:
    """Rebuilds every projection of the database behind `engine`; returns the rows of each.

    `folder` is the database's own; `follow` gives the next entries from an index on, none at the end; `done` hears
    how many were applied. Raises ConflictError `rebuild-running`; whatever `follow` raises, and nothing has changed.
    """
    beside = rebuilding_server.aside(engine) if engine.dialect.name == "postgresql" else _aside(folder)
    with _alone(folder), beside as aside:
        store, cursor = Store(aside), 0
        while entries := follow(cursor):
            store.project(entries, cursor := entries[-1].index + 1)
            done(cursor)
        _swap(engine, aside, follow)
        with reading(engine) as connection:
            return {name: connection.scalar(select(func.count()).select_from(MIRRORS[name])) or 0 for name in MIRRORS}


def _swap(engine: Engine, aside: Engine, follow: Follow) -> None:
    if engine.dialect.name == "postgresql":
        rebuilding_server.swap(engine, TABLES, lambda connection: _all_replaced(connection, follow))
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("ATTACH DATABASE ? AS rebuilt", (aside.url.database,))
        connection.commit()
        try:
            with connection.execution_options(write=True).begin():
                _all_replaced(connection, follow)
        finally:
            connection.execution_options(write=False)
            connection.exec_driver_sql("DETACH DATABASE rebuilt")
            connection.commit()


def _all_replaced(connection: Connection, follow: Follow) -> None:
    for name in TABLES:
        _replace(connection, name)
    # The lock is held: nobody projects meanwhile, and nobody has seen an entry that is not applied here.
    cursor = advance(connection, [])
    while entries := follow(cursor):
        cursor = advance(connection, entries)
    # The projections grew beside the values; who was erased meanwhile, or before a restore, is forgotten here.
    forget_erased(connection)


def _replace(connection: Connection, name: str) -> None:
    """Makes the table anew as it is beside, rows, columns and indexes."""
    if connection.dialect.name == "postgresql":
        rebuilding_server.move(connection, name)
        return
    made = connection.exec_driver_sql(
        "SELECT sql FROM rebuilt.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", (name,)
    ).scalars().all()
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS main.{name}")
    table, *indexes = made  # `table` sorts behind `index`
    connection.exec_driver_sql(table)
    connection.exec_driver_sql(f"INSERT INTO main.{name} SELECT * FROM rebuilt.{name} ORDER BY rowid")  # noqa: S608
    for index in indexes:
        connection.exec_driver_sql(index)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConflictError("another rebuild is running: let it end", code="rebuild-running") from None
    else:
        yield
    finally:
        os.close(handle)


@contextmanager
def _aside(folder: Path) -> Iterator[Engine]:
    """An empty database of this version in the folder; gone afterwards, and whatever a killed rebuild left."""
    path = folder / ASIDE
    _forget(path)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = open_engine(path, HASTY)
    try:
        schema.upgrade(engine)
        yield engine
    finally:
        engine.dispose()
        _forget(path)


def _forget(path: Path) -> None:
    for name in (path.name, f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
