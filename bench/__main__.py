"""`make bench`: what the product costs, beside what the same machine does at least, in one run (docs/speed.md).

Every figure is a ratio to the floor measured in the same minutes, interleaved with it.
No absolute promise, no timed test.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import log_speed, vault_alone, web
from bench.gates import show
from bench.people import prepare


def main() -> None:
    """Prepares the people, then measures the web, the vault alone, and the log."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (3)")
    parser.add_argument("--permits", type=int, default=60, help="permits a round and number of clients (60)")
    parser.add_argument("--denials", type=int, default=600, help="denials, and floor requests, a round (600)")
    parser.add_argument("--clients", type=int, nargs="+", default=web.CLIENTS,
                        help="clients at a time, one after the other (1 16; the gates ask about these)")
    options = parser.parse_args()
    print(f"load of this machine before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    _speed(options.rounds, options.permits, options.denials, options.clients)
    print(f"load of this machine after: {os.getloadavg()[0]:.2f}")


def _speed(rounds: int, permits: int, denials: int, clients: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as folder:
        alone = vault_alone.PERMITS * 2
        ready = rounds * permits * len(clients) + alone
        print(f"making {ready} people whom nobody reaches …", flush=True)
        prepared = prepare(Path(folder) / "data", ready, refused=10)
        found = web.measure(prepared, prepared.ready[alone:], rounds, permits, denials, among=clients)
        vault_alone.measure(prepared, prepared.ready[:alone])
        found += log_speed.measure(prepared)
        show(found)


if __name__ == "__main__":
    main()
