"""Statements that differ between the two engines, or are built once for both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

from registry.databases import silence
from registry.storage import is_storage, refused
from registry.store.database import Base
from registry.store.readers import rows_of

PSYCOPG = psycopg.dialect()  # type: ignore[no-untyped-call]
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_or(connection: Connection, table: type[Base]) -> Any:
    """An INSERT that can say what happens on a conflict; both engines have the same two ways."""
    return INSERTS[connection.dialect.name](cast(Table, table.__table__))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement's text for each driver."""

    sqlite: str
    postgresql: str


def compiled(statement: ClauseElement) -> Compiled:
    """A statement built once, for `fetched`; its values are named."""
    return Compiled(
        str(statement.compile(dialect=sqlite.dialect(paramstyle="named"))),
        str(statement.compile(dialect=PSYCOPG)),
    )


def fetched(engine: Engine, statement: Compiled, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows of a compiled SELECT, by the driver: a third of the time, for the one in each lookup's path.

    Raises UnavailableError `storage-unavailable` as `writing` does.
    """
    driver = cast(Any, engine.dialect.loaded_dbapi)
    try:
        if engine.dialect.name == "postgresql":
            with closing(engine.raw_connection()) as connection:
                return _alone(connection, statement.postgresql, values)
        return rows_of(engine, statement.sqlite, values)
    except driver.Error as error:  # SQLite's words never name a value that was bound
        silence(error)
        if is_storage(error):
            raise refused() from error
        raise


def _alone(connection: Any, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """One statement without a transaction around it: one round trip, not three."""
    driver = connection.driver_connection
    driver.autocommit = True
    try:
        found: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
    finally:
        if driver.closed:
            connection.invalidate()
        else:
            driver.autocommit = False
    return found
