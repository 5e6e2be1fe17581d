"""What a rebuild does on PostgreSQL: a schema beside the one that is read, and tables moved out of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import OperationalError

from registry.errors import ConflictError
from registry.storage import refused
from registry.store import schema
from registry.store.database import OURS, PROJECTING, REBUILDING, alone, answered, open_engine

ASIDE = "rebuilding"
# Shorter than the server's deadlock_timeout (1 s): a reader that holds one of our tables and waits for another is
# never the one who is told to give up.
PATIENCE = 500  # milliseconds to wait for the readers of all tables
TRIES = 60
PAUSE = 0.25  # seconds between two tries, in which waiting readers go on
BUSY = "55P03"  # SQLSTATE lock_not_available


@contextmanager
def aside(engine: Engine) -> Iterator[Engine]:
    """An engine whose tables lie in an empty schema of this version; gone afterwards, with what a killed one left.

    Raises ConflictError `rebuild-running` while another host rebuilds.
    """
    beside = open_engine(engine.url)
    event.listen(beside, "connect", _look_aside, insert=True)
    with answered(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({OURS}, {REBUILDING})").scalar():
            raise ConflictError("another rebuild is running: let it end", code="rebuild-running")
        try:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {ASIDE}")
            schema.upgrade(beside)
            yield beside
        finally:
            beside.dispose()
            if not connection.invalidated:
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE")
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({OURS}, {REBUILDING})")


def _look_aside(connection: Any, _record: Any) -> None:
    connection.autocommit = True
    connection.execute(f"SET search_path = {ASIDE}")
    # What is half made is thrown away after a crash: nothing of it need be durable.
    connection.execute("SET synchronous_commit = off")
    connection.autocommit = False


def swap(engine: Engine, tables: Sequence[str], replaced: Callable[[Connection], None]) -> None:
    """Calls `replaced` in one transaction that nobody projects beside, and in which nobody reads these tables.

    Raises UnavailableError `storage-unavailable` where somebody reads them all the time; nothing has changed then.
    """
    for _ in range(TRIES):
        with answered(), engine.connect() as connection, connection.begin() as transaction:
            alone(connection, PROJECTING)
            if _taken(connection, tables):
                replaced(connection)
                return
            transaction.rollback()
        time.sleep(PAUSE)
    raise refused()


def _taken(connection: Connection, tables: Sequence[str]) -> bool:
    there = set(inspect(connection).get_table_names()) & set(tables)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE}")
    try:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(sorted(there))}")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == BUSY:
            return False
        raise
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    return True


def move(connection: Connection, name: str) -> None:
    """Puts the table that was made beside in the place of the one that is read, with its indexes."""
    home = connection.scalar(text("SELECT quote_ident(current_schema())"))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {home}.{name}")
    connection.exec_driver_sql(f"ALTER TABLE {ASIDE}.{name} SET SCHEMA {home}")
