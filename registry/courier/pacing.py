"""A transport before which nobody's messages look like somebody's: the size of the log is public, and its rhythm too.

Whoever asks for a code to an address that nobody has must see the log grow as if the code had gone out (promise P10).
So its message is handed over as well, to nobody, and takes as long as the last one of that medium took; while that
carrier is down, it is not taken either.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from registry.courier.outbox import Message, Outbox, Receipt
from registry.errors import UnavailableError

NOBODY = ""  # what a message to nobody has in the place of an address
# Where such messages wait their turn: in no carrier's, or whoever asks for many would hold everybody else's up.
TO_NOBODY = "nobody"
LONGEST = 10.0  # seconds that a message to nobody takes at most


class Pacing:
    """An `Outbox` around another one. `ticks` are seconds of a monotonic clock."""

    def __init__(
        self, inner: Outbox, *, ticks: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._inner = inner
        self._ticks = ticks
        self._pause = pause
        self._took: dict[str, float] = {}  # by medium
        self._down: set[str] = set()

    def send(self, message: Message) -> Receipt | None:
        """As the inner transport's. Raises UnavailableError for a message to nobody while its carrier is down."""
        if message.to == NOBODY:
            if message.medium in self._down:
                raise UnavailableError("the carrier took no message", code="transport-unavailable")
            self._pause(self._took.get(message.medium, 0.0))
            return None
        began = self._ticks()
        try:
            receipt = self._inner.send(message)
        except UnavailableError:
            self._down.add(message.medium)
            raise
        self._down.discard(message.medium)
        self._took[message.medium] = min(self._ticks() - began, LONGEST)
        return receipt

    def asked(self, message: str, medium: str) -> bool | None:
        """As the inner transport's: it has no message to nobody."""
        return False if medium == TO_NOBODY else self._inner.asked(message, medium)
