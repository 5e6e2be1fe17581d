"""The database's shape over time: Alembic revisions in `migrations/web`, from the first revision on."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from registry.errors import IntegrityError

MIGRATIONS = Path(__file__).parents[2] / "migrations" / "web"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the database to a revision, creating it where there is none."""
    command.upgrade(_config(engine), revision)


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
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config
