"""A provider reports everything at once. What got 202 becomes an entry, exactly once; what got 429 was promised
nothing; while reports wait for longer than five seconds nothing is opened. On the way the courier is killed.

CONSENTRY_FAULTS_WEBHOOKS says how many (CONTRIBUTING.md). Times are printed, not judged.
Seen to fail: with a pump that forgets callbacks before the courier has settled them, entries are too few.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from typing import Any

from tests.contract.client import World, later
from tests.faults.house import SOON, House
from tests.promises.processes import stopped
from tests.system.world import until

MANY = int(os.environ.get("CONSENTRY_FAULTS_WEBHOOKS", "700"))
SENDERS = 16
MOST_WAITING = 500


class Provider:
    """Reports its attempts, each again and again until it is taken."""

    def __init__(self, world: World) -> None:
        self._world = world
        first = world.ask("GET", f"/v1/providers/{world.card['provider']['name']}", who="officer").json["next_seq"]
        began = later(world.now(), seconds=-30)
        self.events = [{
            "type": "contact.attempt", "timestamp": began, "data": {
                "attempt_id": secrets.token_hex(8), "seq": first + place, "medium": "voice", "direction": "outbound",
                "to": "+8610000008888", "from": "+8610000009999", "cause": {"q850": 19}, "began_at": began,
                "ring_seconds": 30}}
            for place in range(MANY)]
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []
        self.lock = threading.Lock()

    def send(self, event: Any) -> int:
        """Once."""
        began = time.monotonic()
        status = self._world.hook(event).status
        with self.lock:
            self.statuses[status] += 1
            if status == 202:
                self.seconds.append(time.monotonic() - began)
        return status

    def insist(self, event: Any) -> None:
        """Until it is taken, as a careful provider."""
        while (status := self.send(event)) != 202:
            assert status == 429, status
            time.sleep(0.3)


def test_a_burst_is_taken_or_refused_and_never_lost(home: House) -> None:
    home.settle()
    until(lambda: waiting(home) == 0, "an empty inbox", SOON)
    provider, size = Provider(home.world), len(home.world.entries())
    with ThreadPoolExecutor(SENDERS) as pool:
        with stopped(home.pid("courier")):
            first = provider.events[:MOST_WAITING + 40]
            taken = list(pool.map(provider.send, first))
            # None is settled while the courier is stopped.
            assert Counter(taken) == {202: MOST_WAITING, 429: 40}
            denied = until(lambda: inbox_is_old(home), "openings to stop", SOON)
            assert denied["state"] == "unavailable"
        rest = [event for event, status in zip(first, taken, strict=True) if status == 429]
        rest += provider.events[len(first):]
        sending = pool.map(provider.insist, rest)
        until(lambda: provider.statuses[202] > MOST_WAITING + len(rest) // 2, "half of the rest to be taken", MANY)
        os.kill(home.pid("courier"), signal.SIGKILL)
        list(sending)
    until(lambda: waiting(home) == 0, "the inbox to be empty", MANY)
    wanted = {event["data"]["seq"] for event in provider.events}
    seqs = [one["entry"]["body"]["seq"] for one in home.world.entries()[size:]
            if one["entry"]["kind"] == "attempt-recorded/2"]
    assert sorted(seqs) == sorted(wanted), "each once"
    until(lambda: home.world.look("withdrawn").json["state"] == "not-eligible", "openings to go on", SOON)
    told = quantiles(provider.seconds, n=100)
    print(f"{MANY} webhooks: {dict(provider.statuses)}, 202 within p50 {told[49]:.3f} s, p99 {told[98]:.3f} s")


def inbox_is_old(home: House) -> Any:
    """A lookup's answer, once the oldest report has waited for five seconds."""
    found = home.world.look("withdrawn").json
    return found if found["state"] == "unavailable" else None


def waiting(home: House) -> int:
    found = home.world.ask("GET", f"/v1/providers/{home.world.card['provider']['name']}", who="officer")
    return int(found.json["waiting"]) if found.status == 200 else -1
