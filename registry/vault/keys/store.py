"""Where the vault's wrapped keys, lines, codes and tokens rest: `keys.db` in the vault's folder, one connection.

A thief of this file without the key-encryption key learns how many subjects, lines and open codes there are.
Every write is durable when the call returns, or, inside `one_commit`, when that block ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.base import Executable

from registry.errors import IntegrityError, UnavailableError

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations" / "vault_keys"

METADATA = MetaData()
SETTINGS = Table("settings", METADATA, Column("name", String, primary_key=True),
                 Column("value", String, nullable=False))
LONG_LIVED = Table("long_lived", METADATA, Column("name", String, primary_key=True),
                   Column("kek_id", String, nullable=False), Column("wrapped", LargeBinary, nullable=False))
SUBJECTS = Table("subjects", METADATA, Column("subject", String(32), primary_key=True),
                 Column("version", Integer, nullable=False), Column("kek_id", String, nullable=False),
                 Column("wrapped", LargeBinary, nullable=False))
LINES = Table("lines", METADATA, Column("prf", LargeBinary(32), primary_key=True),
              Column("line", String(32), nullable=False, unique=True))
CODES = Table("codes", METADATA, Column("consent", String(32), primary_key=True),
              Column("terms_sha256", String(64), nullable=False), Column("salt", LargeBinary(16), nullable=False),
              Column("tries", Integer, nullable=False), Column("expires_at", Integer, nullable=False))
TOKENS = Table("tokens", METADATA, Column("sha256", LargeBinary(32), primary_key=True),
               Column("purpose", String, nullable=False), Column("expires_at", Integer, nullable=False),
               Index("tokens_by_expiry", "expires_at"))


def sql(statement: ClauseElement) -> str:
    """The text of a statement, parameters in the order they are written."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


class KeyStore:
    """The one connection to `keys.db`. Not for sharing between threads."""

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
        self._grouped = False
        self._wrote = False
        # How often a group of writes was lost: what was read inside one may then not exist.
        self.losses = 0
        _upgrade(self._connection)

    def close(self) -> None:
        """Releases the file."""
        self._connection.close()
        self._engine.dispose()

    def one(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, or None."""
        return self._connection.execute(statement, values or {}).first()

    def read(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The first row of a statement that was compiled before, or None: what every permit reads costs no more than
        SQLite takes."""
        return cast("tuple[Any, ...] | None", self._driver.execute(statement, values).fetchone())

    def all(self, statement: Executable) -> list[Row[Any]]:
        """Every row."""
        return list(self._connection.execute(statement).all())

    def write(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Runs a write and returns how many rows it touched. Raises UnavailableError if it cannot be durable."""
        with self.one_commit():
            try:
                if not self._wrote:
                    self._connection.exec_driver_sql("BEGIN IMMEDIATE")
                    self._wrote = True
                return self._connection.execute(statement, values or {}).rowcount
            except OperationalError as error:
                raise UnavailableError("the vault's keys cannot be written; try again later") from error

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """Groups the writes of a block into one commit, kept even when the block raises.

        Nothing written here may be undone by a refusal (a try at a code, above all). Nested blocks join the outer.
        """
        if self._grouped:
            yield
            return
        self._grouped = True
        try:
            yield
        finally:
            self._grouped = False
            self._commit()

    def _commit(self) -> None:
        if not self._wrote:
            return
        self._wrote = False
        try:
            # An error such as a full disk may have ended the transaction already: COMMIT then fails, as it must.
            self._connection.exec_driver_sql("COMMIT")
        except OperationalError as error:
            self.losses += 1
            driver = self._connection.connection.driver_connection
            if driver is not None and driver.in_transaction:
                self._connection.exec_driver_sql("ROLLBACK")
            raise UnavailableError("the vault's keys cannot be written; try again later") from error


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in ("secure_delete=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
