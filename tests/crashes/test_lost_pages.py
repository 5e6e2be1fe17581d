"""A sync fails for real: the kernel could not write the pages, and takes them for clean. They are read until the
power goes, and no disk has them (ADR 21). Neither the vault that goes on nor the one that starts next builds on them.

The vault's file system lies in an image on a tmpfs; blocks of it that were never written are holes, and once the
tmpfs is full they cannot be written. Seen to fail with a start that believes the write-ahead log, with one that only
copies it into the database, and with one that only writes it again in its place.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from registry.errors import UnavailableError
from tests.crashes.test_power_cut import MIB, after_the_cut, made_file_system, mounted, served
from tests.databases import only_sqlite
from tests.promises.processes import Running, install, stopped
from tests.promises.saved import Ready, Saved

pytestmark = only_sqlite("a server's files are its own business; it must sync, or the vault does not start")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A small file system that can be filled."""
    with mounted(Path("tmpfs"), tmp_path / "memory", "-t", "tmpfs", "-o", f"size={64 * MIB}") as folder:
        yield folder


@pytest.fixture
def image(memory: Path, tmp_path: Path) -> Path:
    """Whatever the file system itself needs is there; the places of files are holes until they are written."""
    whole = made_file_system(tmp_path / "whole")
    made = memory / "image"
    subprocess.run(["cp", "--sparse=never", str(whole), str(made)], check=True)
    told = subprocess.run(["/usr/sbin/dumpe2fs", str(made)], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^Block size: +(\d+)$", told, re.MULTILINE)
    assert found is not None
    size = int(found[1])
    free = "\n".join(re.findall(r"^  Free blocks: (.*)$", told, re.MULTILINE))
    for first, last in re.findall(r"(\d+)-(\d+)", free):
        start, end = -(-int(first) * size // 4096) * 4096, (int(last) + 1) * size // 4096 * 4096
        subprocess.run(["fallocate", "-p", "-o", str(start), "-l", str(end - start), str(made)], check=True)
    return made


@pytest.mark.parametrize("killed", [False, True], ids=["who-goes-on", "who-starts-next"])
def test_what_a_failed_sync_left_in_memory_alone_is_not_built_upon(
    memory: Path, image: Path, tmp_path: Path, *, killed: bool
) -> None:
    with mounted(image, tmp_path / "disk") as disk:
        ready = Saved.make(tmp_path / "saved", people=1).restore(disk / "data")
        install(ready.world)
        with served(ready, Running) as running:
            running.client.call("append", life(ready))
            subprocess.run(["sync", "-f", str(disk)], check=True)
            acked, lost = until_it_fails(ready, running, memory)
            if killed:
                running.kill()
                running.start()
            acked.append((lost, running.until_answered("append", lost)["log_index"]))
            with stopped(running.pid):
                copy = Path(shutil.copy(image, tmp_path / "cut"))
    with mounted(copy, tmp_path / "left") as folder:
        vault = after_the_cut(ready, folder)
        try:
            for request, index in acked:
                entry = vault.desk.log.entry(index)
                assert entry is not None
                assert entry.id == request["entry"]["id"]
        finally:
            vault.close()


def life(ready: Ready) -> dict[str, dict[str, str]]:
    world = ready.world
    body = {"borrower": ready.people[0].borrower, "source": "payment"}
    return {"entry": world.draft("sign-of-life/1", body, world.lender).value()}


def until_it_fails(
    ready: Ready, running: Running, memory: Path
) -> tuple[list[tuple[dict[str, dict[str, str]], int]], dict[str, dict[str, str]]]:
    """Writes on a disk without room behind it; what was acknowledged, and what was not. There is room afterwards."""
    acked = []
    with (memory / "fill").open("wb", buffering=0) as fill, suppress(OSError):
        while True:
            fill.write(bytes(4096))
    try:
        for _ in range(100):
            request = life(ready)
            try:
                acked.append((request, running.client.call("append", request)["log_index"]))
            except UnavailableError:
                return acked, request
    finally:
        (memory / "fill").unlink()
    raise AssertionError("the disk took everything")
