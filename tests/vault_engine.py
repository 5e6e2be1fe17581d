"""The engine under the vault in tests: SQLite in the folder, or PostgreSQL where CONSENTRY_TEST_DATABASE says so.

A test says `Log.open(folder, …)`, `Keyring.create(folder, …)`, `Vault.open(folder, …)` and gets the engine that was
asked for: on PostgreSQL a database of the folder's own, held as long as the object lives. `copy` copies a folder with
its database; `sqlite_only` marks what is about the files of SQLite.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from registry.vault.keys.keyring import Keyring
from registry.vault.log import Log
from registry.vault.log.database import connect
from registry.vault.log.sqlite import SqliteStore
from registry.vault.log.store import Store
from registry.vault.postgresql import Postgresql, hold
from registry.vault.vault import Vault
from tests import postgresql

POSTGRESQL = postgresql.ENGINE == "postgresql"
sqlite_only = pytest.mark.skipif(POSTGRESQL, reason="about the files of SQLite")
postgresql_only = pytest.mark.skipif(not POSTGRESQL, reason="about PostgreSQL: make test DATABASE=postgresql")
_held: dict[str, tuple[Postgresql, set[type]]] = {}
_made: set[str] = set()
KEYS = re.compile(r"\b(settings|long_lived|subjects|lines|codes|tokens|sessions|links|challenges)\b")
# SQLite's words in PostgreSQL's.
SPOKEN = [(re.compile(one), ours) for one, ours in (
    (r"randomblob\(16\)", "decode(md5(random()::text), 'hex')"),
    (r"randomblob\(32\)", "decode(md5(random()::text) || md5(random()::text), 'hex')"),
    (r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')"),
    (r"CAST\(replace\(leaf, \?, \?\) AS BLOB\)",
     "convert_to(replace(convert_from(leaf, 'UTF8'), convert_from(%s, 'UTF8'), convert_from(%s, 'UTF8')), 'UTF8')"),
    (r"CAST\((.*) AS BLOB\)", r"\1"),
    (r"\?", "%s"),
)]


def install() -> None:
    """Called by `tests/__init__.py`, so that every process of a test does the same."""
    for kind in (Log, Keyring, Vault):
        for name in ("create", "open"):
            setattr(kind, name, classmethod(_with_database(kind, getattr(kind, name).__func__)))


def _with_database(kind: type, make: Callable[..., Any]) -> Callable[..., Any]:
    def made(self: type, folder: Path, *arguments: Any, **named: Any) -> Any:
        if named.get("postgresql") is not None:
            return make(self, folder, *arguments, **named)
        url = database_of(folder)
        held = _enter(kind, url)
        try:
            one = make(self, folder, *arguments, **{**named, "postgresql": held})
        except BaseException:
            _leave(kind, url)
            raise
        if kind is not Vault:  # which closes what it was given
            close = one.close
            one.close = lambda: (close(), _leave(kind, url))
        else:
            _held.pop(url)
        return one
    return made


def _enter(kind: type, url: str) -> Postgresql:
    """A test may open the log and the keys of one folder side by side: one process, one lease."""
    known = _held.get(url)
    if known is not None and kind not in known[1]:
        known[1].add(kind)
        return known[0]
    held = hold(url)
    _held[url] = (held, {kind})
    return held


def _leave(kind: type, url: str) -> None:
    held, kinds = _held.get(url, (None, {kind}))
    kinds.discard(kind)
    if held is not None and not kinds:
        _held.pop(url)
        held.close()


def database_of(folder: Path) -> str:
    """The URL of a folder's database, which is made where there is none."""
    name = "v" + hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:24]
    url = postgresql.text(postgresql.url_of(name))
    if name not in _made:
        if not _exists(name):
            postgresql.create_named(name, _template())
        _made.add(name)
    return url


@cache
def _template() -> str:
    """A database with the vault's tables and nobody in it."""
    with postgresql.lasting():
        url = postgresql.create()
    held = hold(url)
    for store in (held.log_store(), held.key_store()):
        store.close()
    held.close()
    return url


def forgotten(names: set[str]) -> None:
    """These databases are gone: who asks for one gets a new one."""
    _made.difference_update(names)


