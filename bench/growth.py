"""`python -m bench.growth`: the same vault at 200,000 and at 3,000,000 entries. Building takes long, and 12 GB.

`--build DIR` makes both logs, or those that are not there yet; `--measure DIR` measures them, as often as wanted, and
leaves them as they were but for the lookups it asked. Without either: both, in a folder that goes afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench.gates import Found, show
from bench.grown import grow
from bench.log_speed import VaultReader, hold
from registry.audit.reader import FolderReader, entries_of, save
from registry.audit.replay import replay
from registry.audit.verify import verify
from registry.model.times import HOUR
from registry.shipped import outcome_tables
from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Vault
from tests.world import PURPOSE, TODAY, WorldClock

SIZES = (200_000, 3_000_000)
ASKED = 1_600
REPLAYED = 250_000  # no longer log: replay checks every signature again, some thousands a second
ACCOUNTS = "accounts.json"  # written last: a log without it was not finished


@dataclass(frozen=True, slots=True)
class Opened:
    """What a fresh process saw: seconds of a start that read everything and of one from the kept state, CPU of that,
    MB of memory, lookups a second cold and warm, CPU (ms) warm."""

    size: int
    seconds: float
    started: float
    megabytes: int
    cold: float
    warm: float
    cpu: float


def main() -> None:
    """Builds, measures, or both."""
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--build", type=Path, metavar="DIR", help="make the logs in DIR, and no more")
    parser.add_argument("--measure", type=Path, metavar="DIR", help="measure the logs that were made in DIR")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="entries of each log")
    options = parser.parse_args()
    if options.build is not None:
        build(options.build, options.sizes)
    if options.measure is not None:
        measure(options.measure, options.sizes)
    if options.build is None and options.measure is None:
        with tempfile.TemporaryDirectory(prefix="consentry-growth-") as name:
            build(Path(name), options.sizes)
            measure(Path(name), options.sizes)


def build(parent: Path, sizes: Sequence[int]) -> None:
    """Makes a log of each size in a folder of its own below `parent`, unless it is there already."""
    for size in sizes:
        folder = parent / str(size)
        if (folder / ACCOUNTS).exists():
            continue
        if folder.exists():
            raise SystemExit(f"{folder} was begun and not finished: delete it, then build again")
        folder.mkdir(parents=True)
        begun = time.perf_counter()
        accounts = grow(folder, size)
        (folder / ACCOUNTS).write_text(json.dumps(accounts))
        print(f"made {folder} in {time.perf_counter() - begun:.0f} s", flush=True)


def measure(parent: Path, sizes: Sequence[int]) -> None:
    """Prints what grows, one log after the other."""
    print(f"load of this machine before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    print(f"{'entries':>9} {'whole s':>8} {'start s':>8} {'CPU s':>6} "
          f"{'memory MB':>10} {'cold/s':>7} {'warm/s':>7} {'CPU ms':>7} {'verify/s':>9} {'replay/s':>9} "
          f"{'disk GB':>8}")
    seen = list(_measured(parent, sizes))
    first, last = seen[0], seen[-1]
    print(f"{last.size} against {first.size}, lookups a second: warm {last.warm / first.warm:.2f}, "
          f"cold {last.cold / first.cold:.2f}; lookups by CPU, warm: {first.cpu / last.cpu:.2f}")
    print(f"load of this machine after: {os.getloadavg()[0]:.2f}")
    if tuple(sizes) == SIZES:
        show([Found("3 M entries against 200 k, warm", last.warm / first.warm)])


def _measured(parent: Path, sizes: Sequence[int]) -> Iterator[Opened]:
    for size in sizes:
        folder = parent / str(size)
        if not (folder / ACCOUNTS).exists():
            raise SystemExit(f"there is no log in {folder}: make it with --build {parent}")
        accounts: list[str] = json.loads((folder / ACCOUNTS).read_text())
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            whole = fresh.submit(_read_whole, folder).result()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            opened = fresh.submit(_reopen, folder, accounts).result()
        with tempfile.TemporaryDirectory(prefix="copy-", dir=parent) as copy:
            verified, replayed = _audit(folder, Path(copy))
        disk = (folder / "vault" / "log.db").stat().st_size / 1e9
        again = "-" if replayed is None else f"{replayed:.0f}"
        print(f"{opened.size:>9} {whole:>8.1f} {opened.seconds:>8.1f} {opened.started:>6.1f} "
              f"{opened.megabytes:>10} {opened.cold:>7.0f} "
              f"{opened.warm:>7.0f} {opened.cpu:>7.2f} {verified:>9.0f} {again:>9} {disk:>8.1f}", flush=True)
        yield opened


def _open(folder: Path) -> Vault:
    return Vault.open(
        folder / "vault", KeyFile(folder / "world" / "outside.key", os.urandom), WorldClock(TODAY + HOUR), os.urandom,
        demo=True,
    )


def _read_whole(folder: Path) -> float:
    """Seconds of a start that reads every entry; the state is kept then, as at a clean stop."""
    vault = _open(folder)
    vault.desk.log.distrust()
    vault.close()
    begun = time.perf_counter()
    vault = _open(folder)
    try:
        seconds = time.perf_counter() - begun
        vault.desk.log.keep_state(0)
        return seconds
    finally:
        vault.close()


def _reopen(folder: Path, accounts: Sequence[str]) -> Opened:
    """In a fresh process: opens the vault from its kept state, and asks about many accounts, each thrice."""
    begun, cpu = time.perf_counter(), time.process_time()
    vault = _open(folder)
    try:
        seconds, started = time.perf_counter() - begun, time.process_time() - cpu
        _forget_pages(folder / "vault" / "log.db")
        agency = next(party for party, one in vault.desk.directory.parties.items() if one.name == "Example Agency")
        asked = random.Random(1).sample(list(accounts), min(ASKED, len(accounts)))  # noqa: S311 - a measurement
        passes = [_ask(vault, agency, asked) for _ in range(3)]
        return Opened(vault.desk.log.size, seconds, started, _resident(), passes[0][0],
                      max(one[0] for one in passes[1:]), min(one[1] for one in passes[1:]))
    finally:
        vault.close()


def _ask(vault: Vault, agency: str, accounts: Sequence[str]) -> tuple[float, float]:
    """Lookups a second, and CPU (ms) of one, in rounds of eight. No values come along: judged, but none opened."""
    vault.call("follow", {"after": 0, "limit": 1, "courier": True})
    begun, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(accounts), 8):
        answers = vault.round([("lookup", {
            "by": {"role": "agency", "id": agency}, "account": account, "about": "contact", "purpose": PURPOSE,
            "mode": "number", "agent": "agent-1", "blobs": {},
            "idem": {"scope": "growth", "key": secrets.token_hex(16), "request": {}},
        }) for account in accounts[start:start + 8]])
        wrong = [one for one in answers if not isinstance(one, dict)]
        if wrong:
            raise RuntimeError(str(wrong[0]))
    return len(accounts) / (time.perf_counter() - begun), (time.process_time() - cpu) / len(accounts) * 1e3


def _forget_pages(path: Path) -> None:
    """Has the kernel drop what it caches of a file."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def _resident() -> int:
    """MB of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _audit(folder: Path, copy: Path) -> tuple[float, float | None]:
    """Entries a second of `audit verify`, and of replay unless the log is too long for it."""
    vault = _open(folder)
    try:
        checkpoint = save(VaultReader(vault), copy)
        key = vault.desk.keys.vkey
    finally:
        vault.close()
    reader = FolderReader(copy)
    begun = time.process_time()
    hold(verify(reader, key))
    verifying = time.process_time() - begun
    if checkpoint.size > REPLAYED:
        return checkpoint.size / verifying, None
    leaves = list(entries_of(reader, checkpoint.size))
    begun = time.process_time()
    hold(replay(leaves, *outcome_tables()))
    return checkpoint.size / verifying, len(leaves) / (time.process_time() - begun)


if __name__ == "__main__":
    main()
