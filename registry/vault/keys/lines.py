"""Lines: an address becomes, through a keyed PRF, a random id that means nothing outside the vault.

Neither the PRF's key nor its table leaves. Numbers can be guessed and hashed; without the key nobody can.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from sqlalchemy import bindparam, delete, insert, select

from registry.errors import MalformedError
from registry.model.ids import new_id
from registry.vault.keys.store import LINES, KeyStore

# Voice and text reach the same telephone: one line, so that caps and objections hold for both.
SPACES = {"voice": "tel", "sms": "tel", "email": "mail", "post": "post", "app": "app"}
BY_PRF = select(LINES.c.line).where(LINES.c.prf == bindparam("prf"))


class Lines:
    """The table from PRF values to random ids."""

    def __init__(self, store: KeyStore, key: bytes, random: Callable[[int], bytes]) -> None:
        self._store = store
        self._key = key
        self._random = random

    def of(self, address: str, medium: str) -> str:
        """The line of a normalised address, made at first sight and durable before this returns."""
        prf = self._prf(address, medium)
        row = self._store.one(BY_PRF, {"prf": prf})
        if row is not None:
            return str(row.line)
        line = new_id(self._random)
        self._store.write(insert(LINES), {"prf": prf, "line": line})
        return line

    def known(self, address: str, medium: str | None) -> str | None:
        """The line of an address seen before. Without a medium, `+…` is a telephone and the rest mail."""
        guessed = medium or ("voice" if address.startswith("+") else "email")
        row = self._store.one(BY_PRF, {"prf": self._prf(address, guessed)})
        return None if row is None else str(row.line)

    def has(self, line: str) -> bool:
        """Whether there is such a line."""
        return self._store.one(select(LINES.c.line).where(LINES.c.line == line)) is not None

    def forget(self, line: str) -> None:
        """Forgets which address a line is: seen again, the address gets another one."""
        if self.has(line):
            self._store.write(delete(LINES).where(LINES.c.line == line))

    def _prf(self, address: str, medium: str) -> bytes:
        space = SPACES.get(medium)
        if space is None:
            raise MalformedError("a medium is voice, sms, email, post or app")
        return hmac.digest(self._key, f"{space}\n{address}".encode(), hashlib.sha256)
