"""Alembic's entry for the web database. The engine is handed in; logging is left as it is."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine

from registry.store import comparisons, limits, tables  # noqa: F401 - their definitions register themselves
from registry.store.database import UPGRADING, alone
from registry.store.mirrors import METADATA


def run() -> None:
    """Runs the revisions on the engine that the caller put into the configuration, in one transaction."""
    engine: Engine = context.config.attributes["engine"]
    with engine.connect().execution_options(write=True) as connection:
        # SQLite alters tables only by copying them.
        context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
        with context.begin_transaction():
            alone(connection, UPGRADING)  # several hosts may start at once
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            context.run_migrations()


run()
