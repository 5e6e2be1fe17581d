"""What a decision reads of a log that was not read whole at start: compared before it is believed.

A history is compared with the sum of its shelf, a leaf with the tree, the first time either is read; and a few at a
time, between rounds, all the rest. Whatever differs raises IntegrityError: the vault ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from registry.errors import IntegrityError
from registry.model.times import stamp
from registry.tlog.tiles import WIDTH
from registry.tlog.tree import HASH_SIZE
from registry.vault.log.memory import Memory
from registry.vault.log.operation import unavailable
from registry.vault.log.shelves import COUNT, RESTORE, hash_of, shelf_of, shelves_for
from registry.vault.log.store import Leaf, Store

AT_ONCE = 1_000  # entries, about, compared in one step between rounds: some milliseconds


class Checked:
    """Reads of one log, of whose first `unread` entries only tiles and state were compared at start.

    The tiles were proved, so a leaf is right if it has the hash in its tile; the sums are of the log's own state, so
    a shelf is right if it has its sum.

    `stale`: storage failed, and memory may be of another log than the database until both were read again.
    """

    def __init__(self, store: Store, memory: Memory, unread: int) -> None:
        self._store, self._memory, self._unread = store, memory, unread
        self._seen = bytearray(COUNT)  # shelves that were compared
        self._shelf = 0 if unread else COUNT  # all before it are compared
        self._leaf = 0  # likewise
        self._tile: tuple[int, bytes] = (-1, b"")
        self.stale = False

    @property
    def is_done(self) -> bool:
        """Whether everything has been compared."""
        return self._shelf == COUNT and self._leaf >= self._unread

    @property
    def percent(self) -> int:
        """How much has been compared since the start; 100 only when all is."""
        if self.is_done:
            return 100
        return min(99, 50 * self._shelf // COUNT + 50 * min(self._leaf, self._unread) // self._unread)

    def shelf(self, key: bytes) -> None:
        """Compares the shelf of an id, subject or account, before the first reading of it and the first writing.
        Raises UnavailableError where there is nothing to compare it with."""
        if self.stale:
            raise unavailable()
        shelf = shelf_of(key)
        if shelf >= self._shelf and not self._seen[shelf]:
            self._memory.shelves.compare(self._store, shelf, shelf + 1)
            self._seen[shelf] = 1

    def by_id(self, entry_id: bytes) -> Leaf | None:
        self.shelf(entry_id)
        row = self._store.by_id(entry_id)
        return None if row is None else self._right(row)

    def by_index(self, index: int) -> Leaf | None:
        row = self._store.by_index(index)
        if row is None and 0 <= index < self._unread:
            raise _differs(index)
        return None if row is None else self._right(row)

    def range(self, start: int, end: int) -> Iterator[Leaf]:
        """As the store's. None of the entries that were there at start is passed over."""
        expected = start
        for row in self._store.range(start, end):
            if row[0] != expected and expected < self._unread:
                break
            expected = row[0] + 1
            yield self._right(row)
        if expected < min(end, self._unread):
            raise _differs(expected)

    def histories(self, subjects: list[bytes]) -> Iterator[tuple[bytes, int, int, bytes]]:
        """As the store's, of whole shelves that have their sums: a line that was taken out of a history while the
        vault ran, or changed in it, shows whenever it is read."""
        for subject in subjects:
            self.shelf(subject)
            yield from self._memory.shelves.history(self._store, subject, self._memory.size)

    def whole(self, hashes: Mapping[int, bytes]) -> dict[int, bytes]:
        """The leaves of entries that a history names by their hashes, read together: a busy line has thousands.
        Raises IntegrityError unless they are those."""
        found = {index: data for index, _, data in self._store.by_indices([*hashes])}
        for index, hashed in hashes.items():
            if index not in found or hash_of(index, found[index]) != hashed:
                raise _differs(index)
        return found

    def borrower_of(self, account: bytes) -> bytes | None:
        self.shelf(account)
        return self._store.borrower_of(account)

    def go_on(self, is_over: Callable[[], bool]) -> None:
        """Between rounds: compares what has not been, until that is over."""
        while not self.is_done and not is_over():
            if self._shelf < COUNT:
                end = min(COUNT, self._shelf + shelves_for(AT_ONCE, self._memory.size))
                self._memory.shelves.compare(self._store, self._shelf, end)
                self._shelf = end
            else:
                for _ in self.range(self._leaf, min(self._leaf + WIDTH, self._unread)):
                    pass
                self._leaf += WIDTH

    def _right(self, row: Leaf) -> Leaf:
        index, at, data = row
        if not self._leaf <= index < self._unread:
            return row
        if self._tile[0] != index // WIDTH:
            self._tile = (index // WIDTH, self._store.tile(0, index // WIDTH) or b"")
        place = index % WIDTH * HASH_SIZE
        if self._tile[1][place:place + HASH_SIZE] != hash_of(index, data) or not is_stamped(at, data):
            raise _differs(index)
        return row


def is_stamped(at: int, data: bytes) -> bool:
    """Whether a leaf says that it was logged at this time: its last two members, in canonical order, are its time and
    version."""
    return type(at) is int and data.endswith(b'"logged_at":"%b","v":1}' % stamp(at).encode())


def _differs(index: int) -> IntegrityError:
    return IntegrityError(f"entry {index} in the log's database is not the one that was signed: {RESTORE}")
