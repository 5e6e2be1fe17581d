"""Tree, verify, replay and comparison beside hashlib: what keeping and what checking the whole history costs."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.comparing import decisions_compared
from bench.gates import Found
from bench.people import Prepared
from registry.audit.reader import FolderReader, entries_of, save
from registry.audit.replay import Memory, replay
from registry.audit.verify import verify
from registry.garbage import collect_rarely
from registry.settings import load
from registry.shipped import outcome_tables
from registry.tlog.growing import GrowingTree
from registry.tlog.tiles import ENTRIES, Tile
from registry.vault.server import Vault, open_vault
from tests.world import TODAY, WorldClock


class VaultReader:
    """The log of an opened vault, as a reader."""

    def __init__(self, vault: Vault) -> None:
        self._log = vault.desk.log

    def checkpoint(self) -> bytes:
        return self._log.checkpoint().encode("utf-8")

    def tile(self, tile: Tile) -> bytes:
        log, level = self._log, tile.level
        found = log.entry_bundle(tile.n, tile.width) if level == ENTRIES else log.tile(level, tile.n, tile.width)
        if found is None:
            raise RuntimeError(f"the log lacks {tile.path}")
        return found


NEEDED = 80  # people: of a few decisions the first, which read everything for the first time, would tell


def measure(prepared: Prepared) -> list[Found]:
    """Prints entries a second of hashing, tree, verify and replay on the log that the bench has made."""
    with tempfile.TemporaryDirectory() as name:
        vkey, size = _save(prepared, Path(name))
        reader = FolderReader(Path(name))
        leaves = list(entries_of(reader, size))
        collect_rarely()  # as the command does before it replays
        hashing = _seconds(lambda: [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves])
        rows = {
            "hashlib, leaves only": hashing,
            "tree, append": _seconds(lambda: _grow(leaves)),
            "audit verify": _seconds(lambda: hold(verify(reader, vkey))),
            "audit replay": _seconds(lambda: hold(replay(leaves, *outcome_tables()))),
        }
    print(f"\n{size} entries                     entries/s   to hashlib   load {os.getloadavg()[0]:.1f}")
    for row, seconds in rows.items():
        print(f"{row:<28} {size / seconds:>12.0f} {hashing / seconds:>12.2f}")
    decisions = decisions_replayed(leaves)
    print(f"{'decisions alone, of CPU':<28} {decisions:>12.0f}")
    compared = decisions_compared(leaves)
    print(f"{'compared, of CPU':<28} {compared:>12.0f}")
    print("replay checks each entry's form, kind and signatures (Ed25519) before it makes decisions again: the time "
          "of decisions is counted apart")
    return [
        Found("audit verify, entries a second, to hashlib's", hashing / rows["audit verify"]),
        Found("decisions replayed a second and core", decisions),
        Found("decisions compared a second and core", compared),
    ]


def decisions_replayed(leaves: Sequence[bytes]) -> float:
    """Decisions a second of CPU, the other entries being read already."""
    best = 0.0
    for _ in range(3):
        memory, spent = Memory(outcome_tables()), 0.0
        for index, leaf in enumerate(leaves):
            begun = time.process_time()
            memory.take(index, leaf)
            if b'"kind":"lookup-decided/1"' in leaf:
                spent += time.process_time() - begun
        best = max(best, memory.decisions / spent)
    return best


def _save(prepared: Prepared, folder: Path) -> tuple[str, int]:
    """A copy of the log in `folder`; its verifier key and size."""
    settings = load(prepared.data)
    vault = open_vault(settings.vault, settings.key_file, WorldClock(TODAY), os.urandom, demo=True)
    try:
        checkpoint = save(VaultReader(vault), folder)
        return vault.desk.keys.vkey, checkpoint.size
    finally:
        vault.close()


def _grow(leaves: list[bytes]) -> bytes:
    tree = GrowingTree(lambda _level, _n: [])
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def _seconds(work: Callable[[], object]) -> float:
    """The best of three runs."""
    best = float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


def hold(report: object) -> None:
    """A measurement of a check that failed would be worth nothing."""
    if not str(report).startswith("ok "):
        raise RuntimeError(str(report))
