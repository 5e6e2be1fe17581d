"""What a vault checks about its log before it answers anything: first that the bytes are those it signed, then
that everything filed from them agrees with them."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, field

from registry.errors import IntegrityError
from registry.model.entries import Entry, trusted_entry
from registry.model.times import stamp
from registry.tlog.growing import GrowingTree
from registry.tlog.tree import leaf_hash
from registry.vault.log.filing import account_filed, subjects_of
from registry.vault.log.ports import Observer
from registry.vault.log.store import Store

HELD = 65_536  # leaves whose hashes are held in memory before they are compared with the stored tiles
RESTORE = "restore the log's database from its latest backup"
_HASH_BITS = (1 << sys.hash_info.width) - 1


@dataclass(frozen=True, slots=True)
class Proved:
    """The tree over all stored leaves, and its roots at the sizes that were asked for."""

    tree: GrowingTree
    roots: dict[int, bytes]


def prove(store: Store, sizes: Collection[int]) -> Proved:
    """Hashes every leaf again and compares the stored tiles. Raises IntegrityError on a gap or a difference."""
    tree = GrowingTree(store.tile_hashes)
    roots = {0: tree.root()}
    compared = 0
    for index, _, _, data in store.everything():
        if index != tree.size:
            raise IntegrityError(f"the log has no entry {tree.size}: {RESTORE}")
        tree.append(leaf_hash(data))
        if tree.size in sizes:
            roots[tree.size] = tree.root()
        if tree.size % HELD == 0:
            _compare_tiles(store, tree, compared)
            compared = tree.size
            tree.prune(compared)
    _compare_tiles(store, tree, compared)
    tree.prune(tree.size)
    return Proved(tree, roots | {tree.size: tree.root()})


def _compare_tiles(store: Store, tree: GrowingTree, since: int) -> None:
    for level, n, hashes in tree.edge(since):
        stored = store.tile(level, n)
        # Halfway through, the stored edge is already wider than what has been hashed so far.
        if stored is None or not stored.startswith(hashes):
            raise IntegrityError(f"the stored tile {level}/{n} is not that of the entries: {RESTORE}")


@dataclass(slots=True)
class Filed:
    """Compares what is filed by id, time, subject and account with the entries, as they go by.

    Two sets are compared by the sum of their members' hashes: order does not matter, nothing is held in memory,
    and Python keys its hash anew in each process, so that no difference can be made to cancel out.
    """

    expected: int = 0
    last: int = 0
    seen: set[bytes] = field(default_factory=set)

    def add(self, entry: Entry, entry_id: bytes, data: bytes) -> None:
        """Raises IntegrityError when the row says another id or time than its leaf."""
        # The last two members of a leaf, in canonical order, are its time and version.
        stamped = data.endswith(b'"logged_at":"%b","v":1}' % stamp(entry.at).encode())
        if entry_id.hex() != entry.id or not stamped or entry.at < self.last:
            raise IntegrityError(f"entry {entry.index} is filed under another id or time than its own: {RESTORE}")
        self.last = entry.at
        for subject in subjects_of(entry):
            self.expected += hash((subject, entry.index, entry.at, data))
        filed = account_filed(entry)
        if filed is not None and filed[0] not in self.seen:
            self.seen.add(filed[0])
            self.expected += hash(filed)

    def compare(self, store: Store) -> None:
        """Raises IntegrityError when a history or account was filed otherwise, or is missing."""
        filed = sum(map(hash, store.all_histories())) + sum(map(hash, store.all_accounts()))
        if (filed - self.expected) & _HASH_BITS:
            raise IntegrityError(f"the histories filed in the log's database are not its entries': {RESTORE}")


def fold_all(store: Store, observer: Observer, filed: Filed | None = None) -> int:
    """Resets the observer and folds every entry into it. The last entry's time. The leaves must be proved."""
    observer.reset()
    at = 0
    for index, entry_id, at, data in store.everything():
        entry = trusted_entry(index, at, data)
        if filed is not None:
            filed.add(entry, entry_id, data)
        observer.fold(entry)
    return at
