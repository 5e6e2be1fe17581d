"""One-time codes that show that a line's holder reads it: 6 digits, 5 tries, an end on the log clock.

A code is derived from a fresh salt by a key that only the vault holds, so the database holds no code at all, and a
delivery repeated after a crash carries the code that may have arrived already.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from sqlalchemy import bindparam, delete, insert, select, text, update

from registry.errors import code_refused
from registry.model.ids import ID, check_id
from registry.model.times import DAY
from registry.vault.keys.store import CODES, KeyStore

DIGITS = 6
TRIES = 5
LIFE = 7 * DAY  # of an invitation's; to sign in it is less
# Tries at what does not exist are counted here, so that they cost what the others cost.
NOBODY = "nobody"
# One statement, known or not; both databases write it alike, and SQLAlchemy has a word for each alone.
COUNT_TRY = text(
    "INSERT INTO codes (consent, terms_sha256, salt, tries, expires_at) VALUES (:consent, '', :salt, 1, 0) "
    "ON CONFLICT (consent) DO UPDATE SET tries = codes.tries + 1"
)
BY_CONSENT = select(CODES).where(CODES.c.consent == bindparam("consent"))


class Codes:
    """Makes and checks codes, each bound to what it is for: a consent and the digest of its terms, or a request."""

    def __init__(self, store: KeyStore, key: bytes, random: Callable[[int], bytes]) -> None:
        self._store = store
        self._key = key
        self._random = random

    def make(self, consent: str, terms_sha256: str, at: int, life: int = LIFE) -> str:
        """The live code for these terms, or a new one where there is none. Tries used stay used."""
        row = self._store.one(BY_CONSENT, {"consent": check_id(consent)})
        if row is not None and at < row.expires_at and row.terms_sha256 == terms_sha256:
            return self._code(consent, terms_sha256, row.salt)
        salt = self._random(16)
        with self._store.one_commit():
            self._store.write(delete(CODES).where(
                (CODES.c.consent == consent) | ((CODES.c.expires_at <= at) & (CODES.c.consent != NOBODY))))
            self._store.write(insert(CODES), {
                "consent": consent, "terms_sha256": terms_sha256, "salt": salt, "tries": 0, "expires_at": at + life,
            })
        return self._code(consent, terms_sha256, salt)

    def check(self, consent: str, code: str, at: int) -> None:
        """Returns if the code is right. Raises MalformedError `code-refused`, the same for every other case.

        The try is written before the comparison and durable before any answer: a crash gives none back. A right
        code is not used up here, or a crash before the entry is durable would lose it: the caller refuses what is
        not pending.
        """
        row = self._store.one(BY_CONSENT, {"consent": consent if ID.match(consent) else NOBODY})
        live = row is not None and at < row.expires_at and row.tries < TRIES
        self._count_try(consent if live else NOBODY)
        terms, salt = (row.terms_sha256, row.salt) if row is not None else ("", b"")
        expected = self._code(consent, terms, salt).encode()
        right = hmac.compare_digest(expected, code.encode(errors="replace"))
        if not (live and right):
            raise code_refused()

    def give_back(self, consent: str) -> None:
        """The try of a right code that used nothing up may be made again."""
        self._store.write(update(CODES).where(CODES.c.consent == consent).values(tries=CODES.c.tries - 1))

    def _count_try(self, consent: str) -> None:
        self._store.write(COUNT_TRY, {"consent": consent, "salt": b""})

    def _code(self, consent: str, terms_sha256: str, salt: bytes) -> str:
        message = f"{consent}\n{terms_sha256}\n".encode(errors="replace") + salt
        drawn = int.from_bytes(hmac.digest(self._key, message, hashlib.sha256), "big")
        # 256 bits over a million: the bias is below 2^-236.
        return f"{drawn % 10**DIGITS:0{DIGITS}d}"
