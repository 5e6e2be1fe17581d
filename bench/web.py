"""Lookups and dial checks through the whole product beside the floor, all served by granian with two workers of eight
threads.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench import floor as floor_database
from bench.gates import Found
from bench.load import Load, drive, request_bytes
from bench.people import Prepared
from bench.processes import cpu_of, free_port, read_ahead, running, settle

CLIENTS = (1, 16)
AGENTS = 400  # more than one, or the alarm on releases per collector and day would stop them


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one kind of request: rate (1/s), CPU of all processes until the last answer (ms a request) and by
    process, what they used after it, latencies (ms)."""

    rate: float
    cpu: float
    p50: float
    p99: float
    parts: Mapping[str, float]
    later: Mapping[str, float]


Seen = dict[str, list[Sample]]


def measure(
    prepared: Prepared, ready: Sequence[str], rounds: int, permits: int, denials: int, *,
    among: Sequence[int] = CLIENTS,
) -> list[Found]:
    """Prints rates, CPU and latencies of floor, denial, permit and dial check, and their ratios. Answers what the
    gates ask about."""
    found: list[Found] = []
    floor_port, port = free_port(), free_port()
    floor = ["-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8",
             "--workers-kill-timeout", "2", "--port", str(floor_port), "bench.floor:app"]
    product = ["-m", "registry", "up", "--demo", "--data", str(prepared.data), "--port", str(port)]
    database = str(prepared.data.parent / "floor.db")
    floor_database.fill(database)
    with running(floor, floor_port, {"FLOOR_DATABASE": database}) as floor_pid, running(product, port) as pid:
        left = iter(ready)
        print(f"read ahead of whoever was approved, before anybody asks: {read_ahead(pid):.0f} ms of the vault's CPU")
        # Once each, unmeasured: imports, connections, caches.
        _sample(pid, port, lookups(prepared, itertools.repeat(prepared.refused[0], 100)), 16, 100, idle=1.0)
        _sample(floor_pid, floor_port, _floor(100), 16, 100)
        time.sleep(1.0)
        idle = _idle(pid)
        for clients in among:
            seen: Seen = {"floor": [], "denial": [], "permit": [], "dial check": []}
            for _ in range(rounds):
                seen["floor"].append(_sample(floor_pid, floor_port, _floor(denials), clients, denials))
                refused = itertools.islice(itertools.cycle(prepared.refused), denials)
                seen["denial"].append(_sample(pid, port, lookups(prepared, refused), clients, denials, idle=idle,
                                              expected=b'"deny"'))
                ready_now = list(itertools.islice(left, permits))
                seen["permit"].append(_sample(pid, port, lookups(prepared, iter(ready_now)), clients, permits,
                                              idle=idle, expected=b'"permit"'))
                asked = [(account, channel) for account in ready_now for channel in prepared.channels[account]]
                seen["dial check"].append(_sample(pid, port, dial_checks(prepared, asked), clients, len(asked),
                                                  idle=idle, expected=b'"ticket"'))
            _print(clients, seen)
            found += _gated(clients, seen)
    return found


def _sample(
    pid: int, port: int, requests: Iterator[bytes], clients: int, count: int, *, idle: float | None = None,
    expected: bytes = b"",
) -> Sample:
    """`expected` occurs in every answer. With `idle`, waits until what follows the answers is done too: it must not
    disturb the next round."""
    before = cpu_of(pid)
    load: Load = drive(("127.0.0.1", port), requests, clients, expected)
    if load.statuses != {201: count}:
        raise RuntimeError(f"expected {count} answers 201, got {load.statuses}")
    used = cpu_of(pid)
    used.subtract(before)
    later: Mapping[str, float] = {} if idle is None else settle(pid, idle)
    return Sample(load.rate, used.total() / count, load.percentile(0.50), load.percentile(0.99),
                  *({name: value / count for name, value in one.items()} for one in (used, later)))


def _idle(pid: int, seconds: float = 3.0) -> float:
    """Milliseconds of CPU a second when nobody asks."""
    before = cpu_of(pid).total()
    time.sleep(seconds)
    return (cpu_of(pid).total() - before) / seconds


def _floor(count: int) -> Iterator[bytes]:
    body = json.dumps({"account": "0" * 32}).encode()
    return itertools.repeat(request_bytes("/floor", "floor", body, {}), count)


def lookups(prepared: Prepared, accounts: Iterator[str]) -> Iterator[bytes]:
    for number, account in enumerate(accounts):
        body = json.dumps({
            "account": account, "about": "contact", "purpose": prepared.purpose, "mode": "number",
            "agent": f"agent-{number % AGENTS}",
        }).encode()
        yield request_bytes("/v1/lookups", "bench", body, {
            "Authorization": f"Bearer {prepared.token}", "Idempotency-Key": secrets.token_hex(16),
        })


def dial_checks(prepared: Prepared, asked: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """Of each account and channel once: the same question again at once would be the same check, and cheaper."""
    for account, channel in asked:
        body = json.dumps({"account": account, "channel": channel}).encode()
        yield request_bytes("/v1/dial-checks", "bench", body, {"Authorization": f"Bearer {prepared.token}"})


def _gated(clients: int, seen: Seen) -> list[Found]:
    floor, denial, permit = seen["floor"], seen["denial"], seen["permit"]
    if clients == 1:
        return [Found("p50 of a permit, 1 client, to the floor's", _median(permit, floor, lambda one: one.p50))]
    if clients == 64:
        return [Found("p99 to p50 of a permit, 64 clients", median(one.p99 / one.p50 for one in permit))]
    if clients != 16:
        return []
    return [
        Found("permits a second, 16 clients, to the floor's", _median(permit, floor, lambda one: one.rate)),
        Found("denials a second, 16 clients, to the floor's", _median(denial, floor, lambda one: one.rate)),
        Found("CPU of a permit to the floor's", _median(permit, floor, lambda one: one.cpu)),
        Found("CPU of a denial to the floor's", _median(denial, floor, lambda one: one.cpu)),
        Found("p99 to p50 of a permit, 16 clients", median(one.p99 / one.p50 for one in permit)),
    ]


def _median(samples: Sequence[Sample], floor: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    """The median of the ratios of each round: what the machine did otherwise meanwhile, it did to both."""
    return median(of(one) / of(base) for one, base in zip(samples, floor, strict=True))


def _print(clients: int, seen: Seen) -> None:
    who = "1 client" if clients == 1 else f"{clients} clients"
    print(f"\n{who:<12} requests/s   to floor   CPU ms   to floor   p50 ms   p99 ms   load {os.getloadavg()[0]:.1f}")
    floor = seen["floor"]
    for name, samples in seen.items():
        print(f"{name:<12} {median(one.rate for one in samples):>10.0f} "
              f"{_median(samples, floor, lambda one: one.rate):>10.2f} "
              f"{median(one.cpu for one in samples):>8.2f} "
              f"{_median(samples, floor, lambda one: one.cpu):>10.2f} "
              f"{median(one.p50 for one in samples):>8.1f} {median(one.p99 for one in samples):>8.1f}")
    for name in ("denial", "permit", "dial check"):
        print(f"CPU ms of a {name}: {_parts([one.parts for one in seen[name]])}; "
              f"after the answers: {_parts([one.later for one in seen[name]])}")


def _parts(samples: Sequence[Mapping[str, float]]) -> str:
    medians = {name: median(one.get(name, 0) for one in samples) for name in sorted({*itertools.chain(*samples)})}
    return ", ".join(f"{name} {value:.2f}" for name, value in medians.items() if value >= 0.005) or "nothing"


