"""Tells a disk that is full or fails from a mistake of ours, so that it is answered with words and tried again."""

from __future__ import annotations

import errno
import sqlite3

from registry.errors import UnavailableError

# Primary result codes of SQLite (sqlite.org/rescode.html).
_DATABASE = frozenset({
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL,
})
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
        cause = cause.__cause__
    return False


def refused() -> UnavailableError:
    """What is raised instead. The vault may have recorded what was asked: a repeat with the same key tells."""
    return UnavailableError("a database cannot be written: is the disk full? try again", code="storage-unavailable")
