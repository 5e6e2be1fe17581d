from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.tlog.errors import TlogError
from registry.tlog.growing import GrowingTree
from registry.tlog.peaks import Peaks
from registry.tlog.tiles import split_hashes, tiles_of
from registry.tlog.tree import consistency_proof, inclusion_proof, leaf_hash, root_of
from tests.tlog import naive


class Tiles:
    """Stored tiles, as a database would hold them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, n: int) -> list[bytes]:
        data = self.rows.get((level, n), b"")
        return split_hashes(data, len(data) // 32)

    def keep(self, tree: GrowingTree, since: int) -> None:
        for level, n, hashes in tree.edge(since):
            assert hashes.startswith(self.rows.get((level, n), b""))  # a tile only grows
            self.rows[level, n] = hashes


def entry(index: int) -> bytes:
    return index.to_bytes(3, "big")


def grown(batches: list[int], reload_every: int = 0) -> tuple[GrowingTree, Tiles]:
    """A tree grown batch by batch, pruned after each; loaded anew from its tiles every few batches."""
    tiles = Tiles()
    tree = GrowingTree(tiles.read)
    for number, batch in enumerate(batches):
        before = tree.size
        for index in range(before, before + batch):
            tree.append(leaf_hash(entry(index)))
        tiles.keep(tree, before)
        tree.prune(before)
        if reload_every and number % reload_every == 0:
            tree = GrowingTree(tiles.read, tree.size)
    return tree, tiles


@settings(max_examples=40)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.integers(0, 3), st.integers())
def test_a_grown_tree_is_the_naive_tree_however_it_was_batched(
    batches: list[int], reload_every: int, seed: int
) -> None:
    tree, tiles = grown(batches, reload_every)
    entries = [entry(index) for index in range(sum(batches))]
    assert tree.root() == naive.mth(entries)
    choose = random.Random(seed)
    index, old = choose.randrange(len(entries)), choose.randrange(len(entries) + 1)
    assert inclusion_proof(tree.node, index, tree.size) == naive.path(index, entries)
    assert consistency_proof(tree.node, old, tree.size) == naive.proof(old, entries)
    assert root_of(tree.node, old) == naive.mth(entries[:old])
    stored = {(tile.level, tile.n): tile.width for tile in tiles_of(tree.size)}
    assert {place: len(data) // 32 for place, data in tiles.rows.items()} == stored


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 66_000])
def test_a_tree_of_three_tile_levels_goes_on_after_being_loaded_again(size: int) -> None:
    tree, tiles = grown([60_000, size - 60_000], reload_every=1)
    peaks = Peaks()
    for index in range(size):
        peaks.add(0, leaf_hash(entry(index)))
    assert tree.root() == peaks.root()
    tree.append(leaf_hash(b"more"))
    assert tree.root() == peaks.root([leaf_hash(b"more")])
    assert {place: len(data) // 32 for place, data in tiles.rows.items()} == {
        (tile.level, tile.n): tile.width for tile in tiles_of(size)
    }


def test_memory_holds_only_the_edge_after_pruning() -> None:
    tree, _ = grown([5_000])
    tree.prune(5_000)
    assert not tree.holds(0, 18)
    assert tree.holds(0, 19)
    assert tree.holds(1, 0)
    assert not tree.holds(2, 0)
    assert sum(map(len, tree._rows)) < 600
    with pytest.raises(TlogError):
        tree.tile(0, 18, 256)


@given(st.integers(0, 40), st.integers(0, 40))
def test_peaks_know_the_root_without_keeping_what_comes_after(kept: int, more: int) -> None:
    entries = [entry(index) for index in range(kept + more)]
    peaks = Peaks()
    for one in entries[:kept]:
        peaks.add(0, leaf_hash(one))
    assert peaks.root(map(leaf_hash, entries[kept:])) == naive.mth(entries)
    assert peaks.root() == naive.mth(entries[:kept])
