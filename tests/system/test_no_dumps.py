"""No process of ours leaves its memory in a core dump, however it ends and whatever its limits are made."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.world import ROOT, Served, copy, gone, served, until

PATTERN = Path("/proc/sys/kernel/core_pattern")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) and /proc are Linux's")


def cores(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.name.startswith("core")]


@pytest.fixture
def dumping() -> Iterator[None]:
    """Whatever is started from here may dump, if it does not say otherwise. Skips where a dump would not be seen."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if not PATTERN.read_text("ascii").startswith("core"):
        pytest.skip("the kernel puts dumps elsewhere than into the folder of the process")
    if before[1] == 0:
        pytest.skip("no process here may write a dump")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


def test_no_process_may_write_a_dump(shared: Served) -> None:
    everybody = [shared.process.pid, *shared.everybody()]
    assert len(everybody) >= 7, "up, web, two workers, the pump, vault, courier"
    for pid in everybody:
        limits = Path(f"/proc/{pid}/limits").read_text("ascii")
        (line,) = [one for one in limits.splitlines() if one.startswith("Max core file size")]
        assert line.split()[4:6] == ["0", "0"], Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.usefixtures("dumping")
def test_a_process_leaves_no_dump_even_where_the_limit_is_not_heeded(
    seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that pipes dumps to a program asks no limit: PR_SET_DUMPABLE is what holds, alone if need be."""
    (tmp_path / "deaf").mkdir()
    (tmp_path / "deaf" / "sitecustomize.py").write_text("import resource\nresource.setrlimit = lambda *_: None\n")
    monkeypatch.setattr("tests.system.world.ROOT", f"{tmp_path / 'deaf'}{os.pathsep}{ROOT}")
    with served(copy(seeded, tmp_path / "data")) as up:
        until(up.ready, "the three processes")
        until(lambda: len(up.family("web")) >= 3, "the pump")
        time.sleep(1)  # the pump is awaited by nobody: let Python itself have started
        ours = [*up.family("web"), *(up.child(name) for name in ("web", "vault", "courier")), up.process.pid]
        assert len(ours) >= 7
        for pid in ours:
            assert pid is not None
            limits = Path(f"/proc/{pid}/limits").read_text("ascii")
            assert "unlimited" in next(one for one in limits.splitlines() if one.startswith("Max core"))
            name = Path(f"/proc/{pid}/cmdline").read_bytes()
            os.kill(pid, signal.SIGABRT)
            until(lambda ended=pid: gone(ended), "the end of a process")
            assert cores(tmp_path) == [], name


@pytest.mark.usefixtures("dumping")
def test_the_same_end_of_another_process_leaves_one(tmp_path: Path) -> None:
    """The control: here a dump is written, and found, where nobody forbids it."""
    code = "import time; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.send_signal(signal.SIGABRT)
        assert other.wait(30) == -signal.SIGABRT
    assert cores(tmp_path) != []


def test_a_fork_keeps_it_and_an_exec_does_not() -> None:
    code = ("import os, sys; sys.path.insert(0, sys.argv[1]); from registry import children;"
            "libc = children.own_libc(); before = libc.prctl(3, 0, 0, 0, 0); children.no_core_dumps();"
            "here = libc.prctl(3, 0, 0, 0, 0); pid = os.fork(); pid or os._exit(libc.prctl(3, 0, 0, 0, 0));"
            "print(before, here, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))")
    done = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0", "0"]
