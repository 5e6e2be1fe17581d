"""Every database's revisions, found in `migrations/`, and moving a database along them."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, Table, insert, inspect

from registry.store.database import open_engine
from tests.databases import at
from tests.migrations.samples import Sample

ROOT = Path(__file__).parents[2] / "migrations"
VERSION = "alembic_version"
EITHER = ("web",)  # databases that may be on PostgreSQL
Dump = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Tree:
    """The revisions of one database."""

    folder: Path

    @property
    def samples(self) -> Mapping[str, Sample]:
        """By revision; none where nobody wrote any."""
        try:
            found: Mapping[str, Sample] = importlib.import_module(
                f"tests.migrations.samples.{self.folder.name}").SAMPLES
        except ModuleNotFoundError:
            return {}
        return found

    @property
    def revisions(self) -> list[Script]:
        """Oldest first."""
        return list(_revisions(self.folder, tuple(sorted(self.folder.glob("versions/*.py")))))

    def upgrade(self, engine: Engine, revision: str) -> None:
        with self._ready(engine) as config:
            command.upgrade(config, revision)

    def downgrade(self, engine: Engine, revision: str | None) -> None:
        with self._ready(engine) as config:
            command.downgrade(config, revision or "base")

    def check(self, engine: Engine) -> None:
        """Raises where autogenerate would write a revision: the code's tables are not those of the database."""
        with self._ready(engine) as config:
            command.check(config)

    def _config(self) -> Config:
        return _config(self.folder)

    @contextmanager
    def _ready(self, engine: Engine) -> Iterator[Config]:
        """As the processes do it: one transaction; some trees are handed the engine, others a connection in it."""
        config = self._config()
        if 'attributes["engine"]' in (self.folder / "env.py").read_text("utf-8"):
            config.attributes["engine"] = engine
            yield config
            return
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            config.attributes["connection"] = connection
            yield config


def _config(folder: Path) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


@cache
def _revisions(folder: Path, files: tuple[Path, ...]) -> list[Script]:
    """Oldest first. Reading them runs every one of these files, which takes longer than a revision."""
    return list(ScriptDirectory.from_config(_config(folder)).walk_revisions())[::-1]


def trees(root: Path = ROOT) -> list[Tree]:
    return [Tree(env.parent) for env in sorted(root.glob("*/env.py"))]


@contextmanager
def database(tree: Tree, path: Path) -> Iterator[Engine]:
    """An empty one, of the engine the suite runs on where there is a choice."""
    engine = open_engine(at(path) if tree.folder.name in EITHER else path)
    yield engine
    engine.dispose()


def tables_of(engine: Engine) -> dict[str, Table]:
    found = MetaData()
    found.reflect(engine)
    return {name: table for name, table in found.tables.items() if name != VERSION}


def names_of(table: Table) -> list[str]:
    """Its columns, in their order."""
    return [column.name for column in table.columns]


def dump(engine: Engine) -> Dump:
    """Every row as SQLite has it, in its order."""
    with engine.connect() as connection:
        return {name: _rows(connection, name) for name in sorted(inspect(connection).get_table_names())
                if name != VERSION}


def _rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    found = [dict(row._mapping) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]
    return sorted(found, key=repr)


def fill(engine: Engine, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    tables = tables_of(engine)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        for name, many in rows.items():
            for row in many:
                connection.execute(insert(tables[name]), dict(row))


def twin(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Another row of the table: NULL wherever it may be, and another value wherever two must differ."""
    unique = {column.name for one in table.constraints if type(one).__name__ == "UniqueConstraint"
              for column in one.columns}  # type: ignore[attr-defined]
    made = dict(row)
    for column in table.columns:
        if column.primary_key or column.name in unique:
            made[column.name] = _another(row[column.name])
        elif column.nullable:
            made[column.name] = None
    return made


def _another(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else value + (b"2" if isinstance(value, bytes) else "-2")


def rows_at(tree: Tree, revision: str, engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """What the samples up to a revision put into the tables of a database that is at it."""
    tables, made, single = tables_of(engine), {}, frozenset[str]()
    for script in tree.revisions:
        sample = tree.samples[script.revision]
        single |= sample.single
        made |= {name: [dict(row) for row in rows] for name, rows in sample.tables.items()}
        for name, values in sample.columns.items():
            made[name] = [{**row, **values} for row in made[name]]
        if script.revision == revision:
            break
    kept = {name: [{column: row[column] for column in names_of(tables[name])} for row in rows]
            for name, rows in made.items() if name in tables}
    return {name: [one for row in rows for one in ((row,) if name in single else (row, twin(tables[name], row)))]
            for name, rows in kept.items()}
