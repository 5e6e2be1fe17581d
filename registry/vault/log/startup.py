"""What a vault checks about its log before it answers anything: first that the bytes are those it signed, then
that everything filed from them agrees with them.

A log of up to `WHOLE` entries is read whole at every start, and so is a longer one of which no state is kept. Of the
others the whole tree is made again from its tiles, and every entry since the kept state is read: what is left is
compared when it is read first, and in the background (`checked.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from registry.errors import IntegrityError
from registry.model.entries import trusted_entry
from registry.tlog.growing import GrowingTree
from registry.tlog.tiles import WIDTH, tile_root
from registry.tlog.tree import HASH_SIZE, root_of
from registry.vault.log.checked import is_stamped
from registry.vault.log.memory import Memory
from registry.vault.log.shelves import RESTORE, hash_of
from registry.vault.log.store import Store

HELD = 65_536  # leaves whose hashes are held in memory before they are compared with the stored tiles
WHOLE = 100_000  # entries: read in two seconds


@dataclass(frozen=True, slots=True)
class Proved:
    """The tree over all stored leaves, its roots at the sizes that were asked for, and of how many of its first
    entries neither the leaves nor what is filed was read."""

    tree: GrowingTree
    roots: dict[int, bytes]
    unread: int = 0


def prove(store: Store, sizes: Collection[int]) -> Proved:
    """Hashes every leaf again and compares the stored tiles. Raises IntegrityError on a gap or a difference."""
    tree = GrowingTree(store.tile_hashes)
    roots = {0: tree.root()}
    compared = 0
    for index, _, _, data in store.everything():
        if index != tree.size:
            raise IntegrityError(f"the log has no entry {tree.size}: {RESTORE}")
        tree.append(hash_of(index, data))
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


def fold_all(store: Store, memory: Memory) -> None:
    """Folds every entry, and compares everything that is filed. The leaves must be proved. Raises IntegrityError."""
    memory.reset()
    _fold_rest(store, memory)
    memory.shelves.compare_all(store, memory.size)


def resume(store: Store, memory: Memory, size: int, root: bytes, sizes: Collection[int]) -> Proved | None:
    """Makes the tree again from its tiles; goes to the kept state and reads the entries since.

    None where the log is to be read whole: it is short, no state of it is kept, or the tree with this size and root
    does not go on from that state. Raises IntegrityError on what is wrong with the tree, or with an entry since.
    """
    if size <= WHOLE:
        return None
    folded = memory.recall(store)
    if folded is None or folded.size > size or max(sizes) > size:
        return None
    tree = prove_tiles(store, size)
    if root_of(tree.node, folded.size) != folded.root or tree.root() != root:
        return None
    hashes = b"".join(data for _, data in store.tile_row(0, folded.size // WIDTH))
    base = folded.size // WIDTH * WIDTH
    for index, _, _, data in store.everything(folded.size):
        place = (index - base) * HASH_SIZE
        if hashes[place:place + HASH_SIZE] != hash_of(index, data):
            raise IntegrityError(f"entry {index} is not that of the stored tile: {RESTORE}")
    _fold_rest(store, memory)
    if memory.size != size:
        raise IntegrityError(f"the log has {memory.size} entries, and {size} by its head: {RESTORE}")
    return Proved(tree, {one: root_of(tree.node, one) for one in sizes} | {size: root}, folded.size)


def prove_tiles(store: Store, size: int) -> GrowingTree:
    """The tree of `size` entries as its tiles have it: each tile hashed and compared with the one above, up to the
    root. Raises IntegrityError when they do not fit together."""
    level, above = 0, None
    while count := size >> (8 * level):
        roots, width = [], 0
        for n, hashes in store.tile_row(level, 0):
            here = min(WIDTH, count - n * WIDTH) * HASH_SIZE
            if n * WIDTH * HASH_SIZE != width or len(hashes) != here:
                raise _of_tiles(level, n)
            if above is not None and above[width:width + here] != hashes:
                raise _of_tiles(level, n)
            width += here
            if here == WIDTH * HASH_SIZE:
                roots.append(tile_root(hashes))
        if width != count * HASH_SIZE:
            raise _of_tiles(level, width // HASH_SIZE // WIDTH)
        level, above = level + 1, b"".join(roots)
    return GrowingTree(store.tile_hashes, size)


def _fold_rest(store: Store, memory: Memory) -> None:
    for index, entry_id, at, data in store.everything(memory.size):
        entry = trusted_entry(index, at, data)
        if index != memory.size:
            raise IntegrityError(f"the log has no entry {memory.size}: {RESTORE}")
        if entry_id.hex() != entry.id or not is_stamped(at, data) or at < memory.last:
            raise IntegrityError(f"entry {index} is filed under another id or time than its own: {RESTORE}")
        memory.fold(entry, data)


def _of_tiles(level: int, n: int) -> IntegrityError:
    return IntegrityError(f"the stored tile {level}/{n} does not fit the tiles below: {RESTORE}")
