"""Calls on a running vault's files fail: input/output error, no space, half a write, a sync that does not come back.

Nothing is answered that is not durable, whoever asks is told in words, the same process goes on once the disk does,
and the next one begins; a start that cannot be made says so in one line.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from registry.children import MARK, registry_command
from registry.errors import UnavailableError
from registry.model.ids import new_id
from tests.crashes.tracing import Fault, needs_strace, traced
from tests.databases import ON_POSTGRESQL
from tests.promises.covered import assert_covered, number_left, permits
from tests.promises.processes import Running, vault_process
from tests.promises.saved import Ready, Saved
from tests.promises.test_p3_survives_kill import assert_prefixes
from tests.system.world import until

LOG, KEYS, GUARD = ("log.db-wal",), ("keys.db-wal",), ("guard",)
SYNC = "fsync,fdatasync"
OF_THE_GUARD = [
    Fault(GUARD, "pwrite64", "error=EIO"), Fault(GUARD, "pwrite64", "retval=100"), Fault(GUARD, SYNC, "error=EIO"),
    Fault(GUARD, SYNC, "error=ENOSPC:when=1"), Fault(GUARD, "pread64", "error=EIO"),
]
OF_SQLITE = [
    Fault(LOG, "pwrite64", "error=EIO"), Fault(LOG, "pwrite64", "error=ENOSPC:when=2"),
    Fault(LOG, "pwrite64", "retval=0"), Fault(LOG, SYNC, "error=EIO"), Fault(LOG, SYNC, "error=EIO:when=1"),
    Fault(KEYS, "pwrite64", "error=ENOSPC"), Fault(KEYS, SYNC, "error=EIO"), Fault(KEYS, SYNC, "error=EIO:when=1"),
]
RUNNING = OF_THE_GUARD + ([] if ON_POSTGRESQL else OF_SQLITE)
AT_START = ([] if ON_POSTGRESQL else [  # in this order: whoever gets further empties the write-ahead logs before
    Fault(("keys.db",), "pwrite64", "error=ENOSPC"), Fault(("keys.db",), SYNC, "error=EIO"),
    Fault(("log.db",), SYNC, "error=EIO"), Fault(("log.db", "log.db-wal"), "pread64", "error=EIO:when=4+"),
]) + [Fault(GUARD, SYNC, "error=EIO"), Fault(GUARD, "pread64", "error=EIO")]
CODES = {"log-unavailable", "storage-unavailable", "vault-unavailable"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    needs_strace()
    return Saved.make(tmp_path_factory.mktemp("bad-disk") / "world", people=1)


@pytest.fixture
def ready(saved: Saved, tmp_path: Path) -> Ready:
    return saved.restore(tmp_path / "data")


@pytest.fixture
def running(ready: Ready) -> Iterator[Running]:
    with vault_process(ready.world) as found:
        yield found


def deposit(ready: Ready) -> dict[str, Any]:
    """Writes keys, entries, guard."""
    ref = new_id(os.urandom)
    return {
        "by": ready.world.lender.value(), "id": ref, "name": {"given": "Ming"}, "residence": "CN",
        "languages": ["zh-CN"], "channels": [{"medium": "email", "value": f"{ref}@demo.invalid", "use": "personal"}],
        "idem": {"scope": "deposit", "key": ref, "request": ref},
    }


def refused(running: Running, op: str, args: dict[str, Any]) -> str:
    with pytest.raises(UnavailableError) as caught:
        running.client.call(op, args)
    return caught.value.code


def test_a_disk_that_fails_in_any_way_makes_nobody_believe_anything(ready: Ready, running: Running) -> None:
    vault, notes, acked = ready.world.folder / "vault", list[str](), list[tuple[dict[str, Any], dict[str, Any]]]()
    permit = ready.world.asked(ready.people[0], key="k")
    for place, fault in enumerate(RUNNING):
        request, pid = deposit(ready), running.pid
        with traced(pid, fault, vault, ready.world.folder / "strace"):
            assert refused(running, "register-borrower", request) in CODES, fault
            if "when" not in fault.what and not acked:
                assert refused(running, "lookup", permit) in CODES, fault
            if place % 4 == 3:
                running.kill()  # what failed is in the page cache, or half of it
        if place % 4 == 3:
            running.start()
            running.alive()
        acked.append((request, running.until_answered("register-borrower", request)))
        notes.append(running.client.call("checkpoint", {})["text"])
        assert place % 4 == 3 or running.pid == pid
    answer = running.until_answered("lookup", permit)
    assert number_left(answer)
    running.kill()
    running.start()
    running.alive()
    for request, first in acked:
        assert running.client.call("register-borrower", request)["log_index"] == first["log_index"]
    running.kill()
    ready.world.reopen()
    assert len(permits(ready.world, ready.people[0])) == 1
    assert_covered(ready.world, ready.people[0], answer)
    assert_prefixes(ready.world, notes)


def test_nothing_is_answered_while_a_sync_has_not_come_back(ready: Ready, running: Running) -> None:
    vault, output = ready.world.folder / "vault", ready.world.folder / "strace"
    for files in [GUARD] if ON_POSTGRESQL else [LOG, KEYS, GUARD]:
        request, slow = deposit(ready), Fault(files, SYNC, "delay_enter=60000000")
        with ThreadPoolExecutor(1) as pool:
            with traced(running.pid, slow, vault, output):
                asked = pool.submit(running.client.call, "register-borrower", request)
                until(lambda: output.exists() and "sync(" in output.read_text(), "the sync")
                assert not asked.done()
                os.kill(running.pid, signal.SIGKILL)
            with pytest.raises(UnavailableError):
                asked.result()
        running.kill()
        running.start()
        assert running.until_answered("register-borrower", request)["log_index"]


def test_a_start_that_the_disk_does_not_allow_says_so_in_one_line(ready: Ready, running: Running) -> None:
    request = deposit(ready)
    running.client.call("register-borrower", request)
    running.kill()  # leaves write-ahead logs
    data, output = ready.world.folder, ready.world.folder / "strace"
    for fault in AT_START:
        command = [*fault.options(data / "vault", output), "--seccomp-bpf",
                   *registry_command("vault", "--data", str(data), "--sockets", str(running.sockets), "--demo")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False,
                              env={**os.environ, MARK: "1"})
        assert "(INJECTED)" in output.read_text(), f"{fault} never happened"
        assert done.returncode == 1, f"{fault}: it is worth another try; {done.stderr}"
        assert "(storage-unavailable)" in done.stderr.splitlines()[-1], f"{fault}: {done.stderr}"
        assert "Traceback" not in done.stderr
    running.start()
    assert running.until_answered("register-borrower", request)["log_index"]
