"""A sync that failed leaves pages that we read and the disk does not have. The guard never rests on such a page.

The disk is played: what a sync that succeeded wrote is on it; what one that failed should have written is not, and
only a new write brings it there (that is Linux: fsync(2), and the PostgreSQL project's "fsyncgate" of 2018).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from registry.errors import UnavailableError
from registry.vault.log.guard import FILE, SLOT, Guard, peek
from tests.vault_log.witness import WatchedKey, assert_no_fork
from tests.vault_log.world import World, life

_pwrite, _fdatasync, _open = os.pwrite, os.fdatasync, os.open


class Disk:
    """What of the guard file is on the disk, and what waits in the page cache."""

    def __init__(self, path: Path) -> None:
        self.path, self.image = path, bytearray(path.read_bytes())
        self.dirty: list[tuple[int, bytes]] = []
        self.fails = 0
        self.short = False
        self.answered = 0

    def pwrite(self, file: int, data: bytes, start: int) -> int:
        if self.short:
            data = data[:100]
        self.dirty.append((start, bytes(data)))
        return _pwrite(file, data, start)

    def fdatasync(self, file: int) -> None:
        for at in (0, 90, 512, 2048, SLOT):  # the power may go now, and sectors are the old ones or the new ones
            assert self.after_a_cut(at) >= self.answered
        waiting, self.dirty = self.dirty, []
        if self.fails:
            self.fails -= 1
            raise OSError(errno.EIO, "input/output error")
        for start, data in waiting:
            self.image[start:start + len(data)] = data

    def after_a_cut(self, at: int) -> int:
        """The guard's size after a power cut that let this many bytes of each waiting write through."""
        image = bytearray(self.image)
        for start, data in self.dirty:
            image[start:start + len(data[:at])] = data[:at]
        self.path.with_name("cut").write_bytes(image)
        return size_in(self.path.with_name("cut"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, WatchedKey())
    world.fill(9)
    yield world
    world.log.close()


@pytest.fixture
def disk(world: World, monkeypatch: pytest.MonkeyPatch) -> Disk:
    played = Disk(world.folder / FILE)
    monkeypatch.setattr(os, "pwrite", played.pwrite)
    monkeypatch.setattr(os, "fdatasync", played.fdatasync)
    return played


def size_in(path: Path) -> int:
    return int(peek(path).split("\n")[1])


def signed(world: World) -> list[bytes]:
    assert isinstance(world.key, WatchedKey)
    return world.key.signed


def test_after_a_failed_sync_a_torn_write_never_takes_the_guard_back_behind_what_was_answered(
    world: World, disk: Disk
) -> None:
    # Seen to fail: the slot that was never written was believed, and the last one on the disk was written over.
    for fails in (1, 2, 3, 4, 5, 1):
        disk.fails, disk.answered = fails, world.log.published
        with pytest.raises(UnavailableError):
            world.add(life(world.fresh()))
        while disk.fails:
            with suppress(UnavailableError):
                world.add(life(world.fresh()))
        for _ in range(3):
            world.add(life(world.fresh()))
            assert size_in(disk.path) == world.log.published
            disk.answered = world.log.published
    world.reopen()
    assert_no_fork(world.log, signed(world))


def test_the_slot_a_dead_process_could_not_sync_is_on_the_disk_before_the_next_one_signs(
    world: World, disk: Disk
) -> None:
    disk.fails = 99
    with pytest.raises(UnavailableError):
        world.add(life(1))
    world.log.close()
    disk.fails = 0
    world.reopen()
    assert disk.image == disk.path.read_bytes(), "what is read is on the disk"
    disk.fails = 99
    with pytest.raises(UnavailableError):
        world.add(life(2))
    assert disk.after_a_cut(0) == world.log.published


def test_a_guard_that_cannot_be_made_durable_lets_no_vault_start(world: World, disk: Disk) -> None:
    world.log.close()
    disk.fails = 1
    with pytest.raises(OSError, match="input/output"):
        world.reopen()
    world.reopen()


def test_a_short_write_is_a_failed_one(world: World, disk: Disk) -> None:
    # Seen to fail: its length was not looked at, and a torn slot counted as the newest.
    disk.short = True
    with pytest.raises(UnavailableError):
        world.add(life(1))
    published = world.log.published
    disk.short = False
    world.add(life(2))
    assert world.log.published == published + 2
    assert size_in(disk.path) == world.log.published
    fresh = disk.path.with_name("other")
    disk.short = True
    with pytest.raises(OSError, match="in part"):
        Guard.begin(fresh, peek(disk.path))
    assert not fresh.exists()
