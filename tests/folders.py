"""Where a run's temporary folders lie: in memory, where the system has such a folder with room.

The suite waits for the disk at every round of a vault, some ten thousand times, and no test is about how long that
takes. A killed process loses no more in memory than on a disk, and what a power cut loses is tried on images that
tests/crashes mounts. `--basetemp`, PYTEST_DEBUG_TEMPROOT or TMPDIR name another place, such as a real disk.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")
ROOM = 8 * 1024**3  # bytes: a whole run leaves less than half of it, beside what its processes hold
NAMED_BY = ("PYTEST_DEBUG_TEMPROOT", "TMPDIR")


def in_memory(config: pytest.Config) -> bool:
    """Whether this run's folders lie in memory from now on. Asked before the first is made, by whoever has no
    controller."""
    if config.option.basetemp is not None or any(name in os.environ for name in NAMED_BY) or not has_room():
        return False
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(SHARED_MEMORY)  # read by pytest alone; workers are told by theirs
    return True


def has_room() -> bool:
    """Whether there is such a folder for us, with room in it and in the machine's memory."""
    if not os.access(SHARED_MEMORY, os.W_OK) or shutil.disk_usage(SHARED_MEMORY).free < ROOM:
        return False
    free = next((line for line in Path("/proc/meminfo").read_text("ascii").splitlines()
                 if line.startswith("MemAvailable:")), "MemAvailable: 0 kB")
    return int(free.split()[1]) * 1024 >= ROOM


class InMemory:
    """Gives the memory back after a run in which nothing failed. A plugin."""

    failed = True

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.failed = exitstatus != pytest.ExitCode.OK

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
        if not self.failed:
            shutil.rmtree(factory.getbasetemp(), ignore_errors=True)
