"""From a provider's callback to events, each recorded or kept until the provider was asked: verify, read, keep."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from registry.courier import event_book as book
from registry.courier import pull_book
from registry.courier.clock import Clock
from registry.courier.incoming import Incoming
from registry.courier.provider_book import Provider, refuse, secret_of
from registry.courier.providers import messages
from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.adapters import NEUTRAL, adapter_of, credential_of
from registry.courier.providers.event import Callback, Event, RefusedEvent, Ringing, Signed
from registry.courier.pulls import sealed
from registry.courier.recording import RESTRICTS, Recorder, in_time
from registry.courier.store import Store
from registry.courier.suspensions import recorded_all_the_same, refusal
from registry.errors import MalformedError
from registry.model.numbers import parse_number
from registry.model.providers import KINDS, grade_of
from registry.model.times import DAY, SECOND
from registry.policy.outcomes import OutcomeTable

GRADES = "ABC"


class Settled(NamedTuple):
    """What became of a callback. `fresh`: not settled before; `whole`: the vault has all its entries."""

    fresh: bool
    whole: bool


class Attempts:
    """Verified events of providers, one at a time: the caller holds the courier's lock."""

    def __init__(
        self, recorder: Recorder, store: Store, clock: Clock, outcomes: Callable[[str], OutcomeTable],
        incoming: Incoming,
    ) -> None:
        self._recorder = recorder
        self._store = store
        self._clock = clock
        self._outcomes = outcomes
        self._incoming = incoming

    def take(self, provider: Provider, received_at: int, callback: Callback) -> Settled:
        """Settles one callback, or a part of a long one: give it again until it is whole.

        Raises RefusedEvent when it proves nothing; UnavailableError when the vault is not there: nothing is lost,
        the same callback may be given again.
        """
        adapter = adapter_of(provider.adapter)
        with self._store.begin() as db:
            secret = secret_of(db, provider)
        credential = credential_of(provider.adapter, secret, provider.public_key)
        signed = adapter.verify(credential, callback, received_at)
        webhook = self._recorder.disguise(provider, "webhook ", signed.webhook_id.encode())
        fingerprint = self._recorder.disguise(provider, "body ", signed.told)
        with self._store.begin() as db:
            before = book.seen(db, provider.id, webhook)
        if before is None:
            names = (webhook, fingerprint)
            if provider.adapter == NEUTRAL and self._of_a_message(provider, callback.body, signed, names):
                return Settled(fresh=True, whole=True)
            events = self._read(adapter, provider, callback, signed)
            message = self._accept(graded(provider), adapter, events, signed, names)
            return Settled(fresh=True, whole=self._recorder.settle(message))
        if not hmac.compare_digest(before.fingerprint, fingerprint):
            raise RefusedEvent("this webhook-id was used for another body", code="webhook-id-reused",
                               webhook_id=signed.webhook_id)
        return Settled(fresh=False, whole=self._recorder.settle(before))

    def _of_a_message(
        self, provider: Provider, body: bytes, signed: Signed, names: tuple[str, str],
    ) -> bool:
        """Settles a receipt or a reply, and notes it then: done twice, it is done once. False for any other event."""
        try:
            told = messages.read(body)
            if told is None:
                return False
            if provider.suspended and isinstance(told, messages.CarrierReceipt) and told.status == "delivered":
                raise refusal()
            self._incoming.take(provider, told, names[0])
        except RefusedEvent as error:
            raise RefusedEvent(error.detail, code=error.code, webhook_id=signed.webhook_id) from error
        with self._store.begin() as db:
            book.remember(db, book.Message(provider.id, *names, (), signed.webhook_id), self._clock.wall())
        return True

    def _read(self, adapter: Adapter, provider: Provider, callback: Callback, signed: Signed) -> list[Event]:
        """The events of a verified callback. What is refused of several is noted; of one it is the answer."""
        try:
            told = adapter.read(callback, self._outcomes(provider.adapter), signed)
            if len(told) == 1 and isinstance(told[0], RefusedEvent) and not KINDS[provider.adapter].batch:
                raise told[0]
        except RefusedEvent as error:
            raise RefusedEvent(error.detail, code=error.code, pointer=error.pointer,
                               webhook_id=signed.webhook_id) from error
        wall = self._clock.wall()
        with self._store.begin() as db:
            several = len(told) > 1 or KINDS[provider.adapter].batch
            now = self._clock.now()
            noted = [nowhere(one, withheld=provider.adapter != NEUTRAL) or untimely(one, now) or one for one in told]
            for why, rows in refused_rows(noted).items():
                refuse(db, provider.id, signed.webhook_id, why, wall, rows if several else ())
            for one in told:
                if isinstance(one, Ringing):
                    pull_book.rings(db, provider.id, self._ringing(provider, one.attempt), one.at, wall)
        return [one for one in told if isinstance(one, Event)]

    def _accept(
        self, provider: Provider, adapter: Adapter, events: Sequence[Event], signed: Signed, names: tuple[str, str],
    ) -> book.Message:
        """Keeps what a callback told: as entries to be appended, or, where its word alone proves nothing, until the
        provider was asked. Raises RefusedEvent where all of it is refused because the provider is suspended."""
        wall = self._clock.wall()
        told = [self._recorder.located(provider, self._rung(provider, event), signed.at) for event in events]
        placed = [(event, body) for event, body in told if recorded_all_the_same(provider, body)]
        if told and not placed:
            # Not remembered: sent once more after the provider was taken up again, it is taken.
            raise refusal(signed.webhook_id)
        with self._store.begin() as db:
            if len(placed) < len(told):
                refuse(db, provider.id, signed.webhook_id, refusal().code, wall)
            drafts: list[dict[str, Any]] = []
            for event, body in placed:
                digest = self._recorder.disguise(provider, "attempt ", event.attempt.encode())
                asks = provider.grade == "C" and adapter.pull is not None and "channel" in body
                # What restricts does so at once, whoever said it.
                if not asks or body["class"] in RESTRICTS or book.logged(db, provider.id, digest):
                    drafts += self._recorder.drafts(db, provider, event, body)
                else:
                    pull_book.keep(db, provider.id, digest, sealed(self._store.keys, event, signed), wall)
            message = book.Message(provider.id, *names, tuple(drafts), signed.webhook_id)
            book.remember(db, message, wall)
        return message

    def _rung(self, provider: Provider, event: Event) -> Event:
        """The event with the seconds that it rang, where another event told when that began."""
        if not event.rang or event.ring_seconds is not None or event.ended_at is None:
            return event
        with self._store.begin() as db:
            since = pull_book.rang_since(db, provider.id, self._ringing(provider, event.attempt))
        if since is None or since > event.ended_at:
            return event
        rang = min(DAY // SECOND, (event.ended_at - since) // SECOND)
        return replace(event, ring_seconds=rang, began_at=min(event.began_at, since))

    def _ringing(self, provider: Provider, attempt: str) -> str:
        return self._recorder.disguise(provider, "ringing ", attempt.encode())


def graded(provider: Provider) -> Provider:
    """The provider at the lesser of two grades: what it was registered at, and what its credential is worth."""
    worth = grade_of(provider.adapter, public_key=provider.public_key is not None) or "C"
    return replace(provider, grade=max(worth, provider.grade, key=GRADES.index))


def refused_rows(told: Sequence[Told]) -> dict[str, list[int]]:
    """Why events of one callback are refused, each with their numbers: from 1, in the order of the callback."""
    found: dict[str, list[int]] = {}
    for number, one in enumerate(told, 1):
        if isinstance(one, RefusedEvent):
            found.setdefault(one.code, []).append(number)
    return found


def nowhere(one: Told, *, withheld: bool) -> RefusedEvent | None:
    """What is noted of a call or an SMS at what is no number in E.164: recorded all the same, so that the sequence
    stays whole, it can never count. `withheld`: not of a call that came in, whose caller may hide the number."""
    if not isinstance(one, Event) or one.medium not in ("voice", "sms") or (withheld and one.direction == "inbound"):
        return None
    try:
        parse_number(one.dialled)
    except MalformedError:
        return RefusedEvent("the address is no number in E.164", code="address-malformed")
    return None


def untimely(one: Told, now: int) -> RefusedEvent | None:
    """What is noted of an attempt that began more than a day ago, or lies ahead, by the log's clock (`now`, ms): it
    is recorded all the same and never counts, and a dialler whose clock is wrong would never know why."""
    if not isinstance(one, Event) or in_time(one, now):
        return None
    return RefusedEvent("began_at is more than 24 hours ago, or ahead of the log's clock", code="began-outside")
