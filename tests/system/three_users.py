"""The three processes as three system users, by the very command lines of `deploy/systemd`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from registry.demo.stage import free_port
from tests.system.world import PATIENCE, ROOT, Served, until

UNITS = ROOT / "deploy" / "systemd"
GROUP = 61_200  # numbers without a name: the test makes no users on this machine
USERS = {"vault": 61_201, "courier": 61_202, "web": 61_203}
# prctl(2): PR_SET_NO_NEW_PRIVS and PR_SET_MDWE, what NoNewPrivileges= and MemoryDenyWriteExecute= are about; a kernel
# before 6.3 does not know the second, and then it is not tried.
CONFINE = """import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
libc.prctl(65, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start processes as other users")


def setting(unit: Path, name: str) -> list[str]:
    """Every value that a unit file gives a setting, in order; continued lines are one."""
    lines = unit.read_text("utf-8").replace("\\\n", "").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


@cache
def interpreter() -> tuple[str, str]:
    """A Python that every user may run, and where it finds our packages. Skips where there is none: one in root's own
    home is of no use to others."""
    packages = sysconfig.get_paths()["purelib"]
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for one in (sys.executable, system):
        try:
            done = subprocess.run([one, "-c", "import registry, granian, cryptography"], user=USERS["web"],
                                  group=USERS["web"], extra_groups=[], cwd="/", check=False, capture_output=True,
                                  env={"PYTHONPATH": f"{ROOT}:{packages}"})
        except OSError:
            continue
        if done.returncode == 0:
            return one, f"{ROOT}:{packages}"
    pytest.skip("no Python with our packages here that another user than root may run")


@dataclass(slots=True)
class Three(Served):
    """Three running processes instead of one `up`; `process` is the web tier's."""

    sockets: Path
    others: dict[str, subprocess.Popen[bytes]]

    def command(self, unit: str) -> list[str]:
        """What the unit starts, in this installation and on this port."""
        (line,) = setting(UNITS / f"consentry-{unit}.service", "ExecStart")
        real = {"/opt/consentry/.venv/bin/python": interpreter()[0], "/var/lib/consentry": str(self.data),
                "/run/consentry": str(self.sockets), "8000": str(self.port)}
        real |= {f"consentry-{name}": str(uid) for name, uid in USERS.items()}
        return [real.get(word, word) for word in shlex.split(line)] + ["--demo"]


def as_user(name: str, command: list[str], log: Path, *, strict: bool = False) -> subprocess.Popen[bytes]:
    """A process of one of the users; `strict`: without new privileges, and with no memory both written and run."""
    if strict:
        command = [interpreter()[0], "-c", CONFINE, *command]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": interpreter()[1], "PYTHONDONTWRITEBYTECODE": "1",
                   "LANG": "C.UTF-8"}
    with log.open("ab") as stream:
        return subprocess.Popen(command, user=USERS[name], group=USERS[name], extra_groups=[GROUP], umask=0o077,
                                cwd=ROOT, env=environment, stdout=stream, stderr=stream)


def hand_over(data: Path, keys: Path) -> None:
    """Owners and modes as `consentry.tmpfiles` says, with our numbers for its names."""
    numbers = {f"consentry-{name}": uid for name, uid in USERS.items()} | {"consentry": GROUP, "root": 0}
    real = {"/var/lib/consentry": str(data), "/etc/consentry/keys": str(keys)}
    for line in (UNITS / "consentry.tmpfiles").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        kind, place, mode, user, group, _ = line.split()
        root = next((one for one in real if place.startswith(one)), None)
        if root is None:
            continue
        path = Path(real[root] + place.removeprefix(root))
        if kind == "d":
            path.mkdir(exist_ok=True)
        for one in (path, *(path.rglob("*") if place != "/var/lib/consentry" else ())):
            os.chown(one, numbers[user], numbers[group])
        path.chmod(int(mode, 8))


@contextmanager
def three(seeded: Path, folder: Path) -> Iterator[Three]:
    """A demo world, handed over to three users and served by them. `folder` is one that everybody may enter."""
    data, keys, sockets = folder / "data", folder / "keys", folder / "run"
    shutil.copytree(seeded, data)
    keys.mkdir()
    shutil.move(data / "demo" / "key-encryption.key", keys / "kek")
    file = data / "consentry.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"key_file": str(keys / "kek")}), "utf-8")
    hand_over(data, keys)
    for shown in (data / "demo.json",):  # a demo's web tier shows it
        os.chown(shown, USERS["web"], GROUP)
    sockets.mkdir()
    os.chown(sockets, 0, GROUP)
    sockets.chmod(0o2770)
    log = folder / "log"
    running: dict[str, subprocess.Popen[bytes]] = {}
    world = Three(None, data, free_port(), log, sockets, running)  # type: ignore[arg-type]
    try:
        for name in USERS:
            running[name] = as_user(name, world.command(name), log, strict=True)
        world.process = running["web"]
        until(world.ready, "the three processes of three users", 2 * PATIENCE)
        yield world
    except AssertionError as error:
        error.add_note(log.read_text("utf-8")[-2000:])
        raise
    finally:
        for one in reversed(running.values()):
            one.terminate()
        for one in running.values():
            try:
                one.wait(20)
            finally:
                one.kill()
