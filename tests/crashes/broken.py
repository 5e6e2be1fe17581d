"""Breaks the n-th write of a vault, whichever that is: of the log's store, of its keys' database, of the guard.

    with Breaker(world.vault, n=17, how="persisted") as breaker:
        ...                                  # the 17th write is made, and then reported as failed
    assert breaker.hit == "log commit"

`failed`: nothing was written. `persisted`: it was, and an error is reported all the same. `lost`: nothing was
written, and the database gave up everything that its transaction had (SQLite on a full disk).
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from registry.vault.connecting import unavailable
from registry.vault.log.store import Store
from registry.vault.vault import Vault
from tests import vault_engine
from tests.vault_engine import POSTGRESQL

HOW = ("failed", "persisted", "lost")
READS = {
    "in_transaction", "check_lease", "by_id", "by_index", "by_indices", "range", "everything",
    "all_accounts", "histories_between", "ids_between", "accounts_between", "state", "tile_row", "borrower_of",
    "tile", "tile_hashes", "head", "size_and_root", "remembered", "close", "rollback",
}
WRITES = {
    "begin", "savepoint", "release", "undo", "commit", "add_leaf", "add_account", "put_tile", "put_head", "remember",
    "forget", "put_state",
}
NO_WRITE = ("SELECT", "PRAGMA", "SET", "SHOW", "ROLLBACK")


def unclassified() -> set[str]:
    """Methods of the log's store of which this module does not know whether they write."""
    return {name for name in vars(Store) if not name.startswith("_")} - READS - WRITES


class Breaker:
    """Counts writes from where its block begins, and breaks the n-th; none with n = 0."""

    def __init__(self, vault: Vault, n: int, how: str) -> None:
        self.vault, self.n, self.how = vault, n, how
        self.count, self.hit = 0, ""
        self._undo = ExitStack()

    def __enter__(self) -> Breaker:
        log: Any = self.vault.desk.log
        # On PostgreSQL a round rests in memory until it is committed: nothing else can fail there.
        for name in sorted({"commit"} if POSTGRESQL else WRITES):
            self._wrap(log._store, name, f"log {name}", self._of_log)
        self._wrap(os, "pwrite", "guard write", self._of_guard)
        self._wrap(os, "fdatasync", "guard sync", self._of_guard)
        keys: Any = self.vault.desk.keys._store
        engine = keys._link._engine if POSTGRESQL else keys._engine
        before, after = self._statements(keys)
        for name, hook in (("before_cursor_execute", before), ("after_cursor_execute", after)):
            event.listen(engine, name, hook)
            self._undo.callback(event.remove, engine, name, hook)
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _wrap(self, owner: Any, name: str, what: str, fail: Callable[[], BaseException]) -> None:
        real = getattr(owner, name)
        own = name in vars(owner)

        def broken(*arguments: Any, **named: Any) -> Any:
            if not self._is_it(what):
                return real(*arguments, **named)
            if self.how == "persisted":
                real(*arguments, **named)
            elif self.how == "lost" and owner is self.vault.desk.log._store and owner.in_transaction:
                owner.rollback()
            raise fail()

        setattr(owner, name, broken)
        self._undo.callback(setattr, owner, name, real) if own else self._undo.callback(delattr, owner, name)

    def _statements(self, keys: Any) -> tuple[Callable[..., None], Callable[..., None]]:
        due = [False]

        def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            due[0] = not statement.startswith(NO_WRITE) and self._is_it(f"keys {statement.split(maxsplit=1)[0]}")
            if due[0] and self.how != "persisted":
                if self.how == "lost" and statement not in ("BEGIN", "BEGIN IMMEDIATE"):
                    vault_engine.lose_transaction(keys)
                raise self._of_keys()

        def after(*_: Any) -> None:
            if due[0]:
                raise self._of_keys()

        return before, after

    def _is_it(self, what: str) -> bool:
        self.count += 1
        if self.count == self.n:
            self.hit = what
        return self.count == self.n

    @staticmethod
    def _of_guard() -> BaseException:
        return OSError(errno.EIO, "input/output error")

    @staticmethod
    def _of_log() -> BaseException:
        return unavailable() if POSTGRESQL else _of_sqlite()

    @staticmethod
    def _of_keys() -> BaseException:
        cause = psycopg.errors.IoError() if POSTGRESQL else _of_sqlite()
        return OperationalError("", {}, cause)


def _of_sqlite() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    return error
