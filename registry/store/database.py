"""The SQLAlchemy extension and the engine: SQLite with WAL, full synchronisation and secure deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, ClauseElement, Connection, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry as TypeMap

from registry.storage import is_storage, refused


class Base(DeclarativeBase):
    """Declarative base of every table of the web database. Milliseconds do not fit 32 bits."""

    registry = TypeMap(type_annotation_map={int: BigInteger})


db = SQLAlchemy(model_class=Base)

# What an acknowledged write needs, per connection. FULL: with NORMAL acknowledged commits are lost at a power cut.
# secure_delete: a deleted sealed value must really leave the file.
PRAGMAS = (
    "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON", "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)
POOL_SIZE = 70  # 2 x 32 request threads and the pump


def url_of(path: Path) -> str:
    """The database URL of an absolute path."""
    return f"sqlite:///{path}"


def engine_options() -> dict[str, Any]:
    """Options of every engine. Parameters never appear in an exception's text: they may be personal."""
    # The connection used last is used next: it still has the pages in memory that every lookup reads.
    return {"pool_size": POOL_SIZE, "pool_use_lifo": True, "hide_parameters": True}


def open_engine(path: Path, pragmas: Sequence[str] = PRAGMAS) -> Engine:
    """An engine without Flask, for seeding, migrations and the pump."""
    engine = create_engine(url_of(path), **engine_options())
    prepare(engine, pragmas)
    return engine


def prepare(engine: Engine, pragmas: Sequence[str] = PRAGMAS) -> None:
    """Sets the pragmas on each connection, and lets `writing` take the write lock when it begins."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # The driver's own BEGIN comes too late for us: a transaction that reads first and writes later can fail.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A single SELECT sees one state of the database by itself; a BEGIN for it would only cost time.
        if connection.get_execution_options().get("write", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction, committed on leaving; it waits for other writers, never fails halfway.

    Raises UnavailableError `storage-unavailable` when the disk refuses.
    """
    with _answered(), engine.connect().execution_options(write=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading; each statement sees one consistent state. Raises as `writing` does."""
    with _answered(), engine.connect() as connection:
        yield connection


def compiled(statement: ClauseElement) -> str:
    """A statement built once, for `fetched`; its values are named."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


def fetched(engine: Engine, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows of a compiled SELECT, by the driver: a third of the time, for the one in each lookup's path.

    Raises as `writing` does.
    """
    try:
        with closing(engine.raw_connection()) as connection:
            found: list[tuple[Any, ...]] = connection.cursor().execute(statement, values).fetchall()
            return found
    except sqlite3.OperationalError as error:  # its words never name a value that was bound
        if is_storage(error):
            raise refused() from error
        raise


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if is_storage(error):
            raise refused() from error
        raise
