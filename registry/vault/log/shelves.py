"""What is filed from the log by id, subject and account, in 262,144 shelves; and of each shelf sums that show any
change.

Ids are random, so their first 18 bits spread them evenly over the shelves, and a shelf is one short range of each
table. Every row counts with a keyed hash of all that is in it, and a shelf with the sum of its rows: appending adds,
nothing is read, and a row that is changed, missing or added shows. Nobody who writes the database knows the key (it
is kept sealed), so no difference can be made to cancel out. A history is believed only as part of a whole shelf.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from registry.errors import IntegrityError
from registry.model.entries import Entry, trusted_entry
from registry.tlog.tree import leaf_hash
from registry.vault.log.filing import account_filed, id_bytes
from registry.vault.log.store import Store

COUNT = 1 << 18
_SPARE = 6  # bits of three bytes that no shelf is told by
AT_ONCE = 50_000  # entries' worth of shelves, about, that are compared together
RESTORE = "restore the log's database from its latest backup"
_MASK = (1 << 64) - 1
_OPENS = b'"kind":"account-opened/1"'  # no string of canonical JSON holds bare quotes: only the member reads so
_END = b"\xff" * 17  # behind every id


def hash_of(index: int, leaf: bytes) -> bytes:
    """The hash in the tree of a leaf as it was read. Raises IntegrityError where it is no bytes: SQLite keeps in any
    column whatever somebody puts there."""
    try:
        return leaf_hash(leaf)
    except TypeError:
        raise IntegrityError(
            f"entry {index} in the log's database is not the one that was signed: {RESTORE}") from None


def shelf_of(key: bytes) -> int:
    """The shelf of an id, subject or account (16 bytes)."""
    return int.from_bytes(key[:3].ljust(3, b"\0")) >> _SPARE


def shelves_for(wanted: int, entries: int) -> int:
    """On how many shelves about as many entries are filed as wanted, of so many; at least one."""
    return max(1, min(COUNT, COUNT * wanted // max(entries, 1)))


class Shelves:
    """The sums of all shelves over the entries added so far, of what is filed by id and of histories.

    `key`: 32 secret bytes. `sums`: what `kept` gave.
    """

    def __init__(self, key: bytes, sums: tuple[bytes, bytes] = (bytes(8 * COUNT), bytes(8 * COUNT))) -> None:
        self.key = key
        self._ids, self._histories = (array("Q", one) for one in sums)
        self._hash = blake2b(key=key, digest_size=8)

    def add(self, entry: Entry, rows: Mapping[bytes, bytes]) -> None:
        """An entry was appended and filed: `rows` as `rows_of` gives them."""
        ident = id_bytes(entry.id)
        self._put(self._ids, ident, b"id %b %d" % (ident, entry.index))
        for subject, filed in rows.items():
            self._put(self._histories, subject, _row(subject, entry.index, entry.at, filed))

    def kept(self) -> tuple[bytes, bytes]:
        """The sums as bytes, in this machine's order."""
        return self._ids.tobytes(), self._histories.tobytes()

    def history(self, store: Store, subject: bytes, size: int) -> list[tuple[bytes, int, int, bytes]]:
        """The rows of a subject's history among the first `size` entries, which are those added, ascending.

        Raises IntegrityError when the shelf holds anything else of them.
        """
        shelf, found, rows = shelf_of(subject), 0, []
        try:
            for row in store.histories_between(_bound(shelf), _bound(shelf + 1)):
                if row[1] < size:
                    found += self._hashed(_row(*row))
                    if row[0] == subject:
                        rows.append(row)
        except TypeError:
            raise _differ() from None
        if (found - self._histories[shelf]) & _MASK:
            raise _differ()
        return rows

    def compare(self, store: Store, first: int, end: int) -> None:
        """Reads the shelves from `first` to below `end`. Nothing of them may be under way.

        Raises IntegrityError when they hold anything but what was added, or an account another borrower than its
        entry says.
        """
        low, high = _bound(first), _bound(end)
        histories, ids = (array("Q", bytes(8 * (end - first))) for _ in range(2))
        opened: list[tuple[bytes, int, int, bytes]] = []
        for subject, index, at, leaf in store.histories_between(low, high):
            place = _place(subject, first, end)
            try:
                row = _row(subject, index, at, leaf)
            except TypeError:
                raise _differ() from None
            histories[place] = (histories[place] + self._hashed(row)) & _MASK
            if _OPENS in leaf:
                opened.append((subject, index, at, leaf))
        for ident, index in store.ids_between(low, high):
            place = _place(ident, first, end)
            ids[place] = (ids[place] + self._hashed(b"id %b %d" % (ident, index))) & _MASK
        # Arrays are compared as such: a vault that starts has all shelves to compare, however short its log.
        if (histories, ids) != (self._histories[first:end], self._ids[first:end]):
            raise _differ()
        if dict(store.accounts_between(low, high)) != _accounts(opened):
            raise _differ()

    def compare_all(self, store: Store, entries: int) -> None:
        """All shelves of a log of so many entries. Raises IntegrityError as `compare`."""
        step = shelves_for(AT_ONCE, entries)
        for first in range(0, COUNT, step):
            self.compare(store, first, min(first + step, COUNT))

    def _put(self, sums: array[int], key: bytes, row: bytes) -> None:
        shelf = shelf_of(key)
        sums[shelf] = (sums[shelf] + self._hashed(row)) & _MASK

    def _hashed(self, row: bytes) -> int:
        keyed = self._hash.copy()
        keyed.update(row)
        return int.from_bytes(keyed.digest())


def _row(subject: bytes, index: int, at: int, filed: bytes) -> bytes:
    """Raises TypeError where somebody put another type there, which SQLite takes: 12.5 is not 12, as %d would have
    it."""
    return b"history %b %x %x %b" % (subject, index, at, filed)


def _bound(shelf: int) -> bytes:
    return b"" if shelf == 0 else _END if shelf == COUNT else (shelf << _SPARE).to_bytes(3)


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
