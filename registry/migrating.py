"""Brings a database to the revision that its code needs, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def config_of(migrations: Path, **attributes: object) -> Config:
    """Alembic's settings: where the revisions are, and what their `env.py` runs them on."""
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes.update(attributes)
    return config


def upgrade_sqlite(connection: Connection, migrations: Path) -> None:
    """Runs the missing revisions, all or none: whoever is killed in between can be started again. The connection is
    in autocommit mode. Never touches the process's logging."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        command.upgrade(config_of(migrations, connection=connection), "head")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
