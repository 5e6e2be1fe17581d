"""Tokens of `/r/<token>`: what a contact follows to refuse, withdraw or object. They only ever restrict.

128 random bits as 32 hex digits; only the SHA-256 is stored, so the database's thief can answer for nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from registry.model.ids import ID, new_id
from registry.model.times import DAY
from registry.vault.keys.store import TOKENS, KeyStore

LIFE = 90 * DAY
BY_DIGEST = select(TOKENS.c.purpose, TOKENS.c.expires_at).where(TOKENS.c.sha256 == bindparam("sha256"))


class Tokens:
    """Makes and finds tokens; `at` is the log clock in milliseconds."""

    def __init__(self, store: KeyStore, random: Callable[[int], bytes]) -> None:
        self._store = store
        self._random = random

    def make(self, purpose: Mapping[str, Any], at: int) -> str:
        """A new token for a purpose (pseudonymous ids only: it is stored in clear), good for 90 days."""
        token = new_id(self._random)
        with self._store.one_commit():
            self._store.write(delete(TOKENS).where(TOKENS.c.expires_at <= at))
            self._store.write(insert(TOKENS), {
                "sha256": _digest(token), "purpose": json.dumps(dict(purpose), sort_keys=True),
                "expires_at": at + LIFE,
            })
        return token

    def find(self, token: str, at: int) -> dict[str, Any] | None:
        """What the token is for, or None if it is unknown or expired."""
        if ID.match(token) is None:
            return None
        row = self._store.one(BY_DIGEST, {"sha256": _digest(token)})
        if row is None or at >= row.expires_at:
            return None
        purpose: dict[str, Any] = json.loads(row.purpose)
        return purpose


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
