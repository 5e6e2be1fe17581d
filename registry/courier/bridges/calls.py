"""Brokered calls: bound as a message is sent, ended in time, and what the bridge tells of them put into the log.

A connection is an `Outbox` message of medium `voice`, so a crash in the middle is mended as there: asked about first,
never made twice. Killed between binding and noting it, the courier asks the bridge at its next start; should it never
start again, the bridge ends the connection by itself at the expiry that it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import structlog

from registry.clients import Caller
from registry.courier import delivery_book
from registry.courier.bridges import book
from registry.courier.bridges.book import Bound
from registry.courier.bridges.port import ANYBODY, VOICE, Binding, Bridged
from registry.courier.bridges.records import CallRecord
from registry.courier.clock import Clock
from registry.courier.outbox import Message, Outbox, Receipt
from registry.courier.providers.event import RefusedEvent
from registry.courier.store import Store
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnavailableError
from registry.model import canonical
from registry.model.catalogue.calls import TALKED
from registry.model.ids import new_id
from registry.model.times import SECOND, parse_stamp, stamp

FIRST_WAIT, LAST_WAIT = SECOND, 30 * SECOND  # before a bridge that does not let go of one connection is asked again


class CallOutbox:
    """The transport of brokered calls; everything else goes to `inner`. `bridged` None: there is no bridge."""

    def __init__(self, inner: Outbox, bridged: Bridged | None, store: Store, clock: Clock) -> None:
        self._inner = inner
        self._bridge = None if bridged is None else bridged.bridge
        self._store = store
        self._clock = clock

    def send(self, message: Message) -> Receipt | None:
        """Connects the two lines of a brokered call. Raises as `Outbox.send` says."""
        if message.call is None:
            return self._inner.send(message)
        if self._bridge is None:
            raise UnavailableError("this courier has no bridge", code="transport-unavailable")
        left = message.call.expires_at - self._clock.now()
        wanted = Binding(message.id, message.call.caller, message.to, self._clock.wall() + left,
                         message.call.max_calls)
        self._note(message.id, self._bridge.bind(wanted))
        return None

    def asked(self, message: str, medium: str) -> bool | None:
        """Whether the bridge connects them already; then it is noted."""
        if medium != VOICE or self._bridge is None:
            return self._inner.asked(message, medium)
        x = self._bridge.find(message)
        if x is not None:
            self._note(message, x)
        return x is not None

    def _note(self, ident: str, x: str) -> None:
        """The entry that will say so was made before the bridge was asked: it holds the terms."""
        with self._store.begin() as db:
            one = delivery_book.get(db, ident)
            body = one.drafts[0]["body"]
            about = {name: body[name] for name in ("lookup", "borrower", "contact", "line")}
            book.add(db, ident, about, x, expires_at=parse_stamp(body["expires_at"]), max_calls=body["max_calls"])


class Calls:
    """Connections from when they stand until the log knows that they are over. `lock` is the courier's; it is not
    held while the bridge has the word."""

    def __init__(  # noqa: PLR0917 - everything from outside is an argument
        self, vault: Caller, store: Store, bridged: Bridged | None, clock: Clock, random: Callable[[int], bytes],
        lock: AbstractContextManager[object],
    ) -> None:
        self._vault = vault
        self._store = store
        self._bridge = None if bridged is None else bridged.bridge
        self._provider = None if bridged is None else bridged.provider
        self._clock = clock
        self._random = random
        self._lock = lock
        self._waits: dict[str, tuple[int, int]] = {}  # binding -> (this long, until then by the wall clock)
        self._log = structlog.get_logger("courier")

    def tend(self) -> int:
        """Ends what must end, each connection whatever becomes of the others. Returns how many ended.

        Raises UnavailableError, once all were seen to: some of them must be tried again.
        """
        with self._store.begin() as db:
            found = book.open_ones(db)
        ended, waits = 0, None
        for one in found:
            try:
                ended += self._tend(one)
            except UnavailableError as error:
                waits = error
            except ConsentryError as error:
                self._log.error("call not ended", binding=one.ident, code=error.code)
        if waits is not None:
            raise waits
        return ended

    def shown(self, lookup: str) -> dict[str, Any]:
        """{number, expires_at} of the connection of a lookup while it stands, else {}: also from the moment that it
        may stand no more, though the bridge has not let go yet. Raises UnavailableError."""
        with self._store.begin() as db:
            one = book.of_lookup(db, lookup)
        if one is None or one.state != book.BOUND or self._why(one) is not None:
            return {}
        return {"number": one.x, "expires_at": stamp(one.expires_at)}

    def believes(self, provider: str) -> bool:
        """Whether this provider may tell of our calls."""
        return self._provider in (provider, ANYBODY)

    def record(self, told: CallRecord) -> None:
        """Puts one call record before the vault; again, it changes nothing. The caller holds the lock.

        Raises RefusedEvent for a connection that is none of ours, UnavailableError: give it again.
        """
        with self._store.begin() as db:
            one = book.find(db, told.binding)
        if one is None:
            raise RefusedEvent("no call of that id was connected", code="message-unknown")
        call = self._store.keys.disguise("call", told.call.encode())[:32]
        now = self._clock.now()
        body: dict[str, Any] = {
            # A bridge whose clock is ahead of ours: no call began later than now.
            **one.about, "call": call, "began_at": stamp(min(now, now + told.began_at - self._clock.wall())),
            "talk_seconds": told.talk_seconds, "outcome": told.outcome, "stop": told.stop,
        }
        if told.ring_seconds is not None:
            body["ring_seconds"] = told.ring_seconds
        try:
            self._append(one, told, body)
        except (MalformedError, NotFoundError) as error:
            raise RefusedEvent("the registry does not take this record", code=error.code) from error
        with self._store.begin() as db:
            book.called(db, one, call)

    def _append(self, one: Bound, told: CallRecord, body: dict[str, Any]) -> None:
        """The entry's id is the call's, so that whatever webhook tells of it, it is told once. What a later record of
        it says for the first time, that the person said stop or was spoken with, has an id of its own."""
        later = (("call stop", told.stop), ("call talked", told.outcome == TALKED))
        for what in ("call", *(what for what, said in later if said)):
            ident = self._store.keys.disguise(what, told.call.encode())[:32]
            try:
                self._vault.call("call-record", {"entry": self._store.keys.entry(ident, "call-recorded/1", body)})
            except ConflictError:
                continue
            return
        self._log.info("call record repeated", binding=one.ident)

    def _tend(self, one: Bound) -> bool:
        if one.draft is None:
            why = self._why(one)
            if why is None:
                return False
            if not self._let_go(one):
                return False
            draft = self._store.keys.entry(new_id(self._random), "call-unbound/1", {**one.about, "why": why})
            with self._lock, self._store.begin() as db:
                book.ending(db, one.ident, draft)
        else:
            draft = one.draft
        if not self._is_told(one):
            return False
        try:
            self._vault.call("append", {"entry": draft})
        except (ConflictError, NotFoundError, MalformedError) as error:
            self._log.error("end of a call not recorded", binding=one.ident, why=error.code)
        with self._lock, self._store.begin() as db:
            book.over(db, one.ident)
        return True

    def _let_go(self, one: Bound) -> bool:
        """Has the bridge end one connection; False while it is not asked again yet. Raises UnavailableError."""
        wait, until = self._waits.get(one.ident, (0, 0))
        # More than the longest wait away: the clock was set back.
        if 0 < until - self._clock.wall() <= LAST_WAIT:
            return False
        if self._bridge is not None:
            try:
                self._bridge.unbind(one.ident)
            except UnavailableError:
                wait = min(2 * wait or FIRST_WAIT, LAST_WAIT)
                self._waits[one.ident] = wait, self._clock.wall() + wait
                raise
        self._waits.pop(one.ident, None)
        return True

    def _is_told(self, one: Bound) -> bool:
        """Whether the log knows that the connection stood, which comes first, or never will. Raises
        UnavailableError."""
        with self._store.begin() as db:
            delivery = delivery_book.find(db, one.ident)
        if delivery is None or delivery.state not in (delivery_book.HANDING, delivery_book.SENT):
            return True
        if delivery.state == delivery_book.HANDING:
            return False
        try:
            for draft in delivery.drafts:
                self._vault.call("append", {"entry": draft})
        except (ConflictError, NotFoundError, MalformedError) as error:
            # Asked again, the vault would say the same for ever: the end at least is told.
            self._log.error("start of a call not recorded", binding=one.ident, why=error.code)
            with self._lock, self._store.begin() as db:
                delivery_book.drop(db, one.ident, error.code)
        return True

    def _why(self, one: Bound) -> str | None:
        if self._clock.now() >= one.expires_at:
            return "expired"
        if len(one.calls) >= one.max_calls:
            return "used"
        auth = self._store.keys.vouch(canonical.encode({"op": "call-stands", "lookup": one.lookup}))
        try:
            stands = self._vault.call("call-stands", {"lookup": one.lookup, "auth": auth})["stands"]
        except NotFoundError:  # the log knows of no such permit (any more): nothing allows it
            return "withdrawn"
        return None if stands else "withdrawn"
