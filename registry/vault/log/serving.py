"""What anyone may fetch of the log: tiles, bundles and proofs, derived from the published size alone."""

from __future__ import annotations

from registry.errors import NotFoundError
from registry.tlog.growing import GrowingTree
from registry.tlog.proof import format_proof
from registry.tlog.tiles import ENTRIES, WIDTH, Tile, exists, pack_bundle
from registry.tlog.tree import HASH_SIZE, inclusion_proof
from registry.vault.log.store import Store


def tile_bytes(store: Store, tree: GrowingTree, published: int, tile: Tile) -> bytes | None:
    """A hash tile or bundle, cut to its width; None when the published size does not cover it."""
    if not -1 <= tile.level <= 63 or not exists(tile, published):
        return None
    if tile.level == ENTRIES:
        first = tile.n * WIDTH
        return pack_bundle([data for _, _, data in store.range(first, first + tile.width)])
    if tree.holds(tile.level, tile.n):
        return tree.tile(tile.level, tile.n, tile.width)
    stored = store.tile(tile.level, tile.n) or b""
    return stored[: tile.width * HASH_SIZE]


def proof_text(tree: GrowingTree, published: int, checkpoint: str, index: int) -> str:
    """The tlog-proof of an entry. Raises NotFoundError when it is not published."""
    if not 0 <= index < published:
        raise NotFoundError("no published entry has this index")
    return format_proof(index, inclusion_proof(tree.node, index, published), checkpoint)
