"""The folder in which web workers keep their numbers, so that one scrape sees all of them.

Imports nothing of prometheus_client, which looks at the environment when it is first imported.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name for it


def share(folder: Path, environment: MutableMapping[str, str]) -> None:
    """Has the workers that are forked from here keep their numbers in that folder, emptied first.

    A worker that dies leaves its file, and its counts stay in the sums; only a new start begins at nought.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    environment[SHARED] = str(folder)
