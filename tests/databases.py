"""Which engine the suite runs on (`make test DATABASE=postgresql`), and its databases, named by a file's path.

On SQLite a database is the file itself; on PostgreSQL it is one of the run's server, made when it is first asked for.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from registry.databases import is_postgresql
from registry.settings import FILE
from tests import postgresql, vault_engine

ON_POSTGRESQL = postgresql.ENGINE == "postgresql"
Database = Path | str
_made: dict[str, str] = {}


def only_sqlite(reason: str) -> pytest.MarkDecorator:
    """What is about files of SQLite. Says why there is nothing of it on PostgreSQL."""
    return pytest.mark.skipif(ON_POSTGRESQL, reason=f"SQLite only: {reason}")


def at(path: Path) -> Database:
    """The database that is the file of this path, or stands for it. Empty when it is first asked for."""
    if not ON_POSTGRESQL:
        return path
    name = "p" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:30]
    if name not in _made:
        _made[name] = postgresql.create_named(name)
    return _made[name]


def given(data: Path) -> dict[str, str]:
    """What an installation in this folder is given beside it: arguments of `Settings`, `initialise`, `seed` …"""
    if not ON_POSTGRESQL:
        return {}
    return {"web_database": str(at(data / "web" / "web.db")),
            "vault_database": vault_engine.database_of(data / "vault")}


def options(data: Path) -> list[str]:
    """The same for the commands `init` and `up --demo`."""
    return [word for name, url in given(data).items() for word in (f"--{name.replace('_', '-')}", url)]


def copied(source: Database, path: Path) -> Database:
    """A copy of a database that nobody has open, at this path."""
    if isinstance(source, Path):
        return Path(shutil.copy(source, path))
    found = at(path)
    postgresql.drop(str(found))
    return postgresql.create_named(str(postgresql.make_url(found).database), source)


def copy_of(world: Path, to: Path) -> Path:
    """A copy of an installation that nobody serves, with databases of its own; or of a vault's folder alone."""
    shutil.copytree(world, to)
    if not ON_POSTGRESQL:
        return to
    vault_engine.put_back(world / "vault", to / "vault")
    file = to / FILE
    if file.exists():
        value = json.loads(file.read_text("utf-8"))
        copied(value["web_database"], to / "web" / "web.db")
        file.write_text(json.dumps(value | given(to)), "utf-8")
    return to


def drop_passing() -> None:
    """Drops what the file of tests that has just ended was given; what a whole run shares stays."""
    gone = postgresql.drop_passing()
    vault_engine.forgotten(gone)
    for name in gone & _made.keys():
        del _made[name]


def everything_in(database: Database) -> str:
    """Every table and row as SQL, as a thief of the database reads it."""
    if is_postgresql(database):
        return postgresql.dump(str(database)).decode("utf-8")
    path = str(database).removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())
