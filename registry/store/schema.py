"""The database's shape over time: Alembic revisions in `migrations/web`, from the first revision on."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from registry.databases import DatabaseUrlError, check_order
from registry.errors import IntegrityError
from registry.migrating import config_of
from registry.store.database import answered

MIGRATIONS = Path(__file__).parents[2] / "migrations" / "web"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the database to a revision, creating it where there is none."""
    with answered():
        if engine.dialect.name == "postgresql":
            with engine.connect() as connection:
                check_order(connection)
        command.upgrade(_config(engine), revision)


def check_new(engine: Engine) -> None:
    """Raises ConsentryError unless a PostgreSQL database can be reached, is as it must be, and has no tables yet."""
    if engine.dialect.name != "postgresql":
        return
    with answered(), engine.connect() as connection:
        check_order(connection)
        if inspect(connection).get_table_names():
            raise DatabaseUrlError("web_database is not empty: make a new database for a new installation")


def downgrade(engine: Engine, revision: str) -> None:
    """Takes the database back to a revision (`base`: no tables)."""
    command.downgrade(_config(engine), revision)


def check(engine: Engine) -> None:
    """Raises IntegrityError unless the database is at the revision that this code needs."""
    needed = ScriptDirectory.from_config(_config(engine)).get_current_head()
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != needed:
        raise IntegrityError(
            "the web database is not at the revision this version needs: stop, take a backup, and run "
            "`python -m registry init` for a new installation or start with `up`, which upgrades it",
            code="database-revision",
        )


def _config(engine: Engine) -> Config:
    return config_of(MIGRATIONS, engine=engine)
