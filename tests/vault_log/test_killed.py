"""A vault's process is killed for real, at each point where it may die: what it answered is there, and no fork."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from registry.errors import ConflictError
from registry.vault.log import Log
from tests.vault_log.witness import WatchedKey, assert_no_fork, assert_whole
from tests.vault_log.world import HandClock, Key, Recorder, World, an_id, genesis, life

POINTS = ["received", "inside-integrate", "integrated", "signed", "guarded", "published"]
ROUNDS = 400
KILLED = -signal.SIGKILL

fork = multiprocessing.get_context("fork")


class TellingKey(Key):
    """Tells each text before it returns the signature: what was signed and then lost is known too."""

    def __init__(self, tell: Connection) -> None:
        super().__init__()
        self._tell = tell

    def sign(self, text: bytes) -> bytes:
        self._tell.send(("signed", text))
        return super().sign(text)


class Dying:
    """Ends the process at the n-th time at a point, by kill -9: nothing is flushed, nothing is closed."""

    def __init__(self, point: str, times: int) -> None:
        self.point, self.times = point, times

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.times -= 1
            if self.times == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def vault(folder: Path, tell: Connection, point: str, times: int) -> None:
    """Appends two entries a round, two operations, and answers when committed."""
    log = Log.open(folder, TellingKey(tell), HandClock(), Recorder(), faults=Dying(point, times))
    for number in range(100, 100 + 2 * ROUNDS, 2):
        for one in (number, number + 1):
            with log.operation():
                log.append(life(one, borrower=one % 3))
        log.commit()
        tell.send(("answered", number))
        tell.send(("answered", number + 1))
    os._exit(0)


def creator(folder: Path, tell: Connection, point: str, times: int) -> None:
    Log.create(folder, TellingKey(tell), HandClock(), Recorder(), genesis(), faults=Dying(point, times))
    os._exit(0)


def told(connection: Connection) -> Iterator[tuple[str, object]]:
    while True:
        try:
            yield connection.recv()
        except EOFError:
            return


def run_until_dead(target, folder: Path, point: str, times: int) -> tuple[int | None, list[int], list[bytes]]:
    """(exit code, numbers answered, texts signed)."""
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=target, args=(folder, there, point, times))
    process.start()
    there.close()
    heard = list(told(here))
    process.join()
    here.close()
    return (
        process.exitcode,
        [number for what, number in heard if what == "answered"],
        [text for what, text in heard if what == "signed"],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    world = World(tmp_path)
    world.fill(250)  # dies around a tile's end
    world.log.close()
    return world.folder


@pytest.mark.parametrize("point", POINTS)
def test_a_vault_killed_at_a_point_has_everything_it_answered(folder: Path, point: str) -> None:
    signed: list[bytes] = []
    answered: set[int] = set()
    for times in (1, 2, 4, 9):
        code, numbers, texts = run_until_dead(vault, folder, point, times)
        assert code == KILLED
        answered.update(numbers)
        signed += texts
        key, observer = WatchedKey(), Recorder()
        log = Log.open(folder, key, HandClock(), observer)
        assert_whole(log, observer)
        assert all(log.find(an_id(number)) for number in answered)
        assert_no_fork(log, signed + key.signed)
        log.close()
    assert len(answered) > 5


@pytest.mark.parametrize("point", POINTS)
def test_a_creation_killed_at_a_point_is_completed_or_done_again(tmp_path: Path, point: str) -> None:
    code, _, signed = run_until_dead(creator, tmp_path, point, 1)
    assert code == KILLED
    key, observer = WatchedKey(), Recorder()
    try:
        log = Log.create(tmp_path, key, HandClock(), observer, genesis())
    except ConflictError:
        log = Log.open(tmp_path, key, HandClock(), observer)
    assert_whole(log, observer)
    assert log.size == 1
    assert_no_fork(log, signed + key.signed)
    log.close()


def test_a_vault_killed_at_any_moment_has_everything_it_answered(folder: Path) -> None:
    signed: list[bytes] = []
    answered: list[object] = []
    for milliseconds in (3, 11, 17, 29):
        here, there = fork.Pipe(duplex=False)
        process = fork.Process(target=vault, args=(folder, there, "never", 0))
        process.start()
        there.close()
        heard = [here.recv()]  # it is at work
        time.sleep(milliseconds / 1000)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        heard += told(here)
        process.join()
        here.close()
        answered += [number for what, number in heard if what == "answered"]
        signed += [text for what, text in heard if what == "signed"]
        key, observer = WatchedKey(), Recorder()
        log = Log.open(folder, key, HandClock(), observer)
        assert_whole(log, observer)
        assert all(log.find(an_id(number)) for number in answered)
        assert_no_fork(log, signed + key.signed)
        log.close()
    assert answered
