"""Starting servers for a bench and reading how much CPU they and their children used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SETTLE_SECONDS = 60.0
LOOKING = 3.0   # seconds between two looks
RESTING = 20.0  # milliseconds of CPU a second: less than a vault uses while it reads ahead
ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree_of(pid: int) -> list[int]:
    """A process and all its descendants; none of one that has ended."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(one for child in children for one in tree_of(int(child)))]


def cpu_of(pid: int) -> Counter[str]:
    """Milliseconds of user and system CPU of a process tree so far, by what each process is."""
    total: Counter[str] = Counter()
    for one in tree_of(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total[command_of(one)] += (int(fields[11]) + int(fields[12])) * 1000 // TICKS
    return total


def read_ahead(pid: int) -> float:
    """Waits until the vault has read ahead of whoever was approved: it does so for a twentieth of the time. The CPU
    that it used meanwhile (ms), beyond what it uses when nobody asks."""
    begun, before = time.monotonic(), cpu_of(pid)["vault"]
    last, now = 0.0, before
    while now - last > RESTING * LOOKING and time.monotonic() - begun < SETTLE_SECONDS:
        last = now
        time.sleep(LOOKING)
        now = cpu_of(pid)["vault"]
    return now - before - (now - last) / LOOKING * (time.monotonic() - begun)


def settle(pid: int, idle: float) -> dict[str, float]:
    """Waits until a tree does no more than it does when nobody asks, `idle` ms of CPU a second. What it used
    meanwhile beyond that (ms)."""
    begun, before = time.monotonic(), cpu_of(pid)
    last = before.total()
    while time.monotonic() - begun < SETTLE_SECONDS:
        time.sleep(0.5)
        now = cpu_of(pid)
        if now.total() - last <= 0.5 * idle + 2000 / TICKS:
            break
        last = now.total()
    used = cpu_of(pid)
    used.subtract(before)
    scale = max(0.0, 1 - idle * (time.monotonic() - begun) / (used.total() or 1))
    return {name: value * scale for name, value in used.items()}


def command_of(pid: int) -> str:
    """The registry's command that a process runs; `worker` for what it forked, and for any other server."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return words[words.index("registry") + 1] if "registry" in words else "worker"


@contextmanager
def running(arguments: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[int]:
    """A server as a child process until the block ends; yields its pid once the port answers."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"{arguments[:4]} ended with {process.returncode}") from None
                time.sleep(0.1)
        else:
            raise RuntimeError(f"nothing listens on port {port}")
        time.sleep(1.0)
        yield process.pid
    finally:
        family = tree_of(process.pid)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            for one in family:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            process.wait(5)
