"""The folder in which web workers keep their numbers, so that one scrape sees all of them.

Imports nothing of prometheus_client, which looks at the environment when it is first imported.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name for it
# prometheus_client's files of one worker, and bytes for every label set we have, twice over.
RESERVED = {"counter": 256 * 1024, "histogram": 1024 * 1024}


def share(folder: Path, environment: MutableMapping[str, str]) -> None:
    """Has the workers that are forked from here keep their numbers in that folder, emptied first.

    A worker that dies leaves its file, and its counts stay in the sums; only a new start begins at nought.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    environment[SHARED] = str(folder)


def reserve(environment: Mapping[str, str], pid: int) -> None:
    """Takes the room on disk for one worker's numbers, before it counts. Raises OSError where there is none.

    The files are mapped into memory, and made with holes: on a full disk, counting into a hole ends a process by
    SIGBUS, however little it had to do with the disk.
    """
    for kind, size in RESERVED.items():
        file = os.open(Path(environment[SHARED]) / f"{kind}_{pid}.db", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, size)
        finally:
            os.close(file)
