"""One data key per subject (a borrower, a contact): destroying it makes every value of that person unreadable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from sqlalchemy import bindparam, delete, insert, select

from registry.errors import ConflictError, MalformedError
from registry.model.ids import check_id
from registry.vault.keys import sealing
from registry.vault.keys.kek import KeyEncryption
from registry.vault.keys.longlived import unwrap_as, wrap_as
from registry.vault.keys.store import SUBJECTS, KeyStore, sql

FIRST_VERSION = 1
CACHED = 4096
AT_ONCE = 500  # of one statement
BY_SUBJECT = sql(
    select(SUBJECTS.c.version, SUBJECTS.c.wrapped).where(SUBJECTS.c.subject == bindparam("subject"))
)


class Subjects:
    """Seals and opens values; keys are unwrapped per use, only their wrapped form is remembered."""

    def __init__(self, store: KeyStore, kek: KeyEncryption, random: Callable[[int], bytes]) -> None:
        self._store = store
        self._kek = kek
        self._random = random
        self._wrapped = lru_cache(CACHED)(self._read)

    def add(self, subject: str) -> None:
        """Makes the subject's data key. Raises ConflictError `subject-exists`."""
        if self._store.read(BY_SUBJECT, (check_id(subject),)) is not None:
            raise ConflictError("this subject has a data key already", code="subject-exists")
        self._store.write(insert(SUBJECTS), {
            "subject": subject, "version": FIRST_VERSION, "kek_id": self._kek.key_id,
            "wrapped": wrap_as(self._kek, purpose_of(subject, FIRST_VERSION), self._random(32)),
        })

    def seal(self, subject: str, name: str, text: str) -> bytes:
        """The blob of one value. Raises MalformedError (`blob-refused` for a subject without a key)."""
        version, key = self._key(subject)
        return sealing.seal(key, version, subject, name, text, nonce=self._random(sealing.NONCE_BYTES))

    def unseal(self, subject: str, name: str, blob: bytes) -> str:
        """The value of a blob. Raises MalformedError `blob-refused`, whatever the reason."""
        claimed = sealing.version_of(blob)
        version, key = self._key(subject)
        if claimed != version:
            raise sealing.refused()
        return sealing.unseal(key, version, subject, name, blob)

    def has(self, subject: str) -> bool:
        """Whether there is a data key of this subject."""
        return self._store.read(BY_SUBJECT, (subject,)) is not None

    def destroy(self, subjects: Sequence[str]) -> int:
        """Destroys the data keys of these; how many there were."""
        found = destroy_in(self._store, subjects)
        if found:
            self._wrapped.cache_clear()
        return found

    def forget(self) -> None:
        """Forgets what was read: it may be wrapped by a key that is no more."""
        self._wrapped.cache_clear()

    def _key(self, subject: str) -> tuple[int, bytes]:
        version, wrapped = self._wrapped(subject, self._store.losses)
        return version, unwrap_as(self._kek, purpose_of(subject, version), wrapped)

    def _read(self, subject: str, _losses: int) -> tuple[int, bytes]:
        # The count of lost groups is part of what is remembered: a key that was never stored must not be used on.
        row = self._store.read(BY_SUBJECT, (subject,))
        if row is None:
            # Raised, so not remembered: the subject may be added later.
            raise MalformedError("this sealed value is not the one that was registered", code="blob-refused")
        version, wrapped = row
        return version, wrapped


def purpose_of(subject: str, version: int) -> str:
    """What the data key of a subject is wrapped for."""
    return f"subject/{subject}/{version}"


def destroy_in(store: KeyStore, subjects: Sequence[str]) -> int:
    """Destroys the data keys of these; how many there were. Whose key is gone already costs no write."""
    found = 0
    for start in range(0, len(subjects), AT_ONCE):
        these = SUBJECTS.c.subject.in_(subjects[start:start + AT_ONCE])
        # Looked for first: a write costs a commit, and after a start all who were ever erased are asked about.
        if store.one(select(SUBJECTS.c.subject).where(these).limit(1)) is not None:
            found += store.write(delete(SUBJECTS).where(these))
    if found:
        store.scrub()
    return found
