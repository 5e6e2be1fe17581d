"""What the story is played on: real processes in a folder of its own, a terminal, and claims that must hold."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from registry.children import registry_command
from registry.demo.http import Answer, Client
from registry.errors import ConsentryError

START_SECONDS = 120
WAIT_SECONDS = 20
STOP_SECONDS = 40

Found = TypeVar("Found")


class StoryError(ConsentryError):
    """A step of the story did not come true."""

    code = "story"


class Terminal:
    """Prints the story: numbered steps, what was sent, what came back, what holds."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._step = 0

    def step(self, title: str) -> None:
        self._step += 1
        self._console.print(f"\n[bold]{self._step}. {title}[/bold]")

    def say(self, line: str) -> None:
        for one in line.splitlines():
            self._console.print(f"   {one}", markup=False)

    def show(self, value: dict[str, Any], *names: str) -> None:
        """The named members of an answer, a line each."""
        for name in names:
            if name in value:
                self._console.print(f"     {name}: {json.dumps(value[name], ensure_ascii=False)}", markup=False)

    def holds(self, true: object, claim: str) -> None:
        """A claim that must hold. Raises StoryError."""
        if not true:
            raise StoryError(f"step {self._step}: it does not hold that {claim}")
        self._console.print(f"   [green]✓[/green] {claim}")


def expect(answer: Answer, status: int) -> dict[str, Any]:
    """The body of an answer that has this status. Raises StoryError."""
    if answer.status != status:
        raise StoryError(f"expected HTTP {status}, got {answer.status}: {answer.text[:300]}")
    return answer.value


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = WAIT_SECONDS) -> Found:
    """The first thing found. Raises StoryError when it does not come in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise StoryError(f"waited {seconds:.0f} s in vain for {what}")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served_world(folder: Path) -> Iterator[dict[str, Any]]:
    """`up --demo` in `folder`, ready; yields what demo.json says. Its own lines go to `up.log` there."""
    port, data, log = free_port(), folder / "data", folder / "up.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            registry_command("up", "--demo", "--data", str(data), "--port", str(port)), stdout=stream, stderr=stream,
        )
        try:
            _await_ready(process, port, log)
            yield json.loads((data / "demo.json").read_text("utf-8"))
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(STOP_SECONDS)
    if code != 0:
        raise StoryError(f"the processes did not stop cleanly; see {log} with --keep")


def command(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Another `python -m registry …`, its output kept."""
    return subprocess.run(  # noqa: S603 - our own interpreter
        registry_command(*arguments), input=stdin, capture_output=True, text=True, timeout=120, check=False,
    )


def _await_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    client = Client(f"http://127.0.0.1:{port}")

    def look() -> bool | None:
        if process.poll() is not None:
            raise StoryError(f"the processes did not start: {log.read_text('utf-8', 'replace')[-600:]}")
        try:
            return client.get("/readyz").status == 200 or None
        except OSError:
            return None

    wait_for(look, "the three processes", START_SECONDS)
