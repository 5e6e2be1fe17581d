"""The power is cut: everything that the kernel had not written yet is gone. What was acknowledged is there.

The vault runs on a file system in an image that the kernel writes back only when it is asked to. The process is
stopped, the image copied, the copy mounted: that is what is left. Needs root and loop devices; REQUIRE_FAULTS=1 (set
in .ci/run) makes a skip a failure. The disk's own cache is not played: a sync reaches the image.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from registry.errors import IntegrityError, UnavailableError
from registry.model.ids import new_id
from registry.up import socket_folder
from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Vault
from tests.architecture.imports import ROOT
from tests.crashes.tracing import REQUIRED
from tests.databases import only_sqlite
from tests.promises.covered import number_left, permits
from tests.promises.processes import Running, install, stopped
from tests.promises.saved import Ready, Saved
from tests.promises.test_p3_survives_kill import assert_prefixes
from tests.world import World

pytestmark = only_sqlite("a server's files are its own business; it must sync, or the vault does not start")
CUTS = 40 if os.environ.get("CONSENTRY_FAULTS") == "all" else 5
MIB = 1 << 20
# Nothing is written back by time alone while a test lasts.
LAZY = "loop,commit=3600,noatime"
Acked = list[tuple[dict[str, Any], dict[str, Any]]]


@contextmanager
def mounted(image: Path, folder: Path, *how: str) -> Iterator[Path]:
    """A file system in a file, or another one. Skips where it cannot be had."""
    folder.mkdir()
    done = subprocess.run(["mount", *(how or ("-o", LAZY)), str(image), str(folder)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        assert not REQUIRED, f"REQUIRE_FAULTS is set, and {done.stderr}"
        pytest.skip("a power cut needs root and loop devices: `mount -o loop` was refused")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def made_file_system(path: Path) -> Path:
    """An image of an empty ext4, 64 MiB. Skips where it cannot be made."""
    with path.open("wb") as file:
        file.truncate(64 * MIB)
    maker = shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if maker is None:
        assert not REQUIRED, "REQUIRE_FAULTS is set, and there is no mkfs.ext4"
        pytest.skip("a power cut needs mkfs.ext4 (e2fsprogs)")
    subprocess.run([maker, "-q", "-F", "-m", "0", str(path)], check=True)
    return path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return made_file_system(tmp_path / "image")


@pytest.fixture
def disk(image: Path, tmp_path: Path) -> Iterator[Path]:
    with mounted(image, tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def ready(disk: Path, tmp_path: Path) -> Ready:
    made = Saved.make(tmp_path / "saved", people=1).restore(disk / "data")
    install(made.world)
    subprocess.run(["sync", "-f", str(disk)], check=True)
    return made


class Unsafe(Running):
    """Acknowledges what no disk has."""

    def start(self) -> None:
        with (self.data / "vault.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.crashes.unsafe", "vault", "--data", str(self.data),
                 "--sockets", str(self.sockets), "--demo"], stdout=log, stderr=log, cwd=ROOT)


@contextmanager
def served(ready: Ready, kind: type[Running]) -> Iterator[Running]:
    with socket_folder() as sockets:
        running = kind(ready.world.folder, sockets)
        running.start()
        try:
            running.alive()
            yield running
        finally:
            running.kill()


def deposit(world: World) -> dict[str, Any]:
    ref = new_id(os.urandom)
    return {
        "by": world.lender.value(), "id": ref, "name": {"given": "Ming"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": "email", "value": f"{ref}@demo.invalid", "use": "personal"}],
        "idem": {"scope": "deposit", "key": ref, "request": ref},
    }


@contextmanager
def writing(ready: Ready, running: Running, acked: Acked) -> Iterator[None]:
    """Somebody who writes all the time."""
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            args = deposit(ready.world)
            with suppress(UnavailableError):
                acked.append((args, running.client.call("register-borrower", args)))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def after_the_cut(ready: Ready, copy: Path) -> Vault:
    """What starts on what is left."""
    world = ready.world
    world.vault = Vault.open(copy / "data" / "vault", KeyFile(copy / "data" / "outside.key", os.urandom), world.clock,
                             os.urandom, demo=True)
    return world.vault


def test_what_was_acknowledged_before_the_power_went_is_there(ready: Ready, image: Path, tmp_path: Path) -> None:
    world, person = ready.world, ready.people[0]
    acked: Acked = []
    cuts: list[tuple[Path, int, list[str]]] = []
    notes: list[str] = []
    chance = random.Random(5)
    with served(ready, Running) as running:
        permit = running.until_answered("lookup", world.asked(person, key="k"))
        assert number_left(permit)
        with writing(ready, running, acked):
            for cut in range(CUTS):
                before = len(acked)
                while len(acked) < before + 2:
                    time.sleep(0.002)
                notes.append(running.client.call("checkpoint", {})["text"])
                time.sleep(chance.uniform(0, 0.02))
                with stopped(running.pid):
                    told = len(acked)
                    copy = tmp_path / f"cut-{cut}"
                    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)
                cuts.append((copy, told, list(notes)))
    assert len(acked) > 2 * CUTS
    for copy, told, kept in cuts:
        with mounted(copy, copy.with_suffix(".disk")) as folder, ExitStack() as last:
            vault = after_the_cut(ready, folder)
            last.callback(vault.close)
            for args, answer in acked[:told]:
                entry = vault.desk.log.entry(answer["log_index"])
                assert entry is not None
                assert entry.id == args["id"]
                assert vault.desk.keys.has_subject(args["id"])
            assert permits(world, person) == [permit["lookup"]]
            assert_prefixes(world, kept)


def test_a_power_cut_would_be_noticed_without_syncs(ready: Ready, image: Path, tmp_path: Path) -> None:
    with served(ready, Unsafe) as running:
        answer = running.client.call("register-borrower", deposit(ready.world))
        copy = tmp_path / "cut"
        with stopped(running.pid):
            subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)
    lost = pytest.raises(IntegrityError, match=f"was signed, but the database ends at {answer['log_index']}:")
    with mounted(copy, tmp_path / "left") as folder, lost:
        after_the_cut(ready, folder)
