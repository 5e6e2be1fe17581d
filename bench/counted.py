"""`python -m bench.counted`: processor instructions of a denial and of permits, cold and read ahead, in the vault,
counted by callgrind.

Counts repeat to half a percent however busy the machine is, so that two versions can be compared beside other work:
run it in each checkout. They say nothing of the kernel, of waiting or of memory that is not at hand. Needs valgrind.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.people import Prepared, prepare
from bench.vault_alone import BATCH, agency_of, questions
from registry.garbage import collect_rarely
from registry.model.times import HOUR
from registry.settings import load
from registry.vault.server import Vault, open_vault
from tests.world import TODAY, WorldClock

WARM, DENIALS, PERMITS = 3 * BATCH, 10 * BATCH, 6 * BATCH
ASKED = {"denial": DENIALS, "cold permit": PERMITS, "permit": PERMITS}
INSIDE = "BENCH_COUNTED"  # the folder, once callgrind runs us


def main() -> None:
    """Runs itself under callgrind, and prints what that has counted."""
    if INSIDE in os.environ:
        _count(Path(os.environ[INSIDE]))
        return
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as folder:
        subprocess.run(  # noqa: S603 - our own interpreter
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/out",  # noqa: S607
             sys.executable, "-m", "bench.counted"],
            check=True, stderr=subprocess.DEVNULL, env={**os.environ, INSIDE: folder, "PYTHONHASHSEED": "1"},
        )
        for name, asked in ASKED.items():
            print(f"{name}: {_total(Path(folder), name) / asked / 1000:,.0f} thousand instructions")


def _count(folder: Path) -> None:
    prepared = prepare(folder / "data", 2 * (WARM + PERMITS), refused=10)
    settings = load(prepared.data)
    vault = open_vault(settings.vault, settings.key_file, WorldClock(TODAY + HOUR), os.urandom, demo=True)
    try:
        collect_rarely()
        refused = list(itertools.islice(itertools.cycle(prepared.refused), WARM + DENIALS))
        _ask(vault, prepared, refused, "denial")
        _ask(vault, prepared, prepared.ready[:WARM + PERMITS], "cold permit")
        vault.tend(lambda: False)
        _ask(vault, prepared, prepared.ready[WARM + PERMITS:], "permit")
    finally:
        vault.close()


def _ask(vault: Vault, prepared: Prepared, accounts: Sequence[str], name: str) -> None:
    batches = list(questions(prepared, accounts, agency_of(vault)))
    vault.call("follow", {"after": 0, "limit": 1, "courier": True})
    for number, batch in enumerate(batches):
        if number == WARM // BATCH:
            _control("--instr=on")
            _control("--zero")
        vault.round(batch)
    _control(f"--dump={name}")
    _control("--instr=off")


def _control(order: str) -> None:
    subprocess.run(["callgrind_control", order, str(os.getpid())], check=True, capture_output=True)  # noqa: S603, S607


def _total(folder: Path, name: str) -> int:
    for file in folder.glob("out.*"):
        text = file.read_text()
        if f"desc: Trigger: dump {name}\n" in text:
            return int(text.rpartition("totals: ")[2].split()[0])
    raise RuntimeError(f"callgrind counted no {name}")


if __name__ == "__main__":
    main()
