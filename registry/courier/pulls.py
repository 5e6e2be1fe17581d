"""Asking providers for their own records of what a callback alone does not prove (evidence of grade C).

An event waits sealed in courier.db, through crashes and restarts, until the provider's record says the same. Of two
that differ, the one less favourable to a release is logged; after 23 hours what was told is logged unconfirmed, and
then never counts.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import structlog

from registry.courier import event_book as book
from registry.courier import pull_book
from registry.courier.clock import Clock
from registry.courier.keys import CourierKeys
from registry.courier.provider_book import Provider, find, refuse, secret_of
from registry.courier.providers.adapters import adapter_of, credential_of
from registry.courier.providers.event import Event, RefusedEvent, Signed
from registry.courier.providers.pull import Asking, Http
from registry.courier.pull_book import Waiting
from registry.courier.recording import Recorder
from registry.courier.store import Store
from registry.courier.suspensions import recorded_all_the_same, refusal
from registry.errors import UnavailableError
from registry.model.times import stamp
from registry.policy.outcomes import OutcomeTable
from registry.policy.outcomes.table import LEAST_FAVOURABLE_FIRST

DISAGREES = "pull-mismatch"


def sealed(keys: CourierKeys, event: Event, signed: Signed) -> str:
    """An event as it waits: only the courier's own key opens it."""
    return keys.seal(json.dumps({"event": asdict(event), "signed_at": signed.at}).encode("utf-8"))


class Pulls:
    """Asks about one event at a time. The lock is the courier's; it is not held while a provider has the word."""

    def __init__(  # noqa: PLR0917 - everything from outside is an argument
        self, store: Store, clock: Clock, random: Callable[[int], bytes], recorder: Recorder,
        outcomes: Callable[[str], OutcomeTable], http: Http, lock: threading.RLock,
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._recorder = recorder
        self._outcomes = outcomes
        self._http = http
        self._lock = lock
        self._log = structlog.get_logger("courier")

    def once(self) -> bool:
        """Asks about the event that is due for longest. False: none is. Raises UnavailableError for the vault's
        absence; the event stays."""
        with self._lock, self._store.begin() as db:
            one = pull_book.due(db, self._clock.wall())
            provider = None if one is None else find(db, one.provider)
        if one is None or provider is None:
            return False
        kept = json.loads(self._store.keys.unseal(one.jwe))
        event = Event(**kept["event"])
        record = self._asked(provider, event)
        with self._lock:
            self._settle(one, provider, event, record, kept["signed_at"])
        return True

    def _asked(self, provider: Provider, event: Event) -> Event | RefusedEvent | None:
        """The provider's record; None while there is none or nobody answers; RefusedEvent for one that cannot be."""
        adapter = adapter_of(provider.adapter)
        if adapter.pull is None:
            return None
        with self._store.begin() as db:
            secret = secret_of(db, provider)
        asking = Asking(
            self._http, self._outcomes(provider.adapter), self._clock.wall(), self._random(16).hex())
        try:
            return adapter.pull(credential_of(provider.adapter, secret, provider.public_key), event, asking)
        except UnavailableError as error:
            self._log.info("provider not asked", provider=provider.name, why=error.code)
            return None
        except RefusedEvent as error:
            self._log.warning("provider's record not usable", provider=provider.name, why=error.code)
            return error

    def _settle(
        self, one: Waiting, provider: Provider, event: Event, record: Event | RefusedEvent | None, signed_at: int,
    ) -> None:
        wall = self._clock.wall()
        late = wall - one.since >= pull_book.GIVE_UP
        event, body = self._recorder.located(provider, event, signed_at)
        if isinstance(record, Event):
            theirs, their_body = self._recorder.located(provider, record, signed_at)
            if _differs(theirs, event) or _differs(their_body, body):
                record = RefusedEvent("the record is of another attempt", code=DISAGREES)
            elif _favour(their_body) <= _favour(body):
                event, body = theirs, {**their_body, "confirmed": stamp(self._clock.now())}
        if isinstance(record, RefusedEvent):
            with self._store.begin() as db:
                refuse(db, provider.id, "", record.code, wall)
                if record.code == DISAGREES:
                    pull_book.forget(db, one)
                    return
        if not isinstance(record, Event) and not late:
            return
        if not recorded_all_the_same(provider, body):
            with self._store.begin() as db:
                refuse(db, provider.id, "", refusal().code, wall)
                pull_book.forget(db, one)
            return
        name = self._recorder.disguise(provider, "pulled ", event.attempt.encode())
        with self._store.begin() as db:
            message = book.Message(provider.id, name, name, tuple(self._recorder.drafts(db, provider, event, body)))
            book.remember(db, message, wall)
            pull_book.forget(db, one)
        self._recorder.settle(message)


def _differs(one: Event | dict[str, Any], other: Event | dict[str, Any]) -> bool:
    """Whether a record is of another attempt: another id or medium, or at another line."""
    if isinstance(one, Event) and isinstance(other, Event):
        return (one.attempt, one.medium, one.direction) != (other.attempt, other.medium, other.direction)
    return isinstance(one, dict) and isinstance(other, dict) and one.get("channel") != other.get("channel")


def _favour(body: dict[str, Any]) -> int:
    return LEAST_FAVOURABLE_FIRST.index(body["class"])
