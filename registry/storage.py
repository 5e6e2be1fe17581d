"""Tells a disk that is full or fails from a mistake of ours, so that it is answered with words and tried again."""

from __future__ import annotations

import errno
import sqlite3
import sys

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
    """Makes durable what a process that died has left in a database's write-ahead log. Raises sqlite3.Error.

    A sync that failed there may have left pages in the page cache that are not on the disk, and that the kernel takes
    for clean: we read them, and a power cut takes them away (ADR 21). A full checkpoint syncs nothing it has not
    written itself. Outside of a transaction, before anything that was read is answered for.
    """
    _busy, frames, copied = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    if copied < frames:
        raise UnavailableError("somebody reads the database, and what it holds cannot be made durable before he has "
                               "ended: a backup perhaps; try again", code="log-unavailable")
