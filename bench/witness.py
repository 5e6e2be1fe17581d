"""Permits without a witness and with one that is 50 ms away: `registry witness` over HTTP, answering so much later.

A number leaves under a checkpoint that the witness has cosigned. One checkpoint is with it at a time, and a permit
that finds one on its way waits for that and for its own: two round trips at most. So `clients / (two round trips)`
permits a second are what could be had where nothing else took time.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.gates import Found
from bench.load import Load, drive
from bench.people import Prepared
from bench.processes import command_of, free_port, read_ahead, running, tree_of
from bench.web import lookups
from registry.settings import Settings, load
from registry.vault.server import open_vault
from tests.witness.served import serve
from tests.world import TODAY, WorldClock

ROUND_TRIP = 0.05  # seconds, of the gates
CLIENTS = (1, 8, 32, 64)
EACH = 5  # permits of each client a round
FEWEST = 6  # permits of a round
ROUNDS = 2


def needed(rounds: int = ROUNDS) -> int:
    """How many people this asks about."""
    return FEWEST + rounds * sum(_permits(clients) for clients in CLIENTS)


def measure(
    prepared: Prepared, ready: Sequence[str], rounds: int = ROUNDS, round_trip: float = ROUND_TRIP,
) -> list[Found]:
    """Prints permits a second without and with the witness, in turns, each in a copy of the same installation; what
    the gates ask of them. `round_trip`: seconds, less than a vault waits for a witness."""
    found: list[Found] = []
    with _both(prepared, round_trip) as (plain, watched):
        left = iter(ready)
        first = list(itertools.islice(left, FEWEST))
        for port in (plain, watched):
            _load(prepared, first, 2, port)  # unmeasured: imports, connections, caches
        print(f"\npermits/s      no witness   {round_trip * 1000:>3.0f} ms away   of clients / 2 RTT   of the lesser*"
              "   p50 ms   p99 ms")
        for clients in CLIENTS:
            samples = [
                tuple(_load(prepared, asked, clients, port) for port in (plain, watched))
                for asked in (list(itertools.islice(left, _permits(clients))) for _ in range(rounds))
            ]
            share = _print(clients, samples, round_trip)
            if clients in (32, 64) and round_trip == ROUND_TRIP:
                found.append(Found(f"permits, 50 ms witness, {clients} clients, of clients / 2 RTT", share))
        print("* of clients / two round trips and of what is answered without a witness: more cannot be had")
    return found


def _permits(clients: int) -> int:
    return max(FEWEST, EACH * clients)


def _load(prepared: Prepared, accounts: Sequence[str], clients: int, port: int) -> Load:
    load = drive(("127.0.0.1", port), lookups(prepared, iter(accounts)), clients, b'"permit"')
    if load.statuses != {201: len(accounts)}:
        raise RuntimeError(f"expected {len(accounts)} answers 201, got {load.statuses}")
    return load


def _print(clients: int, samples: Sequence[tuple[Load, ...]], round_trip: float) -> float:
    """A line; the median share of clients / (two round trips)."""
    most = clients / (2 * round_trip)
    share = median(watched.rate / most for _, watched in samples)
    # Where the machine answers no more without a witness, it cannot with one.
    possible = median(watched.rate / min(most, plain.rate) for plain, watched in samples)
    row = (*(median(one) for one in (
        [plain.rate for plain, _ in samples], [watched.rate for _, watched in samples])), share, possible,
        *(median(watched.percentile(part) for _, watched in samples) for part in (0.5, 0.99)))
    print("{:>2} clients {:>14.0f} {:>12.0f} {:>20.2f} {:>14.2f} {:>8.0f} {:>8.0f}   load {:.1f}".format(
        clients, *row, os.getloadavg()[0]))
    return share


@contextmanager
def _both(prepared: Prepared, round_trip: float) -> Iterator[tuple[int, int]]:
    """The ports of two copies of an installation, one of them under a witness."""
    folder = prepared.data.parent / "witnessed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    copies = [folder / name for name in ("plain", "watched")]
    for one in copies:
        shutil.copytree(prepared.data, one)
        settings = load(prepared.data)
        Settings(one, settings.origin, True, one / "outside.key", settings.public_url).save()
    with ExitStack() as served:
        policy = served.enter_context(_witness(folder, _key_of(copies[1]), round_trip))
        yield (_serve(served, copies[0]), _serve(served, copies[1], "--witness-policy", str(policy)))


def _serve(served: ExitStack, data: Path, *more: str) -> int:
    """Its port. Its courier goes last: what follows the answers is `bench.web`'s business and takes ten times as long
    as they."""
    port = free_port()
    pid = served.enter_context(running(["-m", "registry", "up", "--demo", "--data", str(data), "--port", str(port),
                                        *more], port))
    for one in tree_of(pid):
        if command_of(one) == "courier":
            os.setpriority(os.PRIO_PROCESS, one, 19)
    read_ahead(pid)
    return port


@contextmanager
def _witness(folder: Path, vkey: str, round_trip: float) -> Iterator[Path]:
    """A policy that asks for one witness, who is a round trip away."""
    far = free_port()
    with serve(folder / "witness", [vkey], "--name", "bench.invalid") as witness, \
            running(["-m", "bench.slow", str(far), str(witness.port), str(round_trip)], far):
        policy = folder / "policy"
        policy.write_text(f"log {vkey}\nwitness one {witness.verifier} http://127.0.0.1:{far}\nquorum one\n")
        yield policy


def _key_of(data: Path) -> str:
    settings = load(data)
    vault = open_vault(settings.vault, settings.key_file, WorldClock(TODAY), os.urandom, demo=True)
    try:
        return vault.desk.keys.vkey
    finally:
        vault.close()
