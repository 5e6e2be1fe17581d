"""P1: no answer carries a number before its entry is durable and signed; where the log cannot write, nothing leaves.

A permit, or its repetition, is in flight while the vault breaks at each named point: an error is raised there, or the
process that serves the socket is gone at once.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from registry.clients import VaultClient
from registry.errors import ConsentryError, UnavailableError
from registry.model.ids import new_id
from registry.up import socket_folder
from registry.vault.server import serve
from registry.vault.vault import Outcome, Vault
from tests import vault_engine
from tests.databases import only_sqlite
from tests.promises.covered import assert_covered, durable, number_left, permits
from tests.promises.processes import vault_process
from tests.promises.saved import Ready, Saved
from tests.system.world import until
from tests.world import World

POINTS = ("received", "inside-integrate", "integrated", "signed", "guarded", "published")
INTEGRATED = POINTS[2:]  # from here on the entry is in the log for ever
KILLED = 9
PATIENCE = 20  # seconds

fork = multiprocessing.get_context("fork")


class Breaker:
    """At the n-th time at a point: does what it is told to."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act, self.point, self.times = act, "", 0

    def arm(self, point: str, times: int = 1) -> None:
        self.point, self.times = point, times

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.times -= 1
            if self.times == 0:
                self.act()


def fails(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error
    return act


def opened_with(ready: Ready, breaker: Breaker) -> World:
    """The same world behind a vault that can be broken."""
    world = ready.world
    world.vault.close()
    world.vault = Vault.open(
        world.folder / "vault", world.kek, world.clock, os.urandom, demo=True, faults=breaker,
    )
    return world


def watched(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes how large the log is whenever a sealed value is opened, and that all of it is durable by then."""
    keys, log, seen = world.vault.desk.keys, world.vault.desk.log, []
    unseal = keys.unseal

    def watching(*args: Any) -> str:
        assert durable(world, log.size - 1), "a value was opened before what allows it was durable and signed"
        seen.append(log.size)
        return unseal(*args)

    monkeypatch.setattr(keys, "unseal", watching)
    return seen


def test_nothing_is_opened_before_its_entry_is_durable_and_signed(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, person = ready.world, ready.people[0]
    seen = watched(world, monkeypatch)
    first = world.lookup(person, key="same")
    assert_covered(world, person, first)
    assert seen == [first["log_index"] + 1] * 2  # name and number
    again = world.lookup(person, key="same")
    assert_covered(world, person, again)
    (redelivered,) = world.entries("lookup-redelivered/1")
    assert seen[2:] == [redelivered.index + 1] * 2


ERRORS = {
    "an unforeseen error": lambda: RuntimeError("told to fail"),
    "a full disk": lambda: OSError(errno.ENOSPC, "no space left"),
    "a failing database": lambda: sqlite3.OperationalError("disk I/O error"),
}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("point", POINTS)
def test_a_permit_that_fails_at_a_point_carries_no_number(
    ready: Ready, monkeypatch: pytest.MonkeyPatch, point: str, error: str
) -> None:
    breaker = Breaker(fails(ERRORS[error]()))
    world, person = opened_with(ready, breaker), ready.people[0]
    seen = watched(world, monkeypatch)
    world.alive()
    breaker.arm(point)
    assert not any(map(number_left, tried(world, ("lookup", world.asked(person, key="same")))))
    assert breaker.times == 0, "the point was never reached"
    assert seen == [], "nothing was even opened"
    monkeypatch.undo()
    world.reopen()
    assert len(permits(world, person)) == (point in INTEGRATED)
    assert_covered(world, person, world.lookup(person, key="same"))
    assert len(permits(world, person)) == 1
    assert len(world.entries("lookup-redelivered/1")) == (point in INTEGRATED)


@pytest.mark.parametrize("point", POINTS)
def test_a_refused_opening_that_cannot_be_written_carries_no_number_either(
    ready: Ready, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    breaker = Breaker(fails(sqlite3.OperationalError("disk I/O error")))
    world, person = opened_with(ready, breaker), ready.people[0]
    seen = watched(world, monkeypatch)
    world.alive()
    hold = world.draft("hold-placed/1", {
        "hold": "ab" * 16, "borrower": person.borrower, "type": "dispute"}, world.lender, "ab" * 16).value()
    # The round's first commit holds permit and hold; the second one was to say that the opening is refused.
    breaker.arm(point, times=3 if point == "received" else 2)
    outcomes = tried(world, ("lookup", world.asked(person, key="same")), ("append", {"entry": hold}))
    assert breaker.times == 0
    assert (any(map(number_left, outcomes)), seen) == (False, [])
    world.reopen()
    again = world.lookup(person, key="same")
    assert (again["verdict"], number_left(again)) == ("deny", False)


def tried(world: World, *requests: tuple[str, dict[str, Any]]) -> list[Outcome]:
    try:
        return world.vault.round(requests)
    except Exception as error:
        # The process would end here: nobody is answered.
        return [ConsentryError(type(error).__name__)]


@pytest.mark.parametrize("broken", ["the database", "the guard's write", "the guard's sync"])
def test_where_the_log_cannot_write_nothing_leaves(
    ready: Ready, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    world, person = ready.world, ready.people[0]
    seen = watched(world, monkeypatch)
    world.alive()

    def full(*args: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        if broken == "the database":
            vault_engine.forbid_writing(world.vault.desk.log._store, forbidden=True)
        else:
            patch.setattr(os, "pwrite" if broken.endswith("write") else "fdatasync", full)
        for _ in range(2):
            with pytest.raises(UnavailableError):
                world.call("lookup", **world.asked(person, key="same"))
        assert seen == []
    vault_engine.forbid_writing(world.vault.desk.log._store, forbidden=False)
    assert_covered(world, person, world.lookup(person, key="same"))
    assert len(permits(world, person)) == 1


class Served(VaultClient):
    """A client of a vault in another process."""

    def __init__(self, path: Path, process: BaseProcess) -> None:
        super().__init__(path)
        self._process = process

    def ended(self) -> None:
        """Waits until the process is gone: its sockets close before its lock is let go."""
        self._process.join(PATIENCE)


@pytest.fixture
def served(ready: Ready) -> Iterator[tuple[World, Callable[[Breaker], Served]]]:
    """The world, and a way to serve it in another process that breaks as told."""
    children = []
    with ExitStack() as short:
        def start(breaker: Breaker) -> Served:
            ready.world.vault.close()
            path = short.enter_context(socket_folder()) / "vault.sock"
            child = fork.Process(target=_serve, args=(ready, breaker, path), daemon=True)
            child.start()
            children.append(child)
            client = Served(path, child)
            until(partial(answers, client), "a vault that answers", PATIENCE)
            return client

        yield ready.world, start
        for child in children:
            child.join(PATIENCE)
            assert child.exitcode == KILLED


def answers(client: VaultClient) -> bool:
    """A courier follows: without one nothing is opened."""
    with suppress(UnavailableError):
        return bool(client.call("follow", {"after": 0, "limit": 1, "courier": True}))
    return False


def _serve(ready: Ready, breaker: Breaker, path: Path) -> None:
    serve(opened_with(ready, breaker).vault, path, {os.getuid()}, lambda stop: None)


@pytest.mark.parametrize("answered", [0, 1], ids=["first", "repeated"])
@pytest.mark.parametrize("point", POINTS)
def test_a_vault_killed_at_a_point_let_out_no_number_without_its_entry(
    ready: Ready, served: tuple[World, Callable[[Breaker], Served]], point: str, answered: int
) -> None:
    world, start = served
    person, breaker = ready.people[0], Breaker(lambda: os._exit(KILLED))
    asked = world.asked(person, key="same")
    breaker.arm(point, times=1 + answered)
    client = start(breaker)
    left = [client.call("lookup", asked) for _ in range(answered)]
    with pytest.raises(UnavailableError):
        client.call("lookup", asked)
    client.ended()
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    for answer in left:
        assert_covered(world, person, answer)
    # Without its answer, an entry may be there; an answer without its entry never.
    assert len(permits(world, person)) == (answered or point in INTEGRATED)
    assert_covered(world, person, world.lookup(person, key="same"))
    assert len(permits(world, person)) == 1
    assert len(world.entries("lookup-redelivered/1")) == answered + (point in INTEGRATED)


@only_sqlite("the disk is the server's there")
def test_a_real_vault_whose_disk_is_full_answers_no_lookup_and_recovers(saved: Saved, tmp_path: Path) -> None:
    ready = saved.restore(tmp_path / "data")
    world, person = ready.world, ready.people[0]
    asked = world.asked(person, key=new_id(os.urandom))
    with vault_process(world) as running:
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        with pytest.raises(UnavailableError):
            running.client.call("lookup", asked)
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        answer = running.until_answered("lookup", asked)
    assert_covered(world, person, answer)
    assert len(permits(world, person)) == 1
