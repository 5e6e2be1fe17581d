"""Re-wrapping every key by the present key-encryption key, a few at a time, while the vault goes on serving.

A row says by which key it is wrapped, so what is left is always what the database says: whoever is killed anywhere
goes on from there. A person erased meanwhile is simply not there any more.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, select, update

from registry.vault.keys.kek import Epochs, KeyEncryption
from registry.vault.keys.longlived import wrap_again
from registry.vault.keys.store import LONG_LIVED, SUBJECTS, KeyStore, sql
from registry.vault.keys.subjects import Subjects, purpose_of

# Compiled once, and run by the driver: building a statement costs ten times what the two AES operations do.
NEXT = sql(
    select(SUBJECTS.c.subject, SUBJECTS.c.version, SUBJECTS.c.wrapped)
    .where(SUBJECTS.c.subject > bindparam("after"), SUBJECTS.c.kek_id != bindparam("by"))
    .order_by(SUBJECTS.c.subject).limit(bindparam("most")).offset(literal_column("0"))
)
PUT = sql(update(SUBJECTS).where(SUBJECTS.c.subject == bindparam("whose"))
          .values(kek_id=bindparam("by"), wrapped=bindparam("as_wrapped")))
PUT_LONG_LIVED = update(LONG_LIVED).where(LONG_LIVED.c.name == bindparam("whose")).values(
    kek_id=bindparam("by"), wrapped=bindparam("as_wrapped"))


class Rewrapping:
    """One pass over the keys in order of their owners, and again until none is left."""

    def __init__(self, store: KeyStore, kek: Epochs, subjects: Subjects) -> None:
        self._store = store
        self._kek = kek
        self._subjects = subjects
        self._after = ""

    @property
    def key_id(self) -> str:
        """The key that wraps."""
        return self._kek.key_id

    def begin(self, key: KeyEncryption) -> None:
        """From now on `key` wraps; the one before only opens."""
        self._kek.begin(key)

    def end(self) -> None:
        """Forgets every key but the one that wraps. Only once `finished` said so."""
        self._kek.end()
        self._subjects.forget()

    def left(self) -> int:
        """How many persons' keys another key wraps. Reads the whole table."""
        row = self._store.one(select(func.count()).select_from(SUBJECTS).where(SUBJECTS.c.kek_id != self._kek.key_id))
        return 0 if row is None else int(row[0])

    def step(self, most: int) -> int:
        """Re-wraps the next keys, at most so many; how many. Durable with the running group of writes."""
        with self._store.one_commit():
            if not self._after:
                self._long_lived()
            return self._of_persons(most)

    def finished(self) -> bool:
        """Whether a pass came to its end and left nothing; else the next one begins, as after a write was lost."""
        self._after = ""
        others = select(LONG_LIVED.c.name).where(LONG_LIVED.c.kek_id != self._kek.key_id)
        return self.left() == 0 and self._store.one(others) is None

    def _long_lived(self) -> None:
        for row in self._store.all(select(LONG_LIVED).where(LONG_LIVED.c.kek_id != self._kek.key_id)):
            self._store.write(PUT_LONG_LIVED, {
                "whose": row.name, "by": self._kek.key_id,
                "as_wrapped": wrap_again(self._kek, f"long-lived/{row.name}", row.wrapped)})

    def _of_persons(self, most: int) -> int:
        by, kek = self._kek.key_id, self._kek
        found = self._store.rows(NEXT, (self._after, by, most))
        if found:
            self._store.write_many(PUT, [
                (by, wrap_again(kek, purpose_of(subject, version), wrapped), subject)
                for subject, version, wrapped in found])
            self._after = found[-1][0]
        return len(found)
