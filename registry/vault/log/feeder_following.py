"""What goes to the witnesses the moment that enough of them have taken what is on its way, without waiting for the
vault's thread, which may be in the middle of a round.

Nothing is judged here and nothing is believed: a status of 200 only says that the next may leave. Whether a
cosignature verifies, the vault's thread finds out when it hears the same reply, and only then is anything published.
What may leave is always a checkpoint of ours that is durable and in the guard already, with a proof between two such
sizes: what is undone was never in one. A witness that says 200 and lies gets what it would get a moment later anyway.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from registry.vault.log.feeder_answers import OK
from registry.vault.log.feeder_ports import Network, Reply
from registry.vault.log.stated import Stated


@dataclass(slots=True)
class Next:
    """A submission made in advance: `stated`, for `places` that are at the size of `after` once they have taken that.
    `counted`: the places whose word is good enough for it to leave. `leaving` once it does."""

    after: Stated
    stated: Stated
    body: bytes
    places: set[int]
    counted: frozenset[int]
    leaving: bool = False


class Following:
    """Knows what is on its way to each witness, by its place: one submission at most. For any thread."""

    def __init__(self, network: Network, enough: Callable[[set[int]], bool], steady: Callable[[], float]) -> None:
        """`enough`: whether these places are a quorum. From now on the network tells each reply here first."""
        self._network, self._enough, self._steady = network, enough, steady
        self._lock = threading.Lock()
        self._way: dict[int, Stated] = {}
        self._took: dict[int, Stated] = {}  # what each said 200 to last
        self._next: Next | None = None
        self._held = False
        self._gone: dict[int, tuple[Next, float]] = {}
        network.following = self._answered

    def claim(self, place: int) -> bool:
        """Whether nothing is on its way to a place; then nothing goes there by itself either."""
        with self._lock:
            if place in self._way:
                return False
            if self._next is not None:
                self._next.places.discard(place)
            return True

    def send(self, place: int, stated: Stated, body: bytes) -> None:
        """Sends to a place that was claimed, or has just refused."""
        with self._lock:
            self._took.pop(place, None)
            self._way[place] = stated
            self._network.send(place, body)

    def prepare(self, upcoming: Next) -> None:
        """In place of what was prepared before, unless that is leaving: whoever answers later is asked for what the
        others were asked for. Goes at once if `after` is taken already and nothing holds it."""
        with self._lock:
            now = self._next
            if now is not None and now.leaving and now.after is upcoming.after:
                return
            self._next = upcoming
            self._go()

    def hold(self) -> None:
        """Nothing leaves by itself until `release`: what is being written now is to go with it."""
        with self._lock:
            self._held = True

    def release(self) -> None:
        with self._lock:
            self._held = False
            self._go()

    def stop(self) -> None:
        """Nothing more goes by itself until something else is prepared."""
        with self._lock:
            self._next = None

    def gone(self) -> dict[int, tuple[Next, float]]:
        """What has left by itself since this was last asked, by place, and when (steady clock)."""
        with self._lock:
            gone, self._gone = self._gone, {}
            return gone

    def _answered(self, place: int, reply: Reply) -> list[tuple[int, bytes]]:
        """In a thread of the network, before anybody else hears of the reply: what to send now, and where."""
        with self._lock:
            stated = self._way.pop(place, None)
            if stated is not None and reply.status == OK:
                self._took[place] = stated
            return self._leave()

    def _go(self) -> None:
        for place, body in self._leave():
            self._network.send(place, body)

    def _leave(self) -> list[tuple[int, bytes]]:
        one = self._next
        if one is None or self._held:
            return []
        free = {place for place in one.places if place not in self._way and self._took.get(place) is one.after}
        if not free or not (one.leaving or self._enough(free & one.counted)):
            return []
        one.leaving = True
        one.places -= free
        at = self._steady()
        for place in free:
            self._way[place], self._gone[place] = one.stated, (one, at)
        return [(place, one.body) for place in sorted(free)]
