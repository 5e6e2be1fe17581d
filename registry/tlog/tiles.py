"""Tiles and entry bundles (C2SP tlog-tiles): their path grammar, which exist at a size, how they are packed.

Tile (level, n) holds up to 256 hashes: the roots of complete subtrees of 256^level leaves, from n·256 on.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from registry.tlog.errors import TlogError
from registry.tlog.tree import HASH_SIZE, Node, node_hash

WIDTH = 256
MAX_LEVEL = 63
ENTRIES = -1

# (tile level, n) -> the hashes stored in that tile, as many as there are.
TileReader = Callable[[int, int], Sequence[bytes]]
_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<n>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile's place. `level` is 0..63, or ENTRIES for a bundle; `width` 1..256, 256 = full."""

    level: int
    n: int
    width: int

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`, N in groups of three digits, all but the last behind an x."""
        groups = [f"{self.n % 1000:03d}"]
        rest = self.n // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_path(path: str) -> Tile:
    """The tile of a path `tile/…`. Raises TlogError on anything the grammar does not say exactly."""
    match = _PATH.match(path.removeprefix("tile/")) if path.startswith("tile/") else None
    if match is None:
        raise TlogError("not the path of a tile")
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    tile = Tile(level, int(re.sub(r"[x/]", "", match["n"])), int(match["width"] or WIDTH))
    # Writing it again refuses what the pattern lets by: leading x000 groups, p/256 and above, levels above 63.
    if tile.path != path or tile.level > MAX_LEVEL or tile.width > WIDTH:
        raise TlogError("not the path of a tile")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every hash tile that a log of this size serves, level by level; the last of a level may be partial."""
    level = 0
    while count := size >> (8 * level):
        yield from _row(level, count)
        level += 1


def bundles_of(size: int) -> Iterator[Tile]:
    """Every entry bundle that a log of this size serves."""
    return _row(ENTRIES, size)


def exists(tile: Tile, size: int) -> bool:
    """Whether a log of this size can derive the tile (a narrower part of a full tile still counts)."""
    count = size if tile.level == ENTRIES else size >> (8 * tile.level)
    return tile.n >= 0 and 1 <= tile.width <= WIDTH and tile.n * WIDTH + tile.width <= count


def split_hashes(data: bytes, width: int) -> list[bytes]:
    """The hashes in a tile. Raises TlogError unless there are exactly `width`."""
    if len(data) != width * HASH_SIZE:
        raise TlogError("a tile has another length than its width says")
    return [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """A bundle: uint16 big-endian length and bytes of each entry."""
    return b"".join(part for entry in entries for part in (struct.pack(">H", len(entry)), entry))


def split_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries in a bundle. Raises TlogError unless there are exactly `width` and nothing else."""
    entries = []
    start, end = 0, len(data)
    while start + 2 <= end:
        stop = start + 2 + (data[start] << 8 | data[start + 1])
        entries.append(data[start + 2 : stop])
        start = stop
    if start != end or len(entries) != width:
        raise TlogError("a bundle does not hold the number of entries that its width says")
    return entries


def node_in_tile(hashes: Sequence[bytes], height: int, n: int) -> bytes:
    """The root over the 2^height hashes of a tile from n·2^height on; `n` counts within the tile."""
    row = list(hashes[n << height : (n + 1) << height])
    if len(row) != 1 << height:
        raise TlogError("the tile is too narrow for this subtree")
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def tile_root(data: bytes) -> bytes:
    """The root over the hashes of a full tile, from its bytes: the audit's inner loop."""
    while len(data) > HASH_SIZE:
        data = b"".join([sha256(b"\x01" + data[at : at + 64]).digest() for at in range(0, len(data), 64)])
    return data


def node_reader(read: TileReader) -> Node:
    """A Node over tiles: level = 8·tile level + height inside the tile."""

    def node(level: int, n: int) -> bytes:
        tile_level, height = divmod(level, 8)
        shift = 8 - height
        return node_in_tile(read(tile_level, n >> shift), height, n & ((1 << shift) - 1))

    return node


def _row(level: int, count: int) -> Iterator[Tile]:
    for n in range(count // WIDTH):
        yield Tile(level, n, WIDTH)
    if count % WIDTH:
        yield Tile(level, count // WIDTH, count % WIDTH)
