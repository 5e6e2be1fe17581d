"""A connection of the vault to its PostgreSQL: durable or refused, and made again after it was lost.

psycopg's errors end here: whoever is above gets UnavailableError, as from any storage that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from alembic import command
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from registry.databases import arguments_of, url_of
from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.migrating import config_of

Driver = psycopg.Connection[Any]
Read = TypeVar("Read")
DURABLE = """
    SELECT current_setting('fsync') = 'on', current_setting('synchronous_commit') IN ('on', 'remote_apply'),
           current_setting('full_page_writes') = 'on', current_setting('server_encoding') = 'UTF8',
           NOT pg_is_in_recovery()
"""
IN_FLIGHT = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


def unavailable() -> UnavailableError:
    """Storage failed. What was not answered may be tried again: ids and idempotency keys keep it one entry."""
    return UnavailableError("the vault's database cannot be reached or written now; nothing was answered, try again",
                            code="log-unavailable")


def lease_lost() -> IntegrityError:
    """Another process is the vault now: ours must end before it answers anything more."""
    return IntegrityError("another vault has taken over this log: this one ends; start it again as the standby",
                          code="lease-lost")


@contextmanager
def told(*passed: type[Exception]) -> Iterator[None]:
    """Tells errors of the driver as ours: UnavailableError, or IntegrityError `lease-lost` from the fence. What is
    `passed` goes on as it is."""
    try:
        yield
    except passed:
        raise
    except (psycopg.Error, DBAPIError) as error:
        # How a fenced transaction fails: see `fencing`.
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise (lease_lost() if isinstance(cause, psycopg.errors.DivisionByZero) else unavailable()) from error


class Link:
    """One connection with one schema first in its search path. For one thread."""

    def __init__(self, url: str, schema: str, name: str, ready: Callable[[Driver], None]) -> None:
        """`ready` is called with each new connection before anybody uses it; what it raises closes it again."""
        parsed = url_of(url)
        asked = str(parsed.query.get("options", ""))
        arguments = arguments_of(parsed) | {
            "application_name": name, "options": f"{asked} -csearch_path={schema}".strip(),
        }
        self._engine = create_engine(
            parsed.difference_update_query(["options"]), poolclass=NullPool, isolation_level="AUTOCOMMIT",
            connect_args=arguments, pool_reset_on_return=None,  # a connection that is closed needs no ROLLBACK
        )
        self._ready = ready
        self._connection: Connection | None = None
        self._driver: Driver | None = None

    def driver(self) -> Driver:
        """The driver's connection; a new one where the last is gone. Raises UnavailableError."""
        if self._driver is None or self._driver.closed:
            self._connect()
        assert self._driver is not None
        return self._driver

    def connection(self) -> Connection:
        """The same connection for SQLAlchemy, in autocommit mode: who wants a transaction says BEGIN."""
        self.driver()
        assert self._connection is not None
        return self._connection

    def close(self) -> None:
        """Ends the connection and what it had begun. Never raises for a server that is gone."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with suppress(psycopg.Error, DBAPIError):
                connection.close()

    def read(self, ask: Callable[[Driver], Read]) -> Read:
        """What `ask` reads, outside of a transaction: over a new connection where the last turns out to be gone."""
        with told():
            driver = self.driver()
            try:
                return ask(driver)
            except psycopg.OperationalError:
                if not driver.closed:
                    raise
                return ask(self.driver())

    @property
    def in_transaction(self) -> bool:
        """Whether what was begun can still be committed."""
        return (self._driver is not None and not self._driver.closed
                and self._driver.info.transaction_status == TransactionStatus.INTRANS)

    def rollback(self) -> None:
        """Ends what was begun, or else the connection."""
        driver = self._driver
        if driver is None:
            return
        try:
            if driver.info.transaction_status in IN_FLIGHT:
                driver.execute("ROLLBACK")
            elif driver.info.transaction_status != TransactionStatus.IDLE:
                self.close()
        except psycopg.Error:
            self.close()

    def _connect(self) -> None:
        self.close()
        with told():
            connection = self._engine.connect()
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        self._connection, self._driver = connection, driver
        try:
            with told():
                self._ready(driver)
        except BaseException:
            self.close()
            raise


def check_durable(driver: Driver) -> None:
    """Raises ConsentryError `database-unsafe` where a commit could be answered and then lost; UnavailableError for a
    server that only follows another."""
    found = driver.execute(DURABLE).fetchone()
    assert found is not None
    fsync, commit, pages, utf8, writable = found
    if not writable:
        raise UnavailableError("the vault's database only follows another: name the one that writes",
                               code="log-unavailable")
    for holds, what in ((fsync, "fsync must be on"), (pages, "full_page_writes must be on"),
                        (commit, "synchronous_commit must be on or remote_apply"), (utf8, "it must be in UTF8")):
        if not holds:
            raise ConsentryError(f"the vault's database could lose what was answered: {what}", code="database-unsafe")


def upgrade(link: Link, schema: str, migrations: str) -> None:
    """Makes the schema and runs the migrations that it lacks, all or none. One process at a time."""
    connection = link.connection()
    with told():
        connection.exec_driver_sql("BEGIN")
        try:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('consentry-migrations'))")
            # Who only uses a schema that an administrator made needs no right to make one.
            if connection.exec_driver_sql("SELECT to_regnamespace(%s) IS NULL", (schema,)).scalar_one():
                connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
            command.upgrade(config_of(Path(migrations), connection=connection), "head")
        except BaseException:
            link.rollback()
            raise
        connection.exec_driver_sql("COMMIT")
