"""What is served is derived from the published size alone, and is enough for anybody to check everything."""

from __future__ import annotations

import pytest

from registry.errors import NotFoundError
from registry.tlog.proof import verify_proof
from registry.tlog.tiles import ENTRIES, WIDTH, bundles_of, pack_bundle, split_hashes, tiles_of
from registry.tlog.tree import leaf_hash
from tests.tlog.naive import mth
from tests.vault_log.world import World, life


def leaves(world: World) -> list[bytes]:
    return [data for _, data in world.log.leaves(0, 10_000)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_every_tile_of_the_published_size_is_served_and_right(world: World, size: int) -> None:
    world.fill(size)
    for _ in range(2):
        entries = leaves(world)
        for tile in tiles_of(size):
            span = 256**tile.level
            first = tile.n * WIDTH * span
            assert split_hashes(world.log.tile(tile.level, tile.n, tile.width) or b"", tile.width) == [
                mth(entries[first + i * span : first + (i + 1) * span]) for i in range(tile.width)
            ]
        world.reopen()


def test_every_bundle_of_the_published_size_is_served_and_right(world: World) -> None:
    world.fill(600)
    entries = leaves(world)
    for bundle in bundles_of(600):
        first = bundle.n * WIDTH
        assert world.log.entry_bundle(bundle.n, bundle.width) == pack_bundle(entries[first : first + bundle.width])


@pytest.mark.parametrize(("level", "n", "width"), [
    (0, 0, 0), (0, 0, 257), (0, 2, 89), (0, 3, 1), (0, -1, 1), (1, 0, 3), (1, 1, 1), (2, 0, 1), (63, 0, 1),
    (64, 0, 1), (ENTRIES, 0, 1), (-2, 0, 1), (0, 2**70, 1), (0, 0, -1),
])
def test_a_tile_that_the_published_size_does_not_cover_is_not_served(
    world: World, level: int, n: int, width: int
) -> None:
    world.fill(600)
    assert world.log.tile(level, n, width) is None


@pytest.mark.parametrize(("n", "width"), [(0, 0), (0, 257), (2, 89), (3, 1), (-1, 1)])
def test_a_bundle_that_the_published_size_does_not_cover_is_not_served(world: World, n: int, width: int) -> None:
    world.fill(600)
    assert world.log.entry_bundle(n, width) is None


def test_nothing_of_a_running_round_is_served(world: World) -> None:
    world.fill(10)
    with world.log.operation():
        entry = world.log.append(life(5))
    assert world.log.tile(0, 0, 11) is None
    assert world.log.entry_bundle(0, 11) is None
    with pytest.raises(NotFoundError):
        world.log.proof(entry.index)
    world.log.commit()
    assert world.log.tile(0, 0, 11) is not None
    assert world.log.entry_bundle(0, 11) is not None


def test_the_partial_tiles_of_every_published_size_stay_served(world: World) -> None:
    world.fill(3)
    narrow = world.log.tile(0, 0, 3)
    world.fill(300)
    assert world.log.tile(0, 0, 3) == narrow
    assert world.reopen().tile(0, 0, 3) == narrow


@pytest.mark.parametrize("size", [2, 256, 257, 700])
def test_every_entry_has_a_proof_that_verifies_also_after_a_restart(world: World, size: int) -> None:
    world.fill(size)
    for _ in range(2):
        for index, data in world.log.leaves(0, size):
            assert verify_proof(world.log.proof(index), data, world.key.verifier).size == size
        world.reopen()


def test_proofs_of_old_entries_follow_the_growing_log(world: World) -> None:
    for size in (3, 255, 256, 400, 513):
        world.fill(size)
        old = world.log.leaves(0, 3)
        for index, data in old:
            assert verify_proof(world.log.proof(index), data, world.key.verifier).size == size


@pytest.mark.parametrize("index", [-1, 10, 11, 2**63])
def test_there_is_no_proof_of_what_is_not_published(world: World, index: int) -> None:
    world.fill(10)
    with pytest.raises(NotFoundError):
        world.log.proof(index)


def test_the_tile_of_a_single_entry_is_its_leaf_hash(world: World) -> None:
    assert world.log.tile(0, 0, 1) == leaf_hash(leaves(world)[0])
