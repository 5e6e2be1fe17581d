"""The vault's keys in SQLite: `keys.db` in the vault's folder, one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.base import Executable

from registry.errors import IntegrityError, UnavailableError
from registry.migrating import upgrade_sqlite
from registry.storage import write_again
from registry.vault.keys.grouped import Grouped
from registry.vault.keys.store import MIGRATIONS


class SqliteKeyStore(Grouped):
    """The one connection to `keys.db`. Not for sharing between threads. What each method promises says `KeyStore`."""

    def __init__(self, folder: Path, *, create: bool) -> None:
        """Opens `keys.db`, made first where `create` says so. Raises IntegrityError if it is missing."""
        file = folder / "keys.db"
        if create:
            # Keys are nobody's business but the owner's; SQLite gives its side files the same mode.
            file.touch(mode=0o600)
        elif not file.exists():
            raise IntegrityError("the vault's keys.db is missing: restore it, or make a new vault with init",
                                 code="keys-missing")
        engine = create_engine(f"sqlite:///{file}", isolation_level="AUTOCOMMIT")
        event.listen(engine, "connect", _set_pragmas)
        self._engine = engine
        self._connection = engine.connect()
        self._driver = cast(sqlite3.Connection, self._connection.connection.dbapi_connection)
        super().__init__()
        self._scrubbing = self._unsure = False
        try:
            write_again(self._driver)
            upgrade_sqlite(self._connection, MIGRATIONS)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def one(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        return self._connection.execute(statement, values or {}).first()

    def read(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return cast("tuple[Any, ...] | None", self._driver.execute(statement, values).fetchone())

    def all(self, statement: Executable) -> list[Row[Any]]:
        return list(self._connection.execute(statement).all())

    def rows(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return self._driver.execute(statement, values).fetchall()

    def write(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        with self._writing():
            return self._connection.execute(statement, values or {}).rowcount

    def write_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with self._writing():
            self._driver.executemany(statement, values)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self.one_commit():
            try:
                if not self._wrote:
                    if self._unsure:
                        write_again(self._driver)
                        self._unsure = False
                    self._wrote = True  # also when BEGIN fails: COMMIT then says what is left of it
                    self._connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield
            except (OperationalError, sqlite3.OperationalError, OSError) as error:
                raise UnavailableError("the vault's keys cannot be written; try again later") from error

    def scrub(self) -> None:
        """Leaves nothing of what was deleted in the side file: now, or after the running group of writes.

        `secure_delete` overwrites the pages themselves, but the write-ahead log still holds them as they were.
        """
        self._scrubbing = True
        if self._wrote:
            return
        # While somebody reads, as a backup does, nobody waits for it: then after the next write.
        self._driver.execute("PRAGMA busy_timeout=0")
        try:
            self._scrubbing = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0
        except sqlite3.OperationalError:
            return  # what was to be written is durable already; the file is emptied after the next write
        finally:
            self._driver.execute("PRAGMA busy_timeout=5000")

    def _commit(self) -> None:
        if not self._wrote:
            return
        self._wrote = False
        try:
            # An error such as a full disk may have ended the transaction already: COMMIT then fails, as it must.
            self._connection.exec_driver_sql("COMMIT")
        except OperationalError as error:
            self.losses += 1
            self._unsure = True  # what a sync that failed leaves behind is not built upon
            driver = self._connection.connection.driver_connection
            if driver is not None and driver.in_transaction:
                self._connection.exec_driver_sql("ROLLBACK")
            raise UnavailableError("the vault's keys cannot be written; try again later") from error
        if self._scrubbing:
            self.scrub()


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in ("secure_delete=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}").close()
