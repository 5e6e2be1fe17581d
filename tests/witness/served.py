"""Real witnesses: `python -m registry witness` in a process of its own, and what speaks HTTP to it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from registry.tlog.note import Verifier, parse_verifier
from registry.witness.witness import origin_hash
from tests.architecture.imports import ROOT


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Served:
    """A witness that listens, and its process."""

    process: subprocess.Popen[str]
    verifier: Verifier
    port: int
    said: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, body: bytes) -> Reply:
        """POST /add-checkpoint."""
        return self.ask("POST", "/add-checkpoint", body)

    def latest(self, origin: str) -> Reply:
        """The monitoring path."""
        return self.ask("GET", f"/{origin_hash(origin)}/checkpoint")

    def ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, answer.read().decode())
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> str:
        """Ends it by a signal; what it said on stderr."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[1]


def command(*arguments: str) -> list[str]:
    """The command line of a witness."""
    return [sys.executable, "-m", "registry", "witness", *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, logs: Sequence[str], *more: str, port: int | None = None) -> Served:
    """Starts one and waits until it listens. Whoever starts it ends it."""
    port = free_port() if port is None else port
    named = [word for one in logs for word in ("--log", one)]
    process = subprocess.Popen(
        command("--data", str(folder), "--listen", f"127.0.0.1:{port}", *named, *more),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = listening(process)
    return Served(process, parse_verifier(said[0]), port, tuple(said))


def listening(process: subprocess.Popen[str]) -> list[str]:
    """What a witness says until it listens."""
    said: list[str] = []
    assert process.stdout is not None
    while not said or not said[-1].startswith("listening on "):
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"the witness did not start: {said} {process.communicate()[1]}")
        said.append(line.strip())
    return said


@contextmanager
def serve(folder: Path, logs: Sequence[str], *more: str) -> Iterator[Served]:
    """A witness for as long as the block lasts."""
    served = start(folder, logs, *more)
    try:
        yield served
    finally:
        served.end()
