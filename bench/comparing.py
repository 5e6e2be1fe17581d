"""`python -m bench.comparing FOLDER`: a stricter pack tried on a log that `python -m bench.growth --build` made.

FOLDER is one of its logs; its database is only read. Printed are CPU seconds, not wall time: other work on the
machine makes these larger too, but not as much. `by block`: the fastest hundred decisions in a row of a part, which
other work has disturbed least.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from registry.audit.comparing import compare
from registry.audit.part import Part
from registry.model.entries import Entry
from registry.policy import Pack, read_pack
from registry.shipped import shipped_packs

BLOCK = 100
WHOLE = 10**9


def main() -> None:
    """Compares once, and prints what that took."""
    parser = argparse.ArgumentParser(prog="bench.comparing", description=__doc__)
    parser.add_argument("folder", type=Path, help="a log of bench.growth")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    print(f"load of this machine before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    begun = time.perf_counter()
    if options.processes == 1:
        found, seconds = in_one_part(_leaves(options.folder))
    else:
        found, seconds = compare(_leaves(options.folder), stricter(), processes=options.processes).value(), []
    wall = time.perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    print(f"{found['log']['size']} entries, {found['decisions']} decisions, {found['attempts']['judged']} attempts, "
          f"{found['changed']} decisions changed, {found['waits']['releases']} releases would have waited")
    memory = max(one.ru_maxrss for one in used) // 1024
    print(f"wall {wall:.1f} s, CPU {cpu:.1f} s, memory of the largest process {memory} MB")
    print(f"decisions a second of CPU, all that is read and judged besides included: {found['decisions'] / cpu:.0f}")
    if seconds:
        blocks = [sum(seconds[one:one + BLOCK]) for one in range(0, len(seconds) - BLOCK + 1, BLOCK)]
        print(f"decisions a second of CPU, their own time: {rate(seconds):.0f}, "
              f"by block: {f'{BLOCK / min(blocks):.0f}' if blocks else 'too few'}")


def decisions_compared(leaves: Sequence[bytes]) -> float:
    """Decisions a second of CPU, their own time, the best of three."""
    return max(rate(in_one_part(leaves)[1]) for _ in range(3))


def rate(seconds: Sequence[float]) -> float:
    """Decisions a second."""
    return len(seconds) / sum(seconds)


def in_one_part(leaves: Iterable[bytes]) -> tuple[dict[str, Any], list[float]]:
    """What a comparison found that judged the whole log in this process; CPU seconds of each decision."""
    with _timed() as seconds:
        return compare(leaves, stricter(), processes=1, most=WHOLE).value(), seconds


def stricter() -> Pack:
    """The pack `cn` with two days more of everything that is counted in days."""
    text = re.sub(r'^version = "\d+"', 'version = "900"', shipped_packs()["cn"].text, count=1, flags=re.MULTILINE)
    for name, value in (("unreachable.span_days", 16), ("notice.grace_days", 9)):
        text, count = re.subn(rf'(\[parameters\."{re.escape(name)}"\]\s*\nvalue = )\d+', rf"\g<1>{value}", text)
        assert count == 1, name
    return read_pack(text)


def _leaves(folder: Path) -> Iterator[bytes]:
    store = sqlite3.connect(f"file:{folder / 'vault' / 'log.db'}?mode=ro", uri=True)
    try:
        for (leaf,) in store.execute('SELECT leaf FROM leaves ORDER BY "index"'):
            yield leaf
    finally:
        store.close()


@contextmanager
def _timed() -> Iterator[list[float]]:
    """CPU seconds of each decision that is made in this process."""
    seconds: list[float] = []
    decide = Part._decided

    def timed(self: Part, entry: Entry) -> None:
        begun = time.process_time()
        decide(self, entry)
        seconds.append(time.process_time() - begun)

    Part._decided = timed  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        Part._decided = decide  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
