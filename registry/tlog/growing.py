"""A tree that grows at its right edge, in memory: one hash a leaf and one a node, nothing recomputed.

It keeps the nodes of the tiles at its right edge; older ones come from the stored tiles. Never patch a tree
after a failure: build another from the stored tiles.
"""

from __future__ import annotations

from registry.tlog import tree
from registry.tlog.errors import TlogError
from registry.tlog.tiles import WIDTH, TileReader, node_reader


class GrowingTree:
    """The tree over the leaves appended so far.

    `stored(level, n)` gives the hashes of a stored tile; it is asked for what was pruned, and at construction
    for the edge.
    """

    def __init__(self, stored: TileReader, size: int = 0) -> None:
        self.size = size
        self._stored = node_reader(stored)
        self._rows: list[list[bytes]] = []  # per binary level: node hashes from `_starts[level]` on
        self._starts: list[int] = []
        for level in range((size.bit_length() + 7) // 8):
            self._load_edge(stored, level)

    def append(self, leaf: bytes) -> None:
        """Adds a leaf hash."""
        value, level = leaf, 0
        n = self.size
        self.size += 1
        while True:
            if level == len(self._rows):
                self._rows.append([])
                self._starts.append(0)
            row = self._rows[level]
            row.append(value)
            if not n & 1:
                return
            value = tree.node_hash(row[-2], value)
            level, n = level + 1, n >> 1

    def node(self, level: int, n: int) -> bytes:
        """The hash of a complete subtree; from memory at the edge, else from stored tiles."""
        start = self._starts[level]
        if n >= start:
            return self._rows[level][n - start]
        return self._stored(level, n)

    def root(self) -> bytes:
        """The root over everything appended."""
        return tree.root_of(self.node, self.size)

    def edge(self, since: int) -> list[tuple[int, int, bytes]]:
        """(level, n, hashes) of every tile that differs from the tree of `since` leaves, as they are now.

        `since` must not be below the last pruned size.
        """
        tiles = []
        level = 0
        while count := self.size >> (8 * level):
            before = since >> (8 * level)
            if before == count:
                break
            for n in range(before // WIDTH, (count - 1) // WIDTH + 1):
                tiles.append((level, n, self.tile(level, n, min(WIDTH, count - n * WIDTH))))
            level += 1
        return tiles

    def tile(self, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of a tile that is still in memory. Raises TlogError when it is not."""
        row, start = self._rows[8 * level], self._starts[8 * level]
        first = n * WIDTH - start
        if first < 0 or first + width > len(row):
            raise TlogError("the tile is not in memory")
        return b"".join(row[first : first + width])

    def holds(self, level: int, n: int) -> bool:
        """Whether the tile is at the edge, in memory."""
        return 8 * level < len(self._starts) and n * WIDTH >= self._starts[8 * level]

    def prune(self, size: int) -> None:
        """Forgets every node outside the edge tiles of a tree of `size` leaves; those tiles must be stored."""
        for level in range(len(self._rows)):
            start = _edge_start(size, level)
            surplus = start - self._starts[level]
            if surplus > 0:
                del self._rows[level][:surplus]
                self._starts[level] = start

    def _load_edge(self, stored: TileReader, tile_level: int) -> None:
        first = 8 * tile_level
        count = self.size >> first
        row: list[bytes] = list(stored(tile_level, count // WIDTH))[: count % WIDTH] if count % WIDTH else []
        for level in range(first, first + 8):
            self._rows.append(row)
            self._starts.append(_edge_start(self.size, level))
            row = [tree.node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]


def _edge_start(size: int, level: int) -> int:
    """The first node, at a binary level, of the tile that holds the edge of a tree of `size` leaves."""
    tile_level, height = divmod(level, 8)
    return (size >> (8 * (tile_level + 1))) << (8 - height)
