"""The vault's keys on PostgreSQL: the schema `keys`, one connection, every transaction under the vault's lease."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, CursorResult
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError as RowExists
from sqlalchemy.sql.base import Executable

from registry.errors import ConsentryError, UnavailableError
from registry.vault.connecting import Link, told
from registry.vault.keys.grouped import Grouped
from registry.vault.log.fencing import HELD_NAMED


class PostgresqlKeyStore(Grouped):
    """The one connection to the keys. Not for sharing between threads. What each method promises says `KeyStore`."""

    def __init__(self, link: Link, epoch: int) -> None:
        super().__init__()
        self._link, self._epoch = link, epoch
        self._broken: ConsentryError | None = None  # why the running group can only be lost

    def close(self) -> None:
        self._link.close()

    def one(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        with self._speaking():
            return self._link.connection().execute(statement, values or {}).first()

    def read(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._speaking():
            # `sql` writes SQLite's marks; none of these statements holds a literal.
            asked = statement.replace("?", "%s").encode()
            if self._wrote:
                found = self._link.driver().execute(asked, values, prepare=True).fetchone()
            else:
                found = self._link.read(lambda driver: driver.execute(asked, values, prepare=True).fetchone())
            return cast("tuple[Any, ...] | None", found)

    def all(self, statement: Executable) -> list[Row[Any]]:
        with self._speaking():
            return list(self._link.connection().execute(statement).all())

    def rows(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._speaking():
            return self._link.driver().execute(statement.replace("?", "%s").encode(), values).fetchall()

    def write(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        with self._writing() as connection:
            return cast("CursorResult[Any]", connection.execute(statement, values or {})).rowcount

    def write_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with self._writing(), self._link.driver().cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s").encode(), values)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.one_commit(), self._speaking():
            connection = self._link.connection()
            if not self._wrote:
                self._wrote = True
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql(HELD_NAMED, (self._epoch,))
            connection.exec_driver_sql("SAVEPOINT one")
            try:
                yield connection
            except RowExists:
                # A row that is there already is no reason to lose the writes before it.
                connection.exec_driver_sql("ROLLBACK TO one")
                raise
            connection.exec_driver_sql("RELEASE one")

    def scrub(self) -> None:
        """Nothing here can do it: what was deleted lies in the server's write-ahead log and backups until they go."""

    def _commit(self) -> None:
        if not self._wrote:
            return
        try:
            self._check()
            with told():
                self._link.connection().exec_driver_sql("COMMIT")
        except ConsentryError:
            self.losses += 1
            self._link.close()
            raise
        finally:
            self._wrote, self._broken = False, None

    def _check(self) -> None:
        """Raises what lost the running group, if it is lost. COMMIT after that would only be warned of."""
        if self._broken is not None:
            raise self._broken
        if self._wrote and not self._link.in_transaction:
            raise UnavailableError("the vault's keys cannot be written; try again later")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """A statement that failed takes its transaction with it; a new connection knows nothing of the old one."""
        try:
            self._check()
            with told(RowExists):
                yield
        except ConsentryError as error:
            if self._wrote:
                self._broken = error
            else:
                self._link.rollback()
            raise
