"""What is filed from the log by id, subject and account, in 65,536 shelves; and of each shelf a sum that shows any
change.

Ids are random, so their first two bytes spread them evenly over the shelves, and a shelf is one range of each table.
Every row counts with a keyed hash of all that is in it, and a shelf with the sum of its rows: appending adds, nothing
is read, and a row that is changed, missing or added shows. Nobody who writes the database knows the key (it is kept
sealed), so no difference can be made to cancel out.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from registry.errors import IntegrityError
from registry.model.entries import Entry, trusted_entry
from registry.vault.log.filing import account_filed, id_bytes, subjects_of
from registry.vault.log.store import Store

COUNT = 65_536
AT_ONCE = 50_000  # entries' worth of shelves, about, that are compared together
RESTORE = "restore the log's database from its latest backup"
_MASK = (1 << 64) - 1
_OPENS = b'"kind":"account-opened/1"'  # no string of canonical JSON holds bare quotes: only the member reads so
_END = b"\xff" * 17  # behind every id


def shelf_of(key: bytes) -> int:
    """The shelf of an id, subject or account (16 bytes)."""
    return int.from_bytes(key[:2].ljust(2, b"\0"))


def shelves_for(wanted: int, entries: int) -> int:
    """On how many shelves about as many entries are filed as wanted, of so many; at least one."""
    return max(1, min(COUNT, COUNT * wanted // max(entries, 1)))


class Shelves:
    """The sums of all shelves over the entries added so far; `key`: 32 secret bytes."""

    def __init__(self, key: bytes, sums: Iterable[int] | None = None) -> None:
        self.key = key
        self.sums = [0] * COUNT if sums is None else list(sums)
        self._hash = blake2b(key=key, digest_size=8)

    def add(self, entry: Entry, leaf: bytes) -> None:
        """An entry was appended and filed. Raises MalformedError: unknown kind."""
        ident = id_bytes(entry.id)
        self._put(ident, b"id %b %d" % (ident, entry.index))
        for subject in subjects_of(entry):
            self._put(subject, _row(subject, entry.index, entry.at, leaf))

    def compare(self, store: Store, first: int, end: int) -> None:
        """Reads the shelves from `first` to below `end`. Nothing of them may be under way.

        Raises IntegrityError when they hold anything but what was added, or an account another borrower than its
        entry says.
        """
        low, high = _bound(first), _bound(end)
        found = [0] * (end - first)
        opened: list[tuple[bytes, int, int, bytes]] = []
        for subject, index, at, leaf in store.histories_between(low, high):
            found[_place(subject, first, end)] += self._hashed(_row(subject, index, at, leaf))
            if _OPENS in leaf:
                opened.append((subject, index, at, leaf))
        for ident, index in store.ids_between(low, high):
            found[_place(ident, first, end)] += self._hashed(b"id %b %d" % (ident, index))
        if any((one - ours) & _MASK for one, ours in zip(found, self.sums[first:end], strict=True)):
            raise _differ()
        if dict(store.accounts_between(low, high)) != _accounts(opened):
            raise _differ()

    def compare_all(self, store: Store, entries: int) -> None:
        """All shelves of a log of so many entries. Raises IntegrityError as `compare`."""
        step = shelves_for(AT_ONCE, entries)
        for first in range(0, COUNT, step):
            self.compare(store, first, min(first + step, COUNT))

    def _put(self, key: bytes, row: bytes) -> None:
        shelf = shelf_of(key)
        self.sums[shelf] = (self.sums[shelf] + self._hashed(row)) & _MASK

    def _hashed(self, row: bytes) -> int:
        keyed = self._hash.copy()
        keyed.update(row)
        return int.from_bytes(keyed.digest())


def _row(subject: bytes, index: int, at: int, leaf: bytes) -> bytes:
    return b"history %b %d %d %b" % (subject, index, at, leaf)


def _bound(shelf: int) -> bytes:
    return b"" if shelf == 0 else _END if shelf == COUNT else shelf.to_bytes(2)


def _place(key: bytes, first: int, end: int) -> int:
    shelf = shelf_of(key)
    if not first <= shelf < end:
        raise _differ()  # no 16 bytes: no vault filed it
    return shelf - first


def _accounts(opened: Iterable[tuple[bytes, int, int, bytes]]) -> dict[bytes, bytes]:
    """account -> borrower, as the entries in the accounts' own histories say; the first stands."""
    said: dict[bytes, bytes] = {}
    for subject, index, at, leaf in opened:
        filed = account_filed(trusted_entry(index, at, leaf))
        if filed is not None and filed[0] == subject:
            said.setdefault(*filed)
    return said


def _differ() -> IntegrityError:
    return IntegrityError(f"the histories filed in the log's database are not its entries': {RESTORE}")
