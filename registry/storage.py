"""Tells a disk that is full or fails from a mistake of ours, so that it is answered with words and tried again."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from pathlib import Path

from registry.errors import UnavailableError

# Primary result codes of SQLite (sqlite.org/rescode.html).
_DATABASE = frozenset({
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL,
})
# SQLSTATE of PostgreSQL (its appendix A), by class or whole: connection gone (08), disk or memory full (53), asked to
# stop or not up yet (57), the system's own errors (58); took too long, locked, deadlocked, a standby that only reads.
_CLASSES = frozenset({"08", "53", "57", "58"})
_STATES = frozenset({"55P03", "40001", "40P01", "25006"})
_PIECE = 1 << 20  # bytes
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG})


def is_storage(error: BaseException) -> bool:
    """Whether storage refused: the error itself, or the one it was raised from (SQLAlchemy wraps the driver's)."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _DISK:
            return True
        # The extended code holds the primary one in its lowest byte; an error of Python's own module has none.
        if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DATABASE:
            return True
        if _of_postgresql(cause):
            return True
        cause = cause.__cause__
    return False


def _of_postgresql(cause: BaseException) -> bool:
    driver = sys.modules.get("psycopg")  # nobody has met an error of a driver that was never imported
    if driver is None or not isinstance(cause, driver.Error):
        return False
    state = cause.sqlstate
    if state is None:  # the server said nothing: it cannot be reached, or the connection broke
        return isinstance(cause, driver.OperationalError)
    return state[:2] in _CLASSES or state in _STATES


def refused() -> UnavailableError:
    """What is raised instead. The vault may have recorded what was asked: a repeat with the same key tells."""
    return UnavailableError("a database cannot be written or reached: is its disk full, its server down? try again",
                            code="storage-unavailable")


def write_again(connection: sqlite3.Connection) -> None:
    """Makes durable what a database's write-ahead log holds after a sync failed there, in this process or in one that
    died. Outside of a transaction. Raises sqlite3.Error, OSError; UnavailableError while somebody reads.

    Such a sync may leave pages in the page cache that are not on the disk, and that the kernel takes for clean: we
    read them, and a power cut takes them away (ADR 21). So the same bytes are written in the same places, while
    nobody else writes; then all goes into the database, and the side file loses its blocks. Either is too little:
    after a power cut an older rest of the side file would count for more than newer pages of the database, and ext4
    forgets blocks of a new extent that it could not write the first time, also when they are written again.
    """
    name = connection.execute("PRAGMA database_list").fetchone()[2]
    side = Path(f"{name}-wal")
    if not side.exists():
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _in_place(side)
    finally:
        connection.execute("ROLLBACK")
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise UnavailableError("somebody reads the database, and what it holds cannot be made durable before he has "
                               "ended: a backup perhaps; try again", code="log-unavailable")
    _in_place(side)


def _in_place(path: Path) -> None:
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        start = 0
        while data := os.pread(file, _PIECE, start):
            if os.pwrite(file, data, start) != len(data):
                raise OSError(errno.EIO, "written in part")
            start += len(data)
        os.fsync(file)
    finally:
        os.close(file)  # SQLite's locks are not on this file: they do not go with it
