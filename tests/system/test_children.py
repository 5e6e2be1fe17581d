"""Supervision: a child that dies is started again, later each time; one beyond help is not."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from registry import up
from registry.children import FIRST_PAUSE, HOPELESS, LONGEST_PAUSE, STEADY, Child
from registry.settings import MAX_SOCKET_PATH, Settings, SettingsError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
FAIL = [sys.executable, "-c", "raise SystemExit(1)"]


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_killed_child_is_started_again_after_a_pause() -> None:
    said: list[str] = []
    child = Child("it", SLEEP, said.append)
    child.tend(0.0)
    assert child.process is not None
    first = child.process
    first.kill()
    first.wait()
    child.tend(1.0)
    assert said == ["it was ended by SIGKILL; restarting in 0.2 s"]
    child.tend(1.0 + FIRST_PAUSE / 2)
    assert child.process is first
    child.tend(1.0 + FIRST_PAUSE)
    assert child.process is not first
    child.stop(5)
    assert child.process.poll() is not None


def test_the_pause_doubles_up_to_a_limit_and_a_steady_life_resets_it() -> None:
    said: list[str] = []
    child = Child("it", FAIL, said.append)
    at = 0.0
    for _ in range(9):
        child.tend(at)
        assert child.process is not None
        child.process.wait()
        child.tend(at)
        at += LONGEST_PAUSE
    assert "restarting in 0.2 s" in said[0]
    assert "restarting in 0.4 s" in said[1]
    assert f"restarting in {LONGEST_PAUSE:.1f} s" in said[-1]
    child.command = SLEEP
    child.tend(at)
    child.tend(at + STEADY + 1)
    child.process.kill()
    child.process.wait()
    child.tend(at + STEADY + 2)
    assert "restarting in 0.2 s" in said[-1]


def test_one_that_only_an_operator_can_help_is_not_restarted() -> None:
    said: list[str] = []
    child = Child("it", [sys.executable, "-c", f"raise SystemExit({HOPELESS})"], said.append)
    child.tend(0.0)
    assert child.process is not None
    child.process.wait()
    child.tend(100.0)
    child.tend(200.0)
    assert child.hopeless
    assert child.restarts == 0


def test_one_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "deaf"
    deaf = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "open(sys.argv[1], 'w').close(); time.sleep(60)"
    )
    said: list[str] = []
    child = Child("it", [sys.executable, "-c", deaf, str(mark)], said.append)
    child.tend(0.0)
    assert child.process is not None
    until(mark.exists)
    child.stop(0.2)
    assert child.process.returncode == -signal.SIGKILL
    assert "killing it" in said[0]


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import sys, time; from registry.children import Child;"
        "c = Child('it', [sys.executable, '-c', 'import time; time.sleep(60)'], print); c.tend(0.0);"
        "print(c.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_a_taken_port_says_which_command_takes_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} is taken: make run PORT="):
            up.check_port("127.0.0.1", port)
    up.check_port("127.0.0.1", port)


def test_a_port_shared_by_granian_counts_as_taken() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="is taken"):
            up.check_port("127.0.0.1", taken.getsockname()[1])


def test_the_sockets_folder_is_short_private_and_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    with up.socket_folder() as folder:
        assert long not in folder.parents
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(str(folder / "courier.sock")) <= MAX_SOCKET_PATH
    assert not folder.exists()


def test_one_installation_is_served_once(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "demo.invalid/log", True, tmp_path / "kek", "http://127.0.0.1")
    with up.only_one(settings), pytest.raises(SettingsError, match="served already"), up.only_one(settings):
        raise AssertionError("two at once")
    with up.only_one(settings):
        pass
