"""A new SQLite database is migrated by Alembic once in a process; each further one is given the same tables.

A test makes a world in a blink, and half of that went into running the same revisions again. What the first run left
is what every later one gets, statement by statement. Alembic runs as ever for an older database, another revision
than the newest, other folders of revisions (`tests/migrations` copies them), PostgreSQL, and in every real process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).parents[1] / "migrations"
VERSION = "alembic_version"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
STATEMENTS = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"


@dataclass(frozen=True, slots=True)
class Ready:
    """What a folder's revisions make of an empty database."""

    revision: str
    statements: tuple[str, ...]


_ready: dict[str, Ready] = {}


def once_a_process() -> None:
    """From now on `command.upgrade` of this process goes the short way where there is one."""
    command.upgrade = _shortened(command.upgrade)  # type: ignore[assignment]


def _shortened(whole: Callable[..., None]) -> Callable[..., None]:
    def upgrade(config: Config, revision: str, *arguments: Any, **named: Any) -> None:
        folder = Path(str(config.get_main_option("script_location")))
        on = config.attributes.get("connection", config.attributes.get("engine"))
        if revision != "head" or arguments or named or folder.parent != MIGRATIONS or on.dialect.name != "sqlite":
            whole(config, revision, *arguments, **named)
            return
        ready = _ready.get(folder.name)
        if ready is not None:
            with _connected(on) as connection:
                if _brought(connection, ready):
                    return
        whole(config, revision)
        if ready is None:
            with _connected(on) as connection:
                _remember(folder.name, connection)

    return upgrade


@contextmanager
def _connected(on: Connection | Engine) -> Iterator[Connection]:
    """The caller's connection, in the transaction that it began; or one of its engine's, in its own."""
    if isinstance(on, Connection):
        yield on
        return
    from registry.store.database import writing

    with writing(on) as connection:
        yield connection


def _brought(connection: Connection, ready: Ready) -> bool:
    """Whether it is at the newest revision now."""
    tables = set(connection.exec_driver_sql(TABLES).scalars())
    if VERSION in tables:
        return connection.exec_driver_sql(f"SELECT version_num FROM {VERSION}").scalar() == ready.revision
    if tables:
        return False
    for statement in ready.statements:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"INSERT INTO {VERSION} VALUES (?)", (ready.revision,))
    return True


def _remember(name: str, connection: Connection) -> None:
    """What was just made of an empty database; nothing of one that holds rows, which may be an older one's."""
    filled = [table for table in connection.exec_driver_sql(TABLES).scalars() if table != VERSION
              and connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first()]
    if not filled:
        revision = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION}").scalar_one()
        _ready[name] = Ready(revision, tuple(connection.exec_driver_sql(STATEMENTS).scalars()))
