from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from registry.migrating import upgrade_sqlite
from registry.vault.log.database import MIGRATIONS, connect
from registry.vault.log.tables import metadata


def shape(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [(name, " ".join(sql.split())) for name, sql in rows if name != "alembic_version"]


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    migrated, declared = connect(tmp_path), connect(_folder(tmp_path / "declared"))
    for table in reversed(metadata.sorted_tables):
        declared.exec_driver_sql(f"DROP TABLE {table.name}")
    metadata.create_all(declared)
    assert compare_metadata(MigrationContext.configure(migrated), metadata) == []
    assert shape(migrated) == shape(declared)
    migrated.close()
    declared.close()


def test_upgrading_an_up_to_date_database_changes_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    before = shape(connection)
    upgrade_sqlite(connection, MIGRATIONS)
    assert shape(connection) == before
    assert "leaves" in inspect(connection).get_table_names()
    connection.close()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = command.upgrade

    def fails_at_the_end(*arguments: object) -> None:
        whole(*arguments)  # type: ignore[arg-type]
        raise ArithmeticError

    monkeypatch.setattr(command, "upgrade", fails_at_the_end)
    with pytest.raises(ArithmeticError):
        connect(tmp_path)
    monkeypatch.undo()
    with closing(sqlite3.connect(tmp_path / "log.db")) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
