"""Real processes for tests: one seeded world, copied for each test that changes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from registry.children import registry_command
from registry.demo.http import Client
from registry.demo.stage import free_port
from registry.settings import FILE
from tests.databases import copy_of, options

Found = TypeVar("Found")
PATIENCE = 60
ROOT = Path(__file__).parents[2]


def until(look: Callable[[], Found | None], what: str, seconds: float = PATIENCE) -> Found:
    """The first thing found that is not None or False."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


@dataclass(slots=True)
class Served:
    """One running `up`."""

    process: subprocess.Popen[bytes]
    data: Path
    port: int
    log: Path

    @property
    def card(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.data / "demo.json").read_text("utf-8"))
        return value

    def client(self, who: str = "") -> Client:
        return Client(f"http://127.0.0.1:{self.port}", self.card["tokens"][who] if who else "")

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text("utf-8", "replace")[-2000:]
        try:
            return self.client().get("/readyz").status == 200
        except OSError:
            return False

    def child(self, name: str) -> int | None:
        """The process id of a child, by its command line. granian may have renamed `web`."""
        for pid in children_of(self.process.pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
                if f" registry {name} ".encode() in words or (name == "web" and words.startswith(b"granian")):
                    return pid
        return None

    def family(self, name: str) -> list[int]:
        """The processes below a child; none while it is away."""
        pid = self.child(name)
        return [] if pid is None else children_of(pid)

    def everybody(self) -> list[int]:
        """Every process below `up`."""
        return [pid for child in children_of(self.process.pid) for pid in (child, *children_of(child))]

    def borrower(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.card["borrowers"] if one["name"] == name)
        return found

    def look_up(self, name: str) -> dict[str, Any]:
        body = {"account": self.borrower(name)["account"], "about": "contact", "purpose": self.card["purpose"],
                "mode": "number", "agent": self.card["agent"]}
        answer = self.client("collector").post("/v1/lookups", body)
        assert answer.status == 201, answer.text
        return answer.value

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def children_of(pid: int) -> list[int]:
    """Direct children of a process."""
    try:
        # Of every thread: who started a child is its parent.
        found = [one.read_text("ascii") for one in Path(f"/proc/{pid}/task").glob("*/children")]
    except FileNotFoundError:
        return []
    return [int(one) for one in " ".join(found).split()]


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def served(
    data: Path, *extra: str, demo: bool = True, environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """`up` on a free port, its folder named as people do; whatever is left of it is ended afterwards."""
    port, log = free_port(), data.parent / f"{data.name}.log"
    flags = ["--demo"] if demo else []
    new = [] if (data / FILE).exists() or not demo else options(data)
    with log.open("ab") as stream:
        process = subprocess.Popen(
            registry_command("up", "--data", data.name, "--port", str(port), *flags, *new, *extra),
            stdout=stream, stderr=stream, cwd=data.parent,
            env={**os.environ, "CONSENTRY_TRACE": "1", "PYTHONPATH": str(ROOT), **(environment or {})},
        )
    running = Served(process, data, port, log)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


def registry(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        registry_command(*arguments), input=stdin, capture_output=True, text=True, timeout=120, check=False)


def copy(world: Path, to: Path) -> Path:
    """A copy of a world that nobody serves. Paths in demo.json still point into the original, which is enough."""
    copy_of(world, to)
    settings = to / "consentry.json"
    value = json.loads(settings.read_text("utf-8"))
    value["key_file"] = str(to / "demo" / "key-encryption.key")
    settings.write_text(json.dumps(value), "utf-8")
    return to
