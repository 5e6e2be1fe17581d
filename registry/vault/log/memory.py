"""What a vault knows of its log without reading it: the observer's state, and the sums of what is filed.

Both are folded entry by entry. So that a long log need not be folded again at every start, they are kept now and then
in the log's database, sealed by the vault's own key and bound to the size and root they were folded up to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from registry.errors import IntegrityError
from registry.model.entries import Entry, trusted_entry
from registry.tlog.tiles import WIDTH
from registry.tlog.tree import HASH_SIZE
from registry.vault.log.filing import rows_of
from registry.vault.log.ports import Observer
from registry.vault.log.shelves import RESTORE, Shelves, hash_of
from registry.vault.log.store import Store


@dataclass(frozen=True, slots=True)
class Folded:
    """The log's part of a kept state: how far it was folded, the root there, the last entry's time, the shelves."""

    size: int
    root: bytes
    last: int
    key: bytes
    sums: tuple[bytes, bytes]


class Keeper(Protocol):
    """Seals the observer's state together with the log's part, and brings both back."""

    def new_key(self) -> bytes:
        """32 random bytes."""

    def seal(self, folded: Folded) -> bytes:
        """The state as it is now."""

    def open(self, sealed: bytes) -> Folded | None:
        """Puts the observer into a sealed state. None, and nothing is changed, where this vault running this code did
        not seal it."""


# For a log of which nothing is kept: Python keys its hash anew in each process.
_PASSING = b"%d" % hash("shelves")


class Memory:
    """The observer and the shelves, always at the same entry. Without a keeper nothing is ever kept."""

    def __init__(self, observer: Observer, keeper: Keeper | None = None) -> None:
        self._observer, self._keeper = observer, keeper
        self.shelves = Shelves(_PASSING)
        self.size = self.last = 0
        self.kept = 0  # size of the state that is kept

    def reset(self) -> None:
        """Back to before entry 0."""
        self._observer.reset()
        self.shelves = Shelves(_PASSING if self._keeper is None else self._keeper.new_key())
        self.size = self.last = 0

    def fold(self, entry: Entry, leaf: bytes, rows: Mapping[bytes, bytes] | None = None) -> None:
        """Takes in the next entry, which is right. `rows`: what is filed of it, where that is known already."""
        self._observer.fold(entry)
        self.shelves.add(entry, rows_of(entry, leaf) if rows is None else rows)
        self.size, self.last = entry.index + 1, entry.at

    def recall(self, store: Store) -> Folded | None:
        """Goes to the state that is kept; where there is none that this code can take for its own, to before entry 0.

        What it was folded from is for the caller to compare.
        """
        self.reset()
        sealed = None if self._keeper is None else store.state()
        folded = None if sealed is None or self._keeper is None else self._keeper.open(sealed)
        if folded is not None:
            self.shelves = Shelves(folded.key, folded.sums)
            self.size, self.last = folded.size, folded.last
        self.kept = self.size
        return folded

    def fold_again(self, store: Store, integrated: int) -> int:
        """After a failure: from the kept state on, everything again that is stored, of which the first `integrated`
        entries have their hashes in the tiles. The last entry's time. Raises IntegrityError."""
        self.recall(store)
        tile, hashes = -1, b""
        for index, _, at, data in store.everything(self.size):
            if index < integrated and index // WIDTH != tile:
                tile, hashes = index // WIDTH, store.tile(0, index // WIDTH) or b""
            place = index % WIDTH * HASH_SIZE
            if index != self.size or (index < integrated and hashes[place:place + HASH_SIZE] != hash_of(index, data)):
                raise IntegrityError(f"entry {self.size} is not that of the stored tile: {RESTORE}")
            self.fold(trusted_entry(index, at, data), data)
        return self.last

    def keep(self, store: Store, root: bytes) -> None:
        """Keeps the state as it is now; `root` is that of all entries folded. Durable when this returns."""
        if self._keeper is None:
            return
        shelves = self.shelves
        folded = Folded(self.size, root, self.last, shelves.key, shelves.kept())
        sealed = self._keeper.seal(folded)
        store.begin()
        store.put_state(sealed)
        store.commit()
        self.kept = self.size

    def forget(self, store: Store) -> None:
        """Whatever is kept is kept no longer: the next start reads everything."""
        if store.state() is not None:
            store.begin()
            store.put_state(None)
            store.commit()
        self.kept = 0
