from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.tlog.errors import TlogError
from registry.tlog.tiles import (
    ENTRIES,
    Tile,
    bundles_of,
    exists,
    node_in_tile,
    pack_bundle,
    parse_path,
    split_bundle,
    split_hashes,
    tile_root,
    tiles_of,
)
from tests.tlog import naive

GOOD = {
    "tile/0/000": Tile(0, 0, 256),
    "tile/0/x001/x234/067": Tile(0, 1_234_067, 256),
    "tile/3/999.p/255": Tile(3, 999, 255),
    "tile/63/x001/000.p/1": Tile(63, 1000, 1),
    "tile/entries/000.p/12": Tile(ENTRIES, 0, 12),
    "tile/entries/x001/x000/000": Tile(ENTRIES, 1_000_000, 256),
}
BAD = [
    "", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/01/000",
    "tile/64/000", "tile/99/000", "tile/-1/000", "tile/+1/000", "tile/0/x000/001", "tile/0/x000/000",
    "tile/0/001/002", "tile/0/x001", "tile/0/x001/x002", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
    "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/1/", "tile/0/000/", "/tile/0/000", "tile/0/000\n",
    "tile/0/\u0660\u0660\u0660", "tile/0/ 00", "tile/data/000", "tile/8/0/000", "tile/Entries/000", "tile/0/X001/000",
    "tile/0/000.P/1", "tile/0/../000", "0/000", "tile/0/000.p/999",
]


@pytest.mark.parametrize("path", GOOD)
def test_a_path_reads_as_its_tile_and_writes_back(path: str) -> None:
    assert parse_path(path) == GOOD[path]
    assert GOOD[path].path == path


@pytest.mark.parametrize("path", BAD)
def test_any_other_spelling_is_no_tile(path: str) -> None:
    with pytest.raises(TlogError):
        parse_path(path)


@given(st.integers(-1, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_every_tile_has_one_path(level: int, n: int, width: int) -> None:
    tile = Tile(level, n, width)
    assert parse_path(tile.path) == tile


def widths(size: int) -> list[tuple[int, int, int]]:
    """(level, full tiles, width of the partial one), as the specification counts them."""
    rows: dict[int, tuple[int, int]] = {}
    for tile in tiles_of(size):
        full, partial = rows.get(tile.level, (0, 0))
        rows[tile.level] = (full + 1, partial) if tile.width == 256 else (full, tile.width)
    return [(level, *row) for level, row in rows.items()]


@pytest.mark.parametrize(("size", "expected"), [
    (0, []),
    (1, [(0, 0, 1)]),
    (255, [(0, 0, 255)]),
    (256, [(0, 1, 0), (1, 0, 1)]),
    (257, [(0, 1, 1), (1, 0, 1)]),
    (70_000, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]),
])
def test_the_tiles_of_a_size_are_those_of_the_specification(
    size: int, expected: list[tuple[int, int, int]]
) -> None:
    assert widths(size) == expected


def test_the_bundles_of_a_size_cover_each_entry_once() -> None:
    assert list(bundles_of(600)) == [Tile(ENTRIES, 0, 256), Tile(ENTRIES, 1, 256), Tile(ENTRIES, 2, 88)]


@pytest.mark.parametrize(("tile", "size", "there"), [
    (Tile(0, 0, 256), 256, True), (Tile(0, 0, 256), 255, False), (Tile(0, 0, 255), 255, True),
    (Tile(0, 0, 3), 256, True), (Tile(1, 0, 1), 256, True), (Tile(1, 0, 1), 255, False),
    (Tile(1, 0, 2), 511, False), (Tile(2, 0, 1), 65_536, True), (Tile(2, 0, 1), 65_535, False),
    (Tile(ENTRIES, 1, 1), 257, True), (Tile(ENTRIES, 1, 2), 257, False), (Tile(0, 0, 0), 256, False),
    (Tile(0, 0, 257), 999, False), (Tile(0, -1, 1), 999, False), (Tile(63, 0, 1), 2**62, False),
])
def test_a_tile_exists_when_the_size_covers_it(tile: Tile, size: int, there: bool) -> None:
    assert exists(tile, size) is there


@given(st.lists(st.binary(max_size=70), max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert split_bundle(pack_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(("data", "width"), [
    (b"", 1), (b"\0", 0), (b"\0\1", 1), (b"\0\1ab", 1), (b"\0\0", 0), (b"\0\0\0\0", 1), (b"\xff\xff", 1),
])
def test_a_bundle_of_another_length_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(TlogError):
        split_bundle(data, width)


@pytest.mark.parametrize("data", [b"", b"\0" * 31, b"\0" * 33, b"\0" * 64])
def test_a_tile_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(TlogError):
        split_hashes(data, 1)


@given(st.integers(0, 8), st.data())
def test_a_subtree_inside_a_tile_has_the_naive_root(height: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, (256 >> height) - 1))
    entries = [bytes([value]) for value in range(256)]
    hashes = [naive.mth([entry]) for entry in entries]
    assert node_in_tile(hashes, height, n) == naive.mth(entries[n << height : (n + 1) << height])
    assert tile_root(b"".join(hashes)) == naive.mth(entries)


def test_a_subtree_that_a_partial_tile_lacks_is_refused() -> None:
    with pytest.raises(TlogError):
        node_in_tile([bytes(32)] * 3, 1, 1)
