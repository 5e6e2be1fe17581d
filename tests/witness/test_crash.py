"""Killed at any point, a witness never cosigns two roots of one size."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from registry.tlog.cosignature import cosigner_of, verify_cosignatures
from registry.witness.keys import WitnessKey
from registry.witness.store import WitnessStore
from registry.witness.witness import Witness
from tests.witness.logs import ShownLog
from tests.witness.served import ROOT

LOG = ShownLog()
FORKED = ShownLog(history="two", differs=5)  # both grow out of the first five leaves
KEY = WitnessKey("witness.invalid", bytes(32))
POINTS = ("verified", "writing", "committing", "written", "answered")

# A life of a witness that is killed at the point it is told, while a log grows from five leaves to nine.
LIFE = """
import os, signal, sys
from pathlib import Path
from tests.witness.test_crash import LOG, witness
point, folder = sys.argv[1], Path(sys.argv[2])
def die(here):
    if here == point and armed:
        os.kill(os.getpid(), signal.SIGKILL)
armed = False
lived = witness(folder, die)
assert lived.add_checkpoint(LOG.request(0, 5)).status == 200
armed = True
print(lived.add_checkpoint(LOG.request(5, 9)).body, end="", flush=True)
die("answered")
"""


def witness(folder: Path, faults) -> Witness:  # type: ignore[no-untyped-def]
    return Witness(KEY, {LOG.origin: (LOG.verifier,)}, WitnessStore(folder, faults), lambda: 7, lambda _fork: None)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("first", [LOG, FORKED], ids=["the same log next", "another history next"])
def test_killed_at_any_point_it_never_cosigns_two_roots_of_one_size(
    tmp_path: Path, point: str, first: ShownLog
) -> None:
    ended = subprocess.run([sys.executable, "-c", LIFE, point, str(tmp_path)], cwd=ROOT, capture_output=True,
                           text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    released = [LOG] if ended.stdout else []
    assert bool(released) is (point == "answered")
    again = witness(tmp_path, lambda _point: None)
    for log in (first, LOG, FORKED):
        held = again.store.held(LOG.origin)
        assert held is not None
        answer = again.add_checkpoint(log.request(held.size, 9))
        if answer.status == 200:
            assert verify_cosignatures(log.note(9) + answer.body, [cosigner_of(KEY)]) == {cosigner_of(KEY): 7}
            released.append(log)
        else:
            assert answer.status == 422
    assert len({log.checkpoint(9).root for log in released}) == 1
    again.store.close()


def test_what_is_answered_was_synced(tmp_path: Path) -> None:
    store = WitnessStore(tmp_path)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL: each commit waits for the disk
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_a_write_that_failed_halfway_leaves_what_was_there(tmp_path: Path) -> None:
    def fail(here: str) -> None:
        if here == "committing" and armed:
            raise sqlite3.OperationalError("disk I/O error")

    armed = False
    lived = witness(tmp_path, fail)
    lived.add_checkpoint(LOG.request(0, 5))
    armed = True
    assert lived.add_checkpoint(LOG.request(5, 9)).status == 503
    armed = False
    assert lived.add_checkpoint(FORKED.request(5, 9)).status == 200
    assert lived.add_checkpoint(LOG.request(9, 9)).status == 422
    lived.store.close()


def test_a_write_that_failed_but_is_on_disk_is_found_there(tmp_path: Path) -> None:
    def fail(here: str) -> None:
        if here == "written" and armed:
            raise sqlite3.OperationalError("disk I/O error")

    armed = False
    lived = witness(tmp_path, fail)
    lived.add_checkpoint(LOG.request(0, 5))
    armed = True
    assert lived.add_checkpoint(LOG.request(5, 9)).status == 503
    armed = False
    assert lived.add_checkpoint(LOG.request(5, 9)).body == "9\n"
    assert lived.add_checkpoint(FORKED.request(9, 9)).status == 422
    assert lived.add_checkpoint(LOG.request(9, 9)).status == 200
    lived.store.close()
