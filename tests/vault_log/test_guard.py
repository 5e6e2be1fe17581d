from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import IntegrityError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.tree import EMPTY_ROOT, leaf_hash
from registry.vault.log.guard import Guard, Guarded
from tests.vault_log.world import Key

KEY = Key()


def checkpoint(size: int, root: bytes = b"") -> Checkpoint:
    return Checkpoint(KEY.name, size, root or (leaf_hash(bytes([size])) if size else EMPTY_ROOT))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Guard.begin(tmp_path / "guard", sign_checkpoint(checkpoint(0), KEY))
    return tmp_path / "guard"


def advance(guard: Guard, since: Guarded, new: Checkpoint) -> Guarded:
    return guard.advance(since, sign_checkpoint(new, KEY), new)


def test_a_guard_remembers_the_last_of_many_checkpoints(path: Path) -> None:
    guard = Guard(path, KEY.verifier)
    here = guard.read()
    for size in range(1, 8):
        here = advance(guard, here, checkpoint(size))
        assert guard.read() == here
        assert here.checkpoint == checkpoint(size)
    guard.close()
    assert Guard(path, KEY.verifier).read() == here
    assert path.stat().st_size == 8192


def test_the_same_checkpoint_may_be_signed_again(path: Path) -> None:
    guard = Guard(path, KEY.verifier)
    here = advance(guard, guard.read(), checkpoint(3))
    assert advance(guard, here, checkpoint(3)).checkpoint == checkpoint(3)


@pytest.mark.parametrize("new", [checkpoint(2), checkpoint(0), checkpoint(3, leaf_hash(b"other"))])
def test_a_guard_never_goes_back_nor_aside(path: Path, new: Checkpoint) -> None:
    guard = Guard(path, KEY.verifier)
    here = advance(guard, guard.read(), checkpoint(3))
    with pytest.raises(IntegrityError):
        advance(guard, here, new)
    assert guard.read() == here


def test_a_guard_that_somebody_else_moved_is_not_overwritten(path: Path) -> None:
    guard = Guard(path, KEY.verifier)
    stale = guard.read()
    moved = advance(guard, stale, checkpoint(1))
    with pytest.raises(IntegrityError):
        advance(guard, stale, checkpoint(2))
    assert guard.read() == moved


def test_one_guard_is_held_by_one_at_a_time(path: Path) -> None:
    guard = Guard(path, KEY.verifier)
    with pytest.raises(UnavailableError):
        Guard(path, KEY.verifier)
    guard.close()
    Guard(path, KEY.verifier).close()


@pytest.mark.parametrize("start", [0, 4096])
def test_a_guard_that_is_written_over_while_it_is_held_is_noticed(path: Path, start: int) -> None:
    guard = Guard(path, KEY.verifier)
    here = advance(guard, guard.read(), checkpoint(1))
    before = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"something else")
    if start == 4096 * (here.turn % 2):
        with pytest.raises(IntegrityError):
            advance(guard, here, checkpoint(2))
        with path.open("r+b") as file:
            file.write(before)
    assert advance(guard, here, checkpoint(2)).checkpoint == checkpoint(2), "the older slot is there to be lost"


def test_a_guard_without_a_word_in_it_is_refused(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(IntegrityError):
        Guard(path, KEY.verifier).read()
