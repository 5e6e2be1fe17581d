"""Callbacks as they come: whose one is, and as much of it as is settled in one turn.

A turn holds the courier's lock. A long file takes several, and whatever else waits goes between them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import structlog

from registry.courier import provider_book
from registry.courier.attempts import Attempts
from registry.courier.clock import Clock
from registry.courier.follow import Follower
from registry.courier.provider_book import Provider
from registry.courier.providers import webhooks
from registry.courier.providers.adapters import NEUTRAL
from registry.courier.providers.event import Callback, RefusedEvent
from registry.courier.store import Store
from registry.errors import MalformedError


class Callbacks:
    """What providers posted, one turn at a time."""

    def __init__(
        self, store: Store, clock: Clock, follower: Follower, attempts: Attempts, lock: threading.RLock,
    ) -> None:
        self._store = store
        self._clock = clock
        self._follower = follower
        self._attempts = attempts
        self._lock = lock
        self._log = structlog.get_logger("courier")

    def settle(self, provider: str, received_at: int, callback: Callback) -> str:
        """A whole callback: `recorded`, `repeated`, or the code why it was refused.

        `provider` is a name or an id; `received_at` wall-clock milliseconds. Raises UnavailableError when it could
        not be settled: give it again, nothing is done twice.
        """
        told, whole = self.turn(provider, received_at, callback)
        while not whole:
            whole = self.turn(provider, received_at, callback)[1]
        return told

    def turn(self, provider: str, received_at: int, callback: Callback) -> tuple[str, bool]:
        """(what became of it, whether all of it is done), as `settle`."""
        with self._lock:
            found = self.find(provider)
            if found is None:
                self._log.warning("callback of an unknown provider")
                return "provider-unknown", True
            if found.adapter != NEUTRAL:
                self._catch_up()
            try:
                settled = self._attempts.take(found, received_at, callback)
            except RefusedEvent as error:
                self._refuse(found, callback.headers, error)
                if error.code == "subscription-unconfirmed":
                    self._log.warning("confirm the subscription", provider=found.name, how=error.detail)
                return error.code, True
            return "recorded" if settled.fresh else "repeated", settled.whole

    def turn_sealed(self, provider: str, received_at: int, jwe: str) -> bool:
        """A turn of what the web tier sealed to us; what does not open is refused for good.

        False: not all of it is done. Give it again, after whatever else waits.
        """
        try:
            callback = self._store.keys.open_callback(jwe)
        except MalformedError as error:
            with self._lock:
                found = self.find(provider)
                if found is not None:
                    self._refuse(found, {}, error)
            return True
        return self.turn(provider, received_at, callback)[1]

    def find(self, name: str) -> Provider | None:
        """The provider of that name or id. The caller holds the lock."""
        with self._store.begin() as db:
            found = provider_book.find(db, name)
        if found is not None:
            return found
        self._catch_up()    # it may have been registered a moment ago
        with self._store.begin() as db:
            return provider_book.find(db, name)

    def _catch_up(self) -> None:
        """Follows to the log's end: what it has of an attempt or a number is then known here too."""
        while self._follower.batch():
            pass

    def _refuse(self, provider: Provider, headers: Mapping[str, str], error: MalformedError) -> None:
        self._log.info("callback refused", provider=provider.name, why=error.code)
        told = error if isinstance(error, RefusedEvent) else RefusedEvent(error.detail, code=error.code)
        with self._store.begin() as db:
            shown = told.webhook_id or webhooks.shown_id(headers)
            provider_book.refuse(db, provider.id, shown, told.code, self._clock.wall(), member=told.pointer)
