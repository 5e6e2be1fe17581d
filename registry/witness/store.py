"""What the witness remembers, in one SQLite file: of each log the largest tree it cosigned, and the note it gave.

A row moves by compare-and-swap in one transaction that is on disk before it returns (WAL, synchronous=FULL), so that
of two requests at once, or two processes on one file, one loses. The file is never to be restored from a copy: a
witness that forgets could cosign a second history.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registry.durable import sync

FILE = "witness.db"
SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL,
    time INTEGER NOT NULL,
    pin TEXT
) STRICT
"""

Faults = Callable[[str], None]
"""Called where the process may die: verified, writing, committing, written."""


@dataclass(frozen=True, slots=True)
class Held:
    """A log's largest known tree. `note` has the log's and our signature lines; it is empty, and `time` (seconds
    since 1970) nought, for a tree that we were told of at first start and have not cosigned."""

    size: int
    root: bytes
    note: str = ""
    time: int = 0


class WitnessStore:
    """One connection, one lock: the witness's only writer."""

    def __init__(self, folder: Path, faults: Faults = lambda _point: None) -> None:
        """Opens or makes the file in `folder`. Raises sqlite3.Error."""
        fresh = not (folder / FILE).exists()
        self._faults = faults
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False, timeout=5.0)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(SCHEMA)
        if fresh:
            sync(folder)

    def close(self) -> None:
        self._db.close()

    def held(self, origin: str) -> Held | None:
        """What is known of this log."""
        with self._lock:
            return self._held(origin)

    def origins(self) -> list[str]:
        """All logs it ever heard of."""
        with self._lock:
            return [origin for (origin,) in self._db.execute("SELECT origin FROM log ORDER BY origin")]

    def pin(self, origin: str, first: Held, said: str) -> str | None:
        """Begins a log at `first`, unless it has begun; returns the pin it did begin with, if any."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO log VALUES (?, ?, ?, '', 0, ?)",
                             (origin, first.size, first.root, said))
            (pin,) = self._db.execute("SELECT pin FROM log WHERE origin = ?", (origin,)).fetchone()
            return None if pin is None else str(pin)

    def advance(self, origin: str, since: Held | None, to: Held) -> bool:
        """Compare-and-swap: durable when this returns True; False when another request was first.

        Raises sqlite3.Error: then it may be durable or not, and is what `held` says.
        """
        self._faults("verified")
        with self._lock:
            # A failed statement or commit rolls back; nothing is remembered outside the file.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._faults("writing")
                if self._held(origin) != since:
                    self._db.execute("ROLLBACK")
                    return False
                self._db.execute(
                    "INSERT INTO log VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (origin) DO UPDATE SET "
                    "size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time",
                    (origin, to.size, to.root, to.note, to.time))
                self._faults("committing")
                self._db.execute("COMMIT")  # the point of no return: from here on no other root of this size
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        self._faults("written")
        return True

    def _held(self, origin: str) -> Held | None:
        row = self._db.execute("SELECT size, root, note, time FROM log WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Held(*row)
