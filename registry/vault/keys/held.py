"""What somebody holds for a while: a session, a one-time link, a challenge to be signed.

256 random bits each; only the SHA-256 is stored, so that who steals the database holds none of them. All times are
the wall clock's, in milliseconds (CONTRACT section 0).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, String, Table, bindparam, delete, insert, select

from registry.jose import b64url
from registry.vault.keys.store import METADATA, MILLISECONDS, KeyStore, sql

BYTES = 32
LONGEST = 100


def _table(name: str) -> Table:
    return Table(
        name, METADATA, Column("sha256", LargeBinary(32), primary_key=True),
        Column("purpose", String, nullable=False),
        Column("expires_at", MILLISECONDS, nullable=False), Index(f"{name}_by_expiry", "expires_at"),
    )


SESSIONS, LINKS, CHALLENGES = _table("sessions"), _table("links"), _table("challenges")


class Held:
    """One table of them. A purpose is stored in clear: pseudonymous ids only."""

    def __init__(self, store: KeyStore, random: Callable[[int], bytes], table: Table, prefix: str = "") -> None:
        self._store = store
        self._random = random
        self._prefix = prefix
        self._table = table
        self._find = sql(select(table.c.purpose, table.c.expires_at).where(table.c.sha256 == bindparam("sha256")))

    def make(self, purpose: Mapping[str, Any], wall: int, life: int) -> str:
        """A new one; those that are over are forgotten."""
        token = self._prefix + b64url(self._random(BYTES))
        with self._store.one_commit():
            self._store.write(delete(self._table).where(self._table.c.expires_at <= wall))
            self._store.write(insert(self._table), {
                "sha256": _digest(token), "purpose": json.dumps(dict(purpose), sort_keys=True),
                "expires_at": wall + life,
            })
        return token

    def find(self, token: str, wall: int) -> dict[str, Any] | None:
        """What it is for, or None: unknown, ended or over."""
        # Looked for whatever it looks like: what is no token takes as long as one that is not known.
        row = self._store.read(self._find, (_digest(token[:LONGEST]),))
        if row is None or wall >= row[1]:
            return None
        purpose: dict[str, Any] = json.loads(row[0])
        return purpose

    def end(self, token: str) -> bool:
        """Ends it, durably. Whether it was there."""
        return self._store.write(delete(self._table).where(self._table.c.sha256 == _digest(token[:LONGEST]))) > 0


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
