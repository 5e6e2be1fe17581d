"""Who sends which message: one thread at a time."""

from __future__ import annotations

import threading


class Claims:
    """Ids of messages that somebody is sending."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._lock = threading.Lock()

    def take(self, delivery: str) -> bool:
        """False if somebody has it."""
        with self._lock:
            if delivery in self._held:
                return False
            self._held.add(delivery)
            return True

    def release(self, delivery: str) -> None:
        """Gives it back."""
        with self._lock:
            self._held.discard(delivery)

    def all(self) -> tuple[str, ...]:
        """Everything that is held now."""
        with self._lock:
            return tuple(self._held)
