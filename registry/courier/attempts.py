"""From a provider's callback to entries that the courier vouches for.

A message is settled once the vault has its entries; they are kept, signed, under fixed ids before the first is
appended, so that a crash anywhere in between is mended by appending the same bytes again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from registry.clients import Caller
from registry.courier import event_book as book
from registry.courier.clock import Clock
from registry.courier.incoming import Incoming
from registry.courier.provider_book import Provider, refuse, secret_of
from registry.courier.providers import messages
from registry.courier.providers.adapter import Adapter
from registry.courier.providers.adapters import NEUTRAL, adapter_of, credential_of
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.store import Store
from registry.errors import ConflictError, MalformedError, NotFoundError
from registry.model import canonical
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.ids import new_id
from registry.model.providers import grade_of
from registry.model.times import DAY, MINUTE, stamp
from registry.policy.outcomes import OutcomeTable

# Classes after which the borrower counts as reached: such an event is never lost, however late it comes.
REACHES = frozenset(("reached-person", "engaged", "declined"))
GRADES = "ABC"
# What ties an attempt to a person and a moment. Without it an entry only keeps the sequence whole.
LOCATED = (
    "borrower", "channel", "account", "agency", "line", "began_at", "ended_at", "local", "line_local", "ticket",
)
RECORDED = "attempt-recorded/2"


class Attempts:
    """Verified events of providers, one at a time: the caller holds the courier's lock."""

    def __init__(  # noqa: PLR0917 - everything from outside is an argument
        self, vault: Caller, store: Store, clock: Clock, random: Callable[[int], bytes],
        outcomes: Callable[[str], OutcomeTable], incoming: Incoming,
    ) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock
        self._random = random
        self._outcomes = outcomes
        self._incoming = incoming

    def take(self, provider: Provider, received_at: int, callback: Callback) -> bool:
        """Settles one callback. True if it made entries, False if it had been settled before.

        Raises RefusedEvent when it proves nothing; UnavailableError when the vault is not there: nothing is lost,
        the same callback may be given again.
        """
        adapter = adapter_of(provider.adapter)
        with self._store.begin() as db:
            secret = secret_of(db, provider)
        credential = credential_of(provider.adapter, secret, provider.public_key)
        signed = adapter.verify(credential, callback, received_at)
        webhook = self._disguise(provider, "webhook ", signed.webhook_id.encode())
        fingerprint = self._disguise(provider, "body ", signed.told)
        with self._store.begin() as db:
            before = book.seen(db, provider.id, webhook)
        if before is None:
            names = (webhook, fingerprint)
            if provider.adapter == NEUTRAL and self._of_a_message(provider, callback.body, signed, names):
                return True
            told = self._read(adapter, provider, callback, signed)
            self.settle(self._accept(_graded(provider), told, signed, names))
            return True
        if not hmac.compare_digest(before.fingerprint, fingerprint):
            raise RefusedEvent("this webhook-id was used for another body", code="webhook-id-reused",
                               webhook_id=signed.webhook_id)
        self.settle(before)
        return False

    def _of_a_message(
        self, provider: Provider, body: bytes, signed: Signed, names: tuple[str, str],
    ) -> bool:
        """Settles a receipt or a reply, and notes it then: done twice, it is done once. False for any other event."""
        try:
            told = messages.read(body)
            if told is None:
                return False
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
            if len(told) == 1 and isinstance(told[0], RefusedEvent):
                raise told[0]
        except RefusedEvent as error:
            raise RefusedEvent(error.detail, code=error.code, webhook_id=signed.webhook_id) from error
        for one in told:
            if isinstance(one, RefusedEvent):
                with self._store.begin() as db:
                    refuse(db, provider.id, signed.webhook_id, one.code, self._clock.wall())
        return [one for one in told if isinstance(one, Event)]

    def _disguise(self, provider: Provider, what: str, foreign: bytes) -> str:
        return self._store.keys.disguise(provider.id, what.encode() + foreign)

    def settle(self, message: book.Message) -> None:
        """Appends what the vault does not have yet of one message. Raises UnavailableError: try again."""
        drafts = list(message.drafts)
        while drafts:
            try:
                self._vault.call("append", {"entry": drafts[0]})
                drafts.pop(0)
            except (MalformedError, NotFoundError) as error:
                # The vault judges times and places by its own clock and log, which moved on since we asked.
                drafts[:1] = self._without_place(drafts[0]) or self._refused(message, error.code)
            except ConflictError as error:
                # Somebody else's number: refused. That the borrower was reached still is not lost.
                drafts[:1] = self._refused(message, error.code) + self._life(drafts[0])
            with self._store.begin() as db:
                book.keep_drafts(db, message, drafts)

    def _accept(
        self, provider: Provider, events: Sequence[Event], signed: Signed, names: tuple[str, str],
    ) -> book.Message:
        placed = [self._located(provider, event, signed) for event in events]
        with self._store.begin() as db:
            drafts = [draft for event, body in placed for draft in self._drafts(db, provider, event, body)]
            message = book.Message(provider.id, *names, tuple(drafts), signed.webhook_id)
            book.remember(db, message, self._clock.wall())
        return message

    def _located(self, provider: Provider, event: Event, signed: Signed) -> tuple[Event, dict[str, Any]]:
        """The event with its direction, and the body of its entry but for attempt and number."""
        now, wall = self._clock.now(), self._clock.wall()
        # Outside these bounds the vault refuses the place anyway, and `settle` keeps what remains.
        in_time = now - DAY <= event.began_at <= now + MINUTE
        event, place = self._placed(event, event.began_at if in_time else now)
        return event, self._body_of(provider, event, now + signed.at - wall, place)

    def _drafts(
        self, db: Connection, provider: Provider, event: Event, body: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """The entry of an event, if it says anything new."""
        # A number of the provider's own must be in the log even where it is nobody's: the sequence is whole then.
        if event.seq is None and "channel" not in body:
            return []
        attempt, seq = self._numbered(db, provider, event)
        reach = body["class"] in REACHES
        repeated = book.holder_of(db, provider.id, seq) == attempt.id
        book.take_seq(db, provider.id, seq, attempt.id)
        if reach:
            book.mark_reached(db, provider.id, attempt.id)
        # The same event again changes nothing, unless it now says that somebody was reached.
        if repeated and (attempt.reached or not reach):
            return []
        return [self._entry(RECORDED, {**body, "attempt": attempt.id, "seq": seq})]

    def _numbered(self, db: Connection, provider: Provider, event: Event) -> tuple[book.Attempt, int]:
        """Our attempt for the provider's id, and its number. Where the provider numbers nothing we do, in the order
        of acceptance, and its id is made from the provider's: should courier.db be lost, a repeat is still one."""
        digest = self._disguise(provider, "attempt ", event.attempt.encode())
        if event.seq is not None:
            return book.attempt_for(db, provider.id, digest, partial(new_id, self._random)), event.seq
        attempt = book.attempt_for(db, provider.id, digest, lambda: digest[:32])
        return attempt, book.own_seq(db, provider.id, attempt.id)

    def _placed(self, event: Event, at: int) -> tuple[Event, dict[str, Any]]:
        """The event with its direction, and whose line it was at. Where the provider does not say which way a call
        went, one from a borrower's line is the borrower's: that only ever restricts."""
        if event.direction is not None:
            return event, self._place_of(event, at)
        if event.calling is not None:
            inbound = replace(event, direction="inbound", dialled=event.calling)
            place = self._place_of(inbound, at)
            if "channel" in place:
                return inbound, place
        outbound = replace(event, direction="outbound")
        return outbound, self._place_of(outbound, at)

    def _place_of(self, event: Event, at: int) -> dict[str, Any]:
        """Whose line this is, as the vault knows it; empty for nobody's or for no address at all."""
        asked: dict[str, Any] = {"address": event.dialled, "medium": event.medium, "at_ms": at}
        for name, said in (("account", event.account), ("ticket", event.ticket)):
            if said is not None:
                asked[name] = said
        try:
            # Signed: whose an address is, the vault tells only of an event that the courier verified.
            auth = self._store.keys.vouch(canonical.encode({"op": "match-line", **asked}))
            return self._vault.call("match-line", {**asked, "auth": auth})
        except (MalformedError, NotFoundError):
            return {}

    def _body_of(
        self, provider: Provider, event: Event, signed_at: int, place: Mapping[str, Any],
    ) -> dict[str, Any]:
        known, table = "channel" in place, self._outcomes(provider.adapter)
        body: dict[str, Any] = {
            "provider": provider.id, "grade": provider.grade,
            "medium": event.medium, "direction": event.direction, "cause": dict(event.cause),
            "class": table.classify(event.cause, event.ring_seconds, str(event.direction)),
            "table": table.value(), "signed_at": stamp(signed_at),
        }
        if event.ring_seconds is not None:
            body["ring_seconds"] = event.ring_seconds
        if known:
            body |= {name: place[name] for name in LOCATED if name in place}
            body["began_at"] = stamp(event.began_at)
            if event.ended_at is not None:
                body["ended_at"] = stamp(event.ended_at)
        return body

    def _without_place(self, draft: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What remains of an attempt too late, too early or no longer anybody's: its place in the sequence,
        and, if it was a reach, a sign of life. Empty if the draft was no such attempt.
        """
        body = draft["body"]
        if draft["kind"] not in ATTEMPTS or "began_at" not in body:
            return []
        bare = {name: body[name] for name in body if name not in LOCATED}
        return [*self._life(draft), self._entry(draft["kind"], bare)]

    def _life(self, draft: Mapping[str, Any]) -> list[dict[str, Any]]:
        """A sign of life, if the draft is an attempt that reached a borrower: a reach always resets (POLICY U3)."""
        body = draft["body"]
        if draft["kind"] not in ATTEMPTS or "borrower" not in body or body["class"] not in REACHES:
            return []
        life = {"borrower": body["borrower"], "source": "reach-late", "channel": body["channel"]}
        return [self._entry("sign-of-life/1", life)]

    def _refused(self, message: book.Message, why: str) -> list[dict[str, Any]]:
        with self._store.begin() as db:
            refuse(db, message.provider, message.webhook_id, why, self._clock.wall())
        return []

    def _entry(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._store.keys.entry(new_id(self._random), kind, body)


def _graded(provider: Provider) -> Provider:
    """The provider at the lesser of two grades: what it was registered at, and what its credential is worth."""
    worth = grade_of(provider.adapter, public_key=provider.public_key is not None) or "C"
    return replace(provider, grade=max(worth, provider.grade, key=GRADES.index))
