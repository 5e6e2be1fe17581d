"""Every write of the log is broken twice: it failed, and it failed but was persisted."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.vault.log.guard import Guard
from tests import vault_engine
from tests.vault_log.witness import WatchedKey, assert_no_fork, assert_whole
from tests.vault_log.world import START, Broken, Recorder, World, an_id, life

# The points in order; the entries of the broken round are in the log from "integrated" on.
POINTS = ["received", "inside-integrate", "integrated", "signed", "guarded", "published"]
LATE = POINTS[2:]


class WatchedWorld(World):
    """A world whose key remembers what it signed."""

    def __init__(self, folder: Path) -> None:
        self.watched = WatchedKey()
        super().__init__(folder, self.watched)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WatchedWorld]:
    world = WatchedWorld(tmp_path)
    world.fill(255)  # the next entries complete a tile
    yield world
    world.log.close()


def break_at(world: WatchedWorld, point: str, error: Callable[[], BaseException] = Broken) -> None:
    """Tries to add two entries; the log breaks on the way."""
    world.faults.point, world.faults.error = point, error
    with pytest.raises((Broken, ConsentryError, KeyboardInterrupt)):
        world.add(life(11), life(12))
    assert world.faults.point is None, "the point was never reached"


@pytest.mark.parametrize("point", POINTS)
def test_a_log_broken_at_any_point_goes_on_in_the_same_process(world: WatchedWorld, point: str) -> None:
    break_at(world, point)
    assert (world.log.find(an_id(11)) is not None) == (point in LATE)
    entries = world.add(life(11), life(12), life(13))
    assert [entry.index for entry in entries] == [255, 256, 257]
    assert_whole(world.log, world.observer)
    assert_no_fork(world.log, world.watched.signed)


@pytest.mark.parametrize("point", POINTS)
def test_a_log_broken_at_any_point_is_sound_when_opened_again(world: WatchedWorld, point: str) -> None:
    break_at(world, point)
    world.reopen()
    assert (world.log.find(an_id(11)) is not None) == (point in LATE)
    assert_whole(world.log, world.observer)
    world.add(life(13), life(12), life(11))
    assert world.log.size == 258
    assert_whole(world.log, world.observer)
    assert_no_fork(world.log, world.watched.signed)


@pytest.mark.parametrize("point", LATE)
def test_what_was_integrated_but_not_answered_is_published_with_the_next_commit(
    world: WatchedWorld, point: str
) -> None:
    break_at(world, point)
    world.log.commit()
    assert world.log.published == 257
    assert_whole(world.log, world.observer)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("again", POINTS)
def test_a_log_broken_twice_in_a_row_is_still_one_log(world: WatchedWorld, point: str, again: str) -> None:
    break_at(world, point)
    world.faults.point = again
    with pytest.raises(Broken):
        world.add(life(21), life(22))
    world.reopen()
    world.add(life(11), life(12), life(21), life(22))
    assert world.log.size == 259
    assert_whole(world.log, world.observer)
    assert_no_fork(world.log, world.watched.signed)


@pytest.mark.parametrize("error", [
    lambda: sqlite3.OperationalError("database or disk is full"), lambda: OSError(28, "no space left"),
])
@pytest.mark.parametrize("point", POINTS[1:])
def test_failing_storage_is_told_as_unavailable(
    world: WatchedWorld, point: str, error: Callable[[], BaseException]
) -> None:
    world.faults.point, world.faults.error = point, error
    with pytest.raises(UnavailableError) as caught:
        world.add(life(11))
    assert caught.value.code == "log-unavailable"
    world.add(life(11))
    assert_whole(world.log, world.observer)


def test_an_interrupt_in_the_middle_of_a_commit_is_survived(world: WatchedWorld) -> None:
    break_at(world, "inside-integrate", KeyboardInterrupt)
    world.add(life(11))
    assert_whole(world.log, world.observer)


def test_no_operation_of_a_failed_round_is_taken_for_done(world: WatchedWorld) -> None:
    # SQLite gives up a whole transaction when the disk is full: the first operation's entry goes with it.
    with world.log.operation():
        world.log.append(life(11))
    with pytest.raises(UnavailableError):
        _lose_the_transaction(world)
    with pytest.raises(UnavailableError), world.log.operation():
        world.log.append(life(13))
    with pytest.raises(UnavailableError):
        world.log.commit()
    assert world.log.find(an_id(11)) is None
    world.add(life(14))
    assert world.log.size == 256
    assert_whole(world.log, world.observer)
    assert_no_fork(world.log, world.watched.signed)


def _lose_the_transaction(world: WatchedWorld) -> None:
    with world.log.operation():
        world.log.append(life(12))
        world.log._store.rollback()
        raise sqlite3.OperationalError("database or disk is full")


def test_an_operation_that_swallows_a_half_done_write_is_undone(
    world: WatchedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(account: bytes, borrower: bytes) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(world.log._store, "add_leaf", lambda *row: full(b"", b""))
    with pytest.raises(UnavailableError):
        _swallow(world)
    monkeypatch.undo()
    world.add(life(12))
    assert world.log.find(an_id(11)) is None
    assert_whole(world.log, world.observer)


def _swallow(world: WatchedWorld) -> None:
    with world.log.operation():
        try:
            world.log.append(life(11))
        except sqlite3.OperationalError:
            world.log.remember("s", "k", b"f", b"a", START)


@vault_engine.sqlite_only
def test_a_disk_that_is_really_full_loses_nothing_that_was_answered(world: WatchedWorld) -> None:
    pages = int(world.log._store._run("PRAGMA page_count").fetchone()[0])
    world.log._store._run(f"PRAGMA max_page_count={pages + 2}")
    answered: list[str] = []
    with pytest.raises(UnavailableError):
        _add_until_it_fails(world, answered)
    assert answered
    world.log._store._run("PRAGMA max_page_count=1000000")
    world.add(life(999))
    assert all(world.log.find(one) for one in answered)
    world.reopen()
    assert all(world.log.find(one) for one in answered)
    assert_whole(world.log, world.observer)
    assert_no_fork(world.log, world.watched.signed)


def _add_until_it_fails(world: WatchedWorld, answered: list[str]) -> None:
    for number in range(11, 500):
        world.add(life(number, borrower=number))
        answered.append(an_id(number))


@pytest.mark.parametrize("cut", [0, 20, 300, 4096])
def test_a_torn_write_of_the_guard_leaves_the_one_before(
    world: WatchedWorld, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    write = os.pwrite

    def torn(file: int, data: bytes, offset: int) -> int:
        write(file, data[:cut], offset)
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "pwrite", torn)
    with pytest.raises(UnavailableError):
        world.add(life(11))
    monkeypatch.undo()
    world.reopen()
    assert world.log.find(an_id(11)) is not None
    world.add(life(12))
    assert_whole(world.log, world.observer)
    assert_no_fork(world.log, world.watched.signed)


def test_after_the_guard_refused_nothing_more_is_written(world: WatchedWorld) -> None:
    # A second vault on a copy of the database moved the guard: ours must stop.
    stale = world.log._guarded
    world.add(life(11))
    world.log._guarded = stale
    with pytest.raises(IntegrityError):
        world.add(life(12))
    published = world.log.published
    with pytest.raises(IntegrityError), world.log.operation():
        pytest.fail("an operation began on a log that had to stop")
    with pytest.raises(IntegrityError):
        world.log.commit()
    assert world.log.published == published


def test_a_guard_that_changed_while_a_round_failed_stops_the_log(world: WatchedWorld) -> None:
    other = Checkpoint(world.key.name, world.log.published, bytes(32))
    Guard.begin(world.folder / "guard.other", sign_checkpoint(other, world.key))
    changed = (world.folder / "guard.other").read_bytes()
    (world.folder / "guard").write_bytes(changed)
    world.faults.point = "integrated"
    with pytest.raises(IntegrityError):
        world.add(life(11))
    with pytest.raises(IntegrityError):
        world.log.commit()


def test_a_round_that_memory_and_database_disagree_about_is_not_committed(world: WatchedWorld) -> None:
    with world.log.operation():
        world.log.append(life(11))
    world.log._waiting.clear()  # as an interrupt between two statements would leave it
    with pytest.raises(RuntimeError):
        world.log.commit()
    world.add(life(12))
    assert world.log.find(an_id(11)) is None
    assert_whole(world.log, world.observer)


def test_an_observer_that_cannot_be_rebuilt_stops_the_log(world: WatchedWorld) -> None:
    break_at(world, "integrated")
    world.observer.refuse = lambda entry: entry.index == 3
    world.faults.point = "integrated"
    with pytest.raises(ArithmeticError):
        world.add(life(13))
    with pytest.raises(IntegrityError):
        world.log.commit()
    world.observer = Recorder()
    world.reopen()
    assert_whole(world.log, world.observer)
