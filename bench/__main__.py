"""`make bench`: what the product costs, beside what the same machine does at least, in one run (docs/speed.md).

Every figure is a ratio to something measured in the same minutes, interleaved with it. No absolute promise, no timed
test. A million entries, start-up with them, their verification and replay: `make bench-growth`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bench import appends, log_speed, rotation, vault_alone, web, witness
from bench.gates import Found, show
from bench.people import prepare

PARTS = ("witness", "web", "vault", "log", "appends", "rotation")
AMONG_PEOPLE = frozenset(("witness", "web", "vault", "log"))


def main() -> None:
    """Prepares the people that the parts need, then measures part by part."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART",
                        help=f"parts to measure, of {', '.join(PARTS)} (all)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (3)")
    parser.add_argument("--permits", type=int, default=150, help="permits a round and number of clients (150)")
    parser.add_argument("--denials", type=int, default=600, help="denials, and floor requests, a round (600)")
    parser.add_argument("--clients", type=int, nargs="+", default=web.CLIENTS,
                        help="clients at a time of the part `web`, one after the other (1 16; the gates ask about "
                             "these)")
    parser.add_argument("--round-trip", type=float, default=witness.ROUND_TRIP, metavar="SECONDS",
                        help="to the witness (0.05, which the gates ask about); 0.5 tells on a busy machine whether "
                             "permits wait for more than two")
    options = parser.parse_args()
    print(f"load of this machine before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as folder:
        found = _among_people(options, Path(folder)) if AMONG_PEOPLE & set(options.only) else []
        if "appends" in options.only:
            found += appends.measure(Path(tempfile.gettempdir()))  # another user must come into it
        if "rotation" in options.only:
            rotation.measure()
    show(found)
    print(f"load of this machine after: {os.getloadavg()[0]:.2f}")
    print("a million entries and more (start, verify, replay, lookups): make bench-growth")


def _among_people(options: argparse.Namespace, folder: Path) -> list[Found]:
    """The parts that look somebody up. `witness` asks in copies about the same people, and so comes first."""
    alone = vault_alone.PERMITS * 2 if "vault" in options.only else 0
    asked = options.rounds * options.permits * len(options.clients) if "web" in options.only else 0
    ready = max(alone + asked, witness.needed() if "witness" in options.only else 0,
                log_speed.NEEDED if "log" in options.only else 1)
    print(f"making {ready} people whom nobody reaches …", flush=True)
    prepared = prepare(folder / "data", ready, refused=10)
    found: list[Found] = []
    if "witness" in options.only:
        found += witness.measure(prepared, prepared.ready, round_trip=options.round_trip)
    if "web" in options.only:
        found += web.measure(prepared, prepared.ready[alone:alone + asked], options.rounds, options.permits,
                             options.denials, among=options.clients)
    if "vault" in options.only:
        vault_alone.measure(prepared, prepared.ready[:alone])
    if "log" in options.only:
        found += log_speed.measure(prepared)
    return found


if __name__ == "__main__":
    main()
