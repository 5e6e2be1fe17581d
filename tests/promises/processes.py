"""A real `python -m registry vault` on a saved world: killed, started again, asked again until it answers."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.children import registry_command
from registry.clients import VaultClient
from registry.errors import UnavailableError
from registry.settings import FILE, Settings
from registry.up import socket_folder
from tests.databases import given
from tests.world import ORIGIN, World

PATIENCE = 60.0  # seconds


@dataclass(slots=True)
class Running:
    """One vault process after another, on one folder and one socket."""

    data: Path
    sockets: Path
    process: subprocess.Popen[bytes] | None = None
    client: VaultClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = VaultClient(self.sockets / "vault.sock")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Starts it; does not wait for it."""
        with (self.data / "vault.log").open("ab") as log:
            self.process = subprocess.Popen(
                registry_command("vault", "--data", str(self.data), "--sockets", str(self.sockets), "--demo"),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )

    def said(self) -> str:
        """What the processes printed, and how the last one ended: for whoever asks why there is no answer."""
        assert self.process is not None
        return f"exit code {self.process.poll()}: " + (self.data / "vault.log").read_text("utf-8", "replace")[-2000:]

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is closed, nobody is told."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def until_answered(self, op: str, args: dict[str, Any], give_up: Callable[[], bool] = lambda: False) -> Any:
        """The answer, asked for again as often as there is none: what a careful client does. None when given up."""
        deadline = time.monotonic() + PATIENCE
        while not give_up():
            try:
                return self.client.call(op, args)
            except UnavailableError:
                assert time.monotonic() < deadline, f"nobody answers {op}; {self.said()}"
                time.sleep(0.01)
        return None

    def alive(self) -> None:
        """A courier follows: without one nothing is opened. Waits until there is a vault."""
        self.until_answered("follow", {"after": 0, "limit": 1, "courier": True})


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls return, each made in a thread of its own, all let go at the same moment."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Held still by SIGSTOP: alive, connections open; what was not killed in between goes on afterwards."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def vault_process(world: World) -> Iterator[Running]:
    """Serves a world, whose own vault is closed for it; afterwards the world has its vault again."""
    install(world)
    with socket_folder() as sockets:
        running = Running(world.folder, sockets)
        running.start()
        try:
            running.alive()
            yield running
        finally:
            running.kill()
    take_back(world)


def install(world: World) -> None:
    """Makes the world's folder one that the commands serve."""
    world.vault.close()
    if not (world.folder / FILE).exists():
        Settings(world.folder, ORIGIN, True, world.folder / "outside.key", "http://127.0.0.1",
                 **given(world.folder)).save()


def take_back(world: World) -> None:
    """Opens the vault here again. A served demo's clock has run on: the world's goes on from the last entry."""
    world.reopen()
    last = world.vault.desk.log.entry(world.vault.desk.log.size - 1)
    assert last is not None
    world.clock.at = max(world.clock.at, last.at)