def _exists(name: str) -> bool:
    with psycopg.connect(postgresql.libpq(postgresql.text(postgresql.url_of("postgres")))) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def copy(folder: Path, to: Path) -> Path:
    """A copy of a folder whose vault is closed, with its database, in place of what was there."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    if POSTGRESQL:
        put_back(folder, to)
    return to


def put_back(kept: Path, folder: Path) -> None:
    """Makes a folder's database that of another one. Both vaults are closed; no other file is touched."""
    source, url = database_of(kept), database_of(folder)
    postgresql.drop(url)
    postgresql.create_named(str(postgresql.make_url(url).database), source)


def cut(folder: Path) -> None:
    """Ends the connections of a running vault, as its death does: what it began is undone."""
    if POSTGRESQL:
        with psycopg.connect(postgresql.libpq(database_of(folder)), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()")


def forget(folder: Path) -> None:
    """Puts an empty database in the place of a closed vault's; SQLite's files are the caller's business."""
    if POSTGRESQL:
        url = database_of(folder)
        postgresql.drop(url)
        postgresql.create_named(str(postgresql.make_url(url).database), _template())


@contextmanager
def log_store(folder: Path) -> Iterator[Store]:
    """The tables of a closed vault's log, without the vault."""
    if not POSTGRESQL:
        store: Store = SqliteStore(connect(folder))
        try:
            yield store
        finally:
            store.close()
        return
    held = hold(database_of(folder))
    store = held.log_store()
    try:
        yield store
    finally:
        store.close()
        held.close()


def edit(folder: Path, statement: str, *parameters: object) -> int:
    """Changes a closed vault's database behind its back; `statement` as SQLite has it. How many rows it touched."""
    if not POSTGRESQL:
        # Both files: a statement names tables of one of them.
        file = folder / ("keys.db" if KEYS.search(statement) else "log.db")
        with closing(sqlite3.connect(file)) as database, database:
            return database.execute(statement, parameters).rowcount
    for pattern, ours in SPOKEN:
        statement = pattern.sub(ours, statement)
    with psycopg.connect(postgresql.libpq(database_of(folder)), options="-csearch_path=log,keys") as connection:
        return connection.execute(statement.encode(), parameters).rowcount


def copy_of_state(folder: Path) -> bytes:
    """What is kept of the folded log, sealed."""
    return bytes(ask(folder, "SELECT sealed FROM state")[0][0])


def put_state(folder: Path, sealed: bytes) -> None:
    """Keeps that instead, in a closed vault's database."""
    with log_store(folder) as store:
        store.begin()
        store.put_state(sealed)
        store.commit()


def lose_transaction(store: Any) -> None:
    """Ends the running transaction of the keys behind the store's back, as a full disk does."""
    if POSTGRESQL:
        store._link.driver().execute("ROLLBACK")
    else:
        store._connection.exec_driver_sql("ROLLBACK")


def forbid_writing(store: Any, *, forbidden: bool) -> None:
    """Makes a running vault's database refuse what it writes, or takes that back."""
    if POSTGRESQL:
        driver, mode = store._link.driver(), "on" if forbidden else "off"
        with psycopg.connect(dbname=driver.info.dbname, host=driver.info.host, user=driver.info.user, autocommit=True,
                             options="-cdefault_transaction_read_only=off") as other:  # for sessions to come
            statement = f'ALTER DATABASE "{driver.info.dbname}" SET default_transaction_read_only = {mode}'
            other.execute(statement.encode())
        driver.execute(f"SET default_transaction_read_only = {mode}".encode())
    else:
        store._run(f"PRAGMA query_only={'ON' if forbidden else 'OFF'}")


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What another connection reads of a vault's database."""
    if not POSTGRESQL:
        file = folder / ("keys.db" if KEYS.search(query) else "log.db")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()
    with psycopg.connect(postgresql.libpq(database_of(folder)), options="-csearch_path=log,keys") as connection:
        return connection.execute(query.encode()).fetchall()


def dumped(folder: Path) -> bytes:
    """Everything in a vault's database on PostgreSQL, as a thief reads it; nothing where it lies in files."""
    return postgresql.dump(database_of(folder)) if POSTGRESQL else b""


@contextmanager
def dropped() -> Iterator[None]:
    """Drops, in the end, the databases that were made inside."""
    before = set(_made)
    try:
        yield
    finally:
        for name in _made - before:
            postgresql.drop(postgresql.text(postgresql.url_of(name)))
            _made.discard(name)
