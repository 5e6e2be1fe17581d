"""The vault process ends at a point of its work: what lies in its files then is all that is left."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from registry.vault.rounds import Request
from tests import vault_engine
from tests.promises.machine.town import Town, reopen
from tests.promises.machine.watch import Watch

POINTS = ("received", "inside-integrate", "integrated", "signed", "guarded", "published")


class DiedError(BaseException):
    """Nobody catches it but who ended the process."""


def crashes(town: Town, watch: Watch, point: str, nth: int, requests: Sequence[Request]) -> bool:
    """Runs a round in a vault that dies when it reaches a point for the nth time, and starts it again.

    The files are copied at that very moment: whatever the dying process does afterwards is undone. Returns whether
    it died; else the round was answered as usual.
    """
    folder, left = town.folder / "vault", 0
    saved = town.folder / "as-it-was"

    def dies(reached: str) -> None:
        nonlocal left
        if reached == point:
            left += 1
            if left == nth:
                _copy(folder, saved)
                raise DiedError

    town.vault.close()
    reopen(town, watch, dies)
    town.alive()
    try:
        town.vault.round(list(requests))
    except DiedError:
        town.vault.close()
        shutil.rmtree(folder)
        saved.rename(folder)
        watch.seen[f"died {point}"] += 1
        reopen(town, watch)
        watch.check_all()
        return True
    town.vault.close()
    reopen(town, watch)
    watch.check_all()
    return False


def _copy(folder: Path, saved: Path) -> None:
    """As a power cut would leave them: SQLite's shared memory is not on the disk; a server ends what was begun."""
    vault_engine.cut(folder)
    shutil.copytree(folder, saved, ignore=shutil.ignore_patterns("*-shm"))
