"""Where the vault's wrapped keys, lines, codes and tokens rest: `keys.db` in the vault's folder (`sqlite.py`), or the
schema `keys` on PostgreSQL (`on_postgresql.py`).

A thief of them without the key-encryption key learns how many subjects, lines and open codes there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Row
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.base import Executable

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations" / "vault_keys"
MILLISECONDS = BigInteger().with_variant(Integer, "sqlite")  # an INTEGER of SQLite holds 64 bits

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
              Column("tries", Integer, nullable=False), Column("expires_at", MILLISECONDS, nullable=False))
TOKENS = Table("tokens", METADATA, Column("sha256", LargeBinary(32), primary_key=True),
               Column("purpose", String, nullable=False), Column("expires_at", MILLISECONDS, nullable=False),
               Index("tokens_by_expiry", "expires_at"))


def sql(statement: ClauseElement) -> str:
    """The text of a statement for `KeyStore.read`, parameters in the order they are written."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


class KeyStore(Protocol):
    """One connection, not for sharing between threads. Every write is durable when the call returns, or, inside
    `one_commit`, when that block ends. `losses`: how often a group of writes was lost; what was read inside one may
    then not exist."""

    losses: int

    def close(self) -> None: ...

    def one(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, or None."""

    def read(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The first row of a statement that `sql` compiled before, or None: what every permit reads costs no more
        than the database takes."""

    def all(self, statement: Executable) -> list[Row[Any]]:
        """Every row."""
        ...

    def rows(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Every row of a statement that `sql` compiled before."""
        ...

    def write(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Runs a write and returns how many rows it touched. Raises UnavailableError if it cannot be durable."""
        ...

    def write_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        """Runs a write that `sql` compiled before once for each of these values. Raises as `write`."""

    def one_commit(self) -> AbstractContextManager[None]:
        """Groups the writes of a block into one commit, kept even when the block raises.

        Nothing written here may be undone by a refusal (a try at a code, above all). Nested blocks join the outer.
        """
        ...

    def scrub(self) -> None:
        """Leaves nothing of what was deleted where the database keeps its way there: now, or after the running group
        of writes."""
