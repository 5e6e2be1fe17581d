"""One sending thread for each medium: a carrier that is slow, or hangs, keeps neither the vault nor another medium
waiting. What waits for a thread is sealed; an address is opened only when its message's turn has come.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping

import structlog

from registry.courier.deliver import Deliverer
from registry.errors import ConsentryError

MOST_WAITING = 50


class Hands:
    """Threads that send. They die with the process: what they were doing is in courier.db."""

    def __init__(self, media: tuple[str, ...]) -> None:
        self._queues: dict[str, queue.Queue[tuple[Deliverer, str, Mapping[str, str]]]] = {
            medium: queue.Queue(MOST_WAITING) for medium in media}
        self._turns = {medium: threading.Lock() for medium in media}
        self._ending = threading.Event()
        self._log = structlog.get_logger("courier")
        for medium in media:
            threading.Thread(target=self._run, args=(medium,), name=f"send-{medium}", daemon=True).start()

    def full(self) -> tuple[str, ...]:
        """Media that take no more at present."""
        return tuple(medium for medium, waiting in self._queues.items() if waiting.full())

    def take(self, deliverer: Deliverer, delivery: str, blobs: Mapping[str, str]) -> None:
        """Sends the message when its turn comes. Raises NotFoundError for one that there is not."""
        one = deliverer.claim(delivery)
        if one is None:
            return
        try:
            self._queues[one.medium].put_nowait((deliverer, delivery, blobs))
        except (queue.Full, KeyError):
            deliverer.release(delivery)  # it stays wanted

    def end(self, patience: float) -> None:
        """Sends nothing new; waits so many seconds for what is being handed over: cut off, it would be in doubt."""
        self._ending.set()
        deadline = time.monotonic() + patience
        for turn in self._turns.values():
            turn.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def _run(self, medium: str) -> None:
        while True:
            deliverer, delivery, blobs = self._queues[medium].get()
            try:
                with self._turns[medium]:
                    if not self._ending.is_set():
                        deliverer.send_claimed(delivery, blobs)
            except ConsentryError as error:
                self._log.warning("not sent yet", delivery=delivery, code=error.code)
            except Exception as error:  # noqa: BLE001 - one message must not end all others; its words may hold a value
                self._log.error("unforeseen", delivery=delivery, error=type(error).__name__)
            finally:
                deliverer.release(delivery)
