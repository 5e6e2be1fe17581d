"""The SQLAlchemy extension and the engine: SQLite with WAL, full synchronisation and secure deletion, or PostgreSQL.

What both promise: a write is durable when it is answered, each statement of a read sees one state, text compares by
code points. On SQLite writers come one after another; on PostgreSQL side by side, and what must not be is locked by
name (`alone`). ADR 17 says what is given up on each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, BigInteger, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry as TypeMap

from registry.databases import arguments_of, prepare_session, silence, url_of
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
POOL_SIZE = 70  # the request threads of one process that are at work at once, and the pump
# Milliseconds on PostgreSQL. A lock is waited for as long as SQLite's (busy_timeout).
STATEMENT_TIMEOUT = 30_000
LOCK_TIMEOUT = 10_000
# Advisory locks of this database: (OURS, which one). Other programs' locks have other first numbers.
OURS = 0x434E5352
PROJECTING, REBUILDING, UPGRADING, OF_THE_DAY, COMPARING = 1, 2, 3, 4, 5
OF_A_PROVIDER = 1 << 16  # and more: a provider's callbacks


def engine_options(url: URL) -> dict[str, Any]:
    """Options of every engine. Parameters never appear in an exception's text: they may be personal."""
    # The connection used last is used next: it still has the pages in memory that every lookup reads. A connection
    # to a server is tried before it is used: after a failover the first request need not fail.
    return {"pool_size": POOL_SIZE, "pool_use_lifo": True, "hide_parameters": True,
            "pool_pre_ping": url.get_backend_name() == "postgresql", "connect_args": arguments_of(url)}


def open_engine(database: Path | str | URL, pragmas: Sequence[str] = PRAGMAS) -> Engine:
    """An engine without Flask, of a file's path or a URL: for seeding, migrations and the pump."""
    url = url_of(database)
    engine = create_engine(url, **engine_options(url))
    prepare(engine, pragmas)
    return engine


def prepare(engine: Engine, pragmas: Sequence[str] = PRAGMAS) -> None:
    """Sets each connection up, and on SQLite lets `writing` take the write lock when it begins."""
    if engine.dialect.name == "postgresql":
        @event.listens_for(engine, "connect")
        def _met(connection: Any, _record: Any) -> None:
            prepare_session(connection, statement=STATEMENT_TIMEOUT, lock=LOCK_TIMEOUT)

        @event.listens_for(engine, "handle_error")
        def _failed(context: ExceptionContext) -> None:
            ours, error = context.sqlalchemy_exception, context.original_exception
            if silence(error) and ours is not None:
                ours.args = error.args

        return

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
    """One write transaction, committed on leaving; on SQLite it waits for other writers, never fails halfway.

    Raises UnavailableError `storage-unavailable` when the disk refuses or the server cannot be reached.
    """
    with answered(), engine.connect().execution_options(write=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading; each statement sees one consistent state. Raises as `writing` does."""
    with answered(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # Without a transaction around it nothing is held between statements: no lock, no old row.
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


def alone(connection: Connection, which: int) -> None:
    """Until the end of this write transaction nobody else passes here with the same number.

    On SQLite nobody else writes at all. `which` is a signed 32-bit number.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:ours, :which)"), {"ours": OURS, "which": which})


@contextmanager
def answered() -> Iterator[None]:
    """Turns a refusal of storage into UnavailableError `storage-unavailable`."""
    try:
        yield
    except DBAPIError as error:
        if is_storage(error):
            raise refused() from error
        raise
