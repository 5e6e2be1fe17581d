"""System calls of a real vault that fail, or take long, by strace; scripts/faults installs it.

Only root may trace a vault: it makes itself undumpable. REQUIRE_FAULTS=1 (set in .ci/run) makes a skip a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.system.world import until

REQUIRED = os.environ.get("REQUIRE_FAULTS", "0") not in ("", "0")


@cache
def why_not() -> str:
    """Why nothing can be traced here; empty where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can trace a vault"
    if shutil.which("strace") is None:
        return "strace is not installed: as root, scripts/faults does it"
    done = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "this machine lets nobody trace"


def needs_strace() -> None:
    """Skips, or fails where that is forbidden."""
    if why_not():
        assert not REQUIRED, f"REQUIRE_FAULTS is set, and {why_not()}"
        pytest.skip(why_not())


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to which calls on which files of the vault's folder; in strace's words."""

    files: Sequence[str]
    calls: str
    what: str  # error=EIO, retval=100, delay_enter=…

    def options(self, folder: Path, output: Path) -> list[str]:
        """Of strace."""
        paths = [word for name in self.files for word in ("-P", str(folder / name))]
        return ["strace", "-f", "-qq", "-o", str(output), *paths, "-e", f"trace={self.calls}",
                "-e", f"inject={self.calls}:{self.what}"]

    def __str__(self) -> str:
        return f"{self.calls} of {'+'.join(self.files)}: {self.what}"


@contextmanager
def traced(pid: int, fault: Fault, folder: Path, output: Path) -> Iterator[None]:
    """A running process has this fault for as long as the block lasts."""
    output.unlink(missing_ok=True)
    tracer = subprocess.Popen([*fault.options(folder, output), "-p", str(pid)])
    try:
        until(lambda: _tracer_of(pid) == tracer.pid, "strace to attach")
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def _tracer_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("TracerPid:")[2].split(maxsplit=1)[0])
