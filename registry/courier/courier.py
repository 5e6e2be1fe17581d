"""The courier: what its socket offers, as methods for one process and as ops for the others.

All ops and the follower take turns by one lock, so each sees the other's work whole.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog

from registry.clients import Caller
from registry.courier import delivery_book, event_book, mail, provider_book, pull_book
from registry.courier.attempts import Attempts
from registry.courier.bridges.calls import CallOutbox, Calls
from registry.courier.bridges.port import Bridged
from registry.courier.callbacks import Callbacks
from registry.courier.clock import Clock
from registry.courier.deliver import Deliverer
from registry.courier.follow import Follower
from registry.courier.hands import Hands
from registry.courier.incoming import Incoming
from registry.courier.mailbox import Mails
from registry.courier.ops import OPS
from registry.courier.outbox import Outbox
from registry.courier.pacing import Pacing
from registry.courier.providers.adapters import NEUTRAL, read_credential
from registry.courier.providers.event import Callback
from registry.courier.providers.pull import Http, Https
from registry.courier.pulls import Pulls
from registry.courier.recording import Recorder
from registry.courier.store import Store
from registry.courier.unclaimed import Unclaimed
from registry.errors import ConsentryError, IntegrityError, MalformedError, NotFoundError, UnavailableError
from registry.model.shapes import check_fields
from registry.shipped import shipped_outcomes

WANTS = 50
BlobSource = Callable[[str, tuple[str, ...]], Mapping[str, bytes]]


class Courier:
    """One courier of one log. `public_url` is where `/r/<token>` is reached.

    With `hands` they send, so that a slow carrier keeps nobody waiting; without, who brings the values sends.
    `carrier` is the provider that may speak of our SMS (`incoming.ANYBODY` in a demo); `http` the way to providers;
    `bridged` who connects brokered calls.
    """

    def __init__(  # noqa: PLR0917 - everything from outside is an argument
        self, vault: Caller, store: Store, outbox: Outbox, clock: Clock, random: Callable[[int], bytes],
        public_url: str, hands: Hands | None = None, carrier: str | None = None, http: Http | None = None,
        bridged: Bridged | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._log = structlog.get_logger("courier")
        self._follower = Follower(vault, store, random, bridged=bridged is not None)
        self._unclaimed = Unclaimed(store, clock)
        self._hands = hands
        self._carrier = carrier
        self._deliverer = Deliverer(
            vault, store, CallOutbox(Pacing(outbox), bridged, store, clock), clock=clock, random=random,
            public_url=public_url, lock=self._lock)
        self.calls = Calls(vault, store, bridged, clock, random, self._lock)
        self._incoming = Incoming(vault, store, self._deliverer, carrier, self.calls)
        self._recorder = Recorder(vault, store, clock, random, shipped_outcomes)
        self._callbacks = Callbacks(
            store, clock, self._follower,
            Attempts(self._recorder, store, clock, shipped_outcomes, self._incoming), self._lock)
        self._pulls = Pulls(
            store, clock, random, self._recorder, shipped_outcomes, Https() if http is None else http, self._lock)

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answers one op. Raises MalformedError on unknown ops and members, and what the op raises."""
        known = OPS.get(op)
        if known is None:
            raise MalformedError("there is no such op", code="op-unknown")
        shape, method = known
        check_fields(shape, args)
        if op == "blobs":
            return method(self, args)  # it takes the lock itself, and not while a carrier has the word
        with self._lock:
            return method(self, args)

    def handle_callback(self, provider: str, received_at: int, headers: Mapping[str, str], body: bytes) -> str:
        """`receive` for a kind that signs neither address nor type. Header names in any case."""
        lowered = {name.lower(): value for name, value in headers.items()}
        return self.receive(provider, received_at, Callback(lowered, body))

    def receive(self, provider: str, received_at: int, callback: Callback) -> str:
        """Settles one raw callback: see `Callbacks.settle`."""
        return self._callbacks.settle(provider, received_at, callback)

    def receive_sealed(self, provider: str, received_at: int, jwe: str) -> bool:
        """A turn of one that the web tier sealed to us: see `Callbacks.turn_sealed`."""
        return self._callbacks.turn_sealed(provider, received_at, jwe)

    def follow(self) -> int:
        """Follows the log by one batch and finishes what an earlier life began. Returns how many entries came.

        Raises UnavailableError, IntegrityError.
        """
        with self._lock:
            with self._store.begin() as db:
                messages, sent = event_book.unsettled(db), delivery_book.unrecorded(db)
            for message in messages:
                self._finish(partial(self._recorder.settle, message))
            for delivery in sent:
                self._finish(partial(self._deliverer.reports.record, delivery.id))
            found = self._follower.batch()
            if not found:
                self._unclaimed.forget()
            return found

    def _finish(self, work: Callable[[], object]) -> None:
        try:
            work()
        except (UnavailableError, IntegrityError):
            raise
        except ConsentryError as error:
            # It stays unfinished, and `waiting` shows it; it must not keep the courier from following.
            self._log.error("cannot be finished", code=error.code)

    def deliver_due(self, blobs: BlobSource) -> int:
        """Follows the log to its end and sends every message that is due. Returns how many went out.

        For one process, as the demo's seed: `blobs(subject, names)` gives sealed values by name.
        """
        sent = 0
        while self.follow():
            pass
        while wants := self.wants():
            moved = 0
            for want in wants:
                found = blobs(want["subject"], tuple(want["names"]))
                moved += self.send(want["delivery"], found)
            sent += moved
            if not moved:
                break
        return sent

    def ask_provider(self) -> bool:
        """Asks a provider about one event that its callback alone does not prove. False: none is due.

        Raises UnavailableError: the vault is not there, and the event is asked about again.
        """
        return self._pulls.once()

    def read_mails(self, mails: Mails) -> int:
        """Settles what waits in a mailbox, and forgets each mail once it is settled. Returns how many.

        Raises UnavailableError: what is left is read again.
        """
        settled = 0
        for key, raw in mails.waiting():
            found = mail.read(raw)
            if found is not None:
                with self._lock:
                    self._incoming.mail(found)
            mails.forget(key)
            settled += 1
        return settled

    def wants(self) -> list[dict[str, Any]]:
        """Messages that wait for their sealed values: {delivery, subject, names}."""
        with self._lock:
            found = self._deliverer.wanted(WANTS, self._hands.full() if self._hands else ())
        return [{"delivery": one.id, "subject": one.subject, "names": list(one.names)} for one in found]

    def send(self, delivery: str, blobs: Mapping[str, bytes]) -> bool:
        """Sends one message. True once it is out."""
        encoded = {name: base64.b64encode(blob).decode("ascii") for name, blob in blobs.items()}
        return self._deliverer.send(delivery, encoded)

    def keep_secret(self, provider: str, secret: str, salt: bytes, kind: str = NEUTRAL) -> None:
        """Takes a provider's secret and the salt of its commitment. Raises MalformedError `secret-malformed`."""
        read_credential(kind, secret, None)
        with self._lock, self._store.begin() as db:
            provider_book.keep_secret(db, provider, secret, salt)
            self._unclaimed.brought((provider, salt.hex()))

    def provider_status(self, name: str) -> dict[str, Any]:
        """{next_seq, gaps, waiting, refused}; of our SMS carrier also how many messages were `undeliverable`.

        Raises NotFoundError.
        """
        with self._lock:
            found = self._callbacks.find(name)
            if found is None:
                raise NotFoundError("there is no such provider")
            with self._store.begin() as db:
                waiting = event_book.waiting(db, found.id) + pull_book.waiting(db, found.id)
                told = {**provider_book.status(db, found), "waiting": waiting}
                if found.name == self._carrier:
                    told["undeliverable"] = delivery_book.undeliverable(db, ("sms",))
                return told

    def send_sealed(self, delivery: str, blobs: Mapping[str, str]) -> bool:
        """Sends one message whose values came in base64, or leaves it to the hands. True once it is out."""
        if self._hands is None:
            return self._deliverer.send(delivery, blobs)
        self._hands.take(self._deliverer, delivery, blobs)
        return False
