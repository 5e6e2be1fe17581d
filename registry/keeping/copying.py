"""Copies one database as it is at one moment, while others write it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from registry.durable import sync

PAGES = 2_000  # of one step, so that a bar moves
Done = Callable[[int, int], None]


def copy_database(source: Path, target: Path, done: Done = lambda _done, _total: None) -> None:
    """Copies an SQLite database page by page (sqlite.org/backup.html), durable when this returns.

    The open transaction pins one state: whoever writes meanwhile neither waits nor makes the copy begin again.
    `done` hears pages, and how many there are. Raises sqlite3.Error, OSError.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, isolation_level=None)) as reading:
        reading.execute("PRAGMA busy_timeout=10000")
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(target, isolation_level=None)) as writing:
            reading.backup(writing, pages=PAGES, progress=lambda _, left, total: done(total - left, total))
            # A copy is one file: whoever moves it must not have to know of a second one beside it.
            writing.execute("PRAGMA journal_mode=DELETE")
        reading.execute("ROLLBACK")
    sync(target)


def copy_file(source: Path, target: Path) -> None:
    """Copies a small file for its owner alone, durable when this returns."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(source.read_bytes())
        stream.flush()
        os.fsync(stream.fileno())


def values_of(database: Path, statement: str) -> list[Any]:
    """The first column of what a statement finds in a copy that nobody else has open."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute(statement)]
