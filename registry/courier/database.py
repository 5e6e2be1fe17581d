"""Opens courier.db: WAL, durable at each commit, deleted rows overwritten, its schema brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.pool import StaticPool

from registry.errors import IntegrityError
from registry.migrating import config_of

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations" / "courier"
# PRAGMA user_version: 1 before there were revisions. A courier of then refuses 2, as it must.
UNREVISED, REVISED = 1, 2
FIRST_REVISION = "0001"


def open_engine(path: Path) -> Engine:
    """The database at `path`, made if it is new, migrated if it is old.

    Parameters, perhaps a provider's secret, never appear in an exception's text.
    One connection, for one thread at a time. Raises IntegrityError on a file of a version we do not know.
    """
    engine = create_engine(
        f"sqlite:///{path}", poolclass=StaticPool, hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 10},
    )
    event.listen(engine, "connect", _set_up)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # The driver's own transactions do not hold changes of a schema together: this one does.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            migrate(connection)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
    return engine


def migrate(connection: Connection, to: str = "head") -> None:
    """Runs the missing revisions in the caller's transaction. Raises IntegrityError."""
    found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    unknown = IntegrityError("courier.db is of another version: start the courier that wrote it")
    if found not in (0, UNREVISED, REVISED):
        raise unknown
    config = config_of(MIGRATIONS, connection=connection)
    try:
        if found == UNREVISED and not inspect(connection).has_table("alembic_version"):
            command.stamp(config, FIRST_REVISION)
        command.upgrade(config, to)
    except CommandError as error:
        raise unknown from error
    connection.exec_driver_sql(f"PRAGMA user_version={REVISED}")


def _set_up(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
