"""One message: address opened by the vault, text rendered, handed to the transport, and put into the log.

At least once, never silently not at all. That the transport is given a message is durable before ("handing"), that it
took it after ("sent"). A crash leaves one of these, and the next start does this:
- before "handing": the address is opened again (another `address-opened` entry) and the message sent;
- in "handing": a transport that can be asked is asked first, and nothing it has is sent again; one that cannot
  (SMTP, a file) is given **the same message again**, with the same id and the same code: a person may get it twice;
- in "sent": the entries are appended, nothing is sent.
A message is given up when the transport refuses it for good or has not taken it in 24 hours: the vault is told, and
raises the alarm. Address, name, code and text live in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import structlog

from registry.clients import Caller
from registry.courier import delivery_book as book
from registry.courier.claims import Claims
from registry.courier.clock import Clock
from registry.courier.compose import Composer
from registry.courier.delivery_book import ANSWERED, Delivery
from registry.courier.follow import asked_for, until_of
from registry.courier.outbox import Message, MessageRefusedError, NoAnswerError, Outbox, Receipt
from registry.courier.reports import Reports
from registry.courier.store import Store
from registry.errors import (
    ConflictError,
    ConsentryError,
    IntegrityError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)
from registry.model.ids import new_id
from registry.model.times import DAY, MINUTE

REMIND_AFTER = 3 * DAY
GIVE_UP_AFTER = DAY
# A value that is not there may be on its way into the database; after these tries (13 minutes) it never comes.
TRIES_FOR_VALUES = 12
# The vault opens so many addresses a day and no more; it goes on tomorrow.
ADDRESS_CAP = "address-cap"


class Deliverer:
    """Sends what is wanted. `lock` is the courier's: held for everything but the hand-over, which may be slow."""

    def __init__(
        self, vault: Caller, store: Store, outbox: Outbox, *, clock: Clock, random: Callable[[int], bytes],
        public_url: str, lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._vault = vault
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._random = random
        self._lock = lock or nullcontext()
        self._composer = Composer(vault, store, clock=clock, random=random, public_url=public_url)
        self.reports = Reports(vault, store, self._composer)
        self._log = structlog.get_logger("courier")
        # Opened, not yet taken by the transport: while it is down, nothing is opened twice. Lost with the process.
        self._in_hand: dict[str, tuple[str, Message]] = {}
        self._claims = Claims()

    def wanted(self, limit: int, full: tuple[str, ...] = ()) -> list[Delivery]:
        """Messages that are due and need their sealed values, but none of the media `full`. A reminder, or a message
        held up, that nobody asks for any more is dropped: its reader may have objected since."""
        with self._store.begin() as db:
            found = book.wanted(db, self._clock.now(), self._clock.wall(), limit, but=self._claims.all(), media=full)
        # Of one that the transport may have, the transport is asked first.
        return [one for one in found
                if one.state == book.HANDING or not (one.round or one.tries) or self._still_asked_for(one)]

    def claim(self, delivery: str) -> Delivery | None:
        """The message, for the caller to send and nobody else until `release`; None if there is nothing to send.

        Raises NotFoundError.
        """
        if not self._claims.take(delivery):
            return None
        try:
            one = self._find(delivery)
        except BaseException:
            self.release(delivery)
            raise
        if one.state in (book.WANTED, book.HANDING):
            return one
        self.release(delivery)
        return None

    def release(self, delivery: str) -> None:
        """Ends a claim."""
        self._claims.release(delivery)

    def send(self, delivery: str, blobs: Mapping[str, str]) -> bool:
        """Sends one message with its sealed values (base64 by name). True if it is out; False: later, or never.

        The caller does not hold the courier's lock. Raises UnavailableError when the vault does not answer; the
        message stays wanted.
        """
        one = self.claim(delivery)
        if one is None:
            return self._find(delivery).state in (book.SENT, book.DONE)
        try:
            return self._send(one, blobs)
        finally:
            self.release(delivery)

    def send_claimed(self, delivery: str, blobs: Mapping[str, str]) -> bool:
        """`send` for who claimed it some time ago."""
        one = self._find(delivery)
        if one.state not in (book.WANTED, book.HANDING):
            return one.state in (book.SENT, book.DONE)
        return self._send(one, blobs)

    def _send(self, one: Delivery, blobs: Mapping[str, str]) -> bool:
        try:
            if one.state == book.HANDING and self._outbox.asked(one.id, one.medium):
                with self._lock:
                    self.taken(one, None)
                return True
        except UnavailableError as error:
            self._not_taken(one, error, maybe=True)
            return False
        with self._lock:
            ready = self._ready(one, blobs)
        return ready is not None and self._hand_over(*ready)

    def taken(self, one: Delivery, receipt: Receipt | None) -> None:
        """The transport has this message, as it or its provider says: noted, and put into the log."""
        drafts = (*one.drafts, *(() if receipt is None else self._composer.receipts(one, receipt)))
        with self._store.begin() as db:
            if book.get(db, one.id).state != book.HANDING:
                return
            book.mark_sent(db, one.id, drafts, receipt)
            if one.template in book.REMINDED and one.round == 0:
                # One reminder, then silence is no (CONTRACT section 5).
                book.add(db, book.again(one, new_id(self._random), self._clock.now() + REMIND_AFTER))
        self._in_hand.pop(one.id, None)
        if drafts:
            self.reports.append(replace(one, state=book.SENT, drafts=drafts))

    def _find(self, delivery: str) -> Delivery:
        with self._store.begin() as db:
            return book.get(db, delivery)

    def _ready(self, one: Delivery, blobs: Mapping[str, str]) -> tuple[Delivery, Message] | None:
        """The message, and how it is noted as being handed over; None if it is not to be sent, or not yet."""
        # What is in hand was opened earlier: since then its reader may have objected.
        if (one.tries or one.id in self._in_hand) and not self._still_asked_for(one):
            return None
        if set(blobs) != set(one.names):
            (self._give_up if one.tries >= TRIES_FOR_VALUES else self._postpone)(one, "value-missing")
            return None
        try:
            opened, message = self._in_hand.get(one.id) or self._composer.open(one, blobs)
        except (NotFoundError, ConflictError, MalformedError) as error:
            self._not_opened(one, error)
            return None
        except ConsentryError as error:
            if isinstance(error, UnavailableError | IntegrityError) and error.code != ADDRESS_CAP:
                raise
            self._postpone(one, error.code)
            return None
        self._in_hand[one.id] = opened, message
        with self._store.begin() as db:
            drafts = self._composer.entries(one, opened, message)
            return book.mark_handing(db, one, drafts, self._clock.wall()), message

    def _not_opened(self, one: Delivery, error: ConsentryError) -> None:
        if error.code == book.OUTSIDE_HOURS:
            self._wait(one)
        elif error.code in book.UNASKED:
            self._unasked(one, error.code)
        else:
            self._give_up(one, error.code)

    def _hand_over(self, one: Delivery, message: Message) -> bool:
        try:
            receipt = self._outbox.send(message)
        except MessageRefusedError as error:
            with self._lock:
                self._give_up(one, error.code, was_opened=True)
            return False
        except UnavailableError as error:
            self._not_taken(one, error, maybe=isinstance(error, NoAnswerError))
            return False
        except Exception:
            # Unforeseen, perhaps after it was taken: not again at once.
            self._not_taken(one, NoAnswerError("the transport failed"), maybe=True)
            raise
        with self._lock:
            self.taken(one, receipt)
        return True

    def _not_taken(self, one: Delivery, error: UnavailableError, *, maybe: bool) -> None:
        self._log.warning("message not taken", delivery=one.id, medium=one.medium, tries=one.tries, why=error.detail)
        with self._lock:
            if self._find(one.id).state != book.HANDING:
                return
            if one.since is not None and self._clock.wall() - one.since >= GIVE_UP_AFTER:
                self._give_up(one, "transport-unavailable", was_opened=True)
            else:
                # What may have been taken is asked about before it is sent again.
                self._postpone(one, error.code, state=book.HANDING if maybe else book.WANTED)

    def _still_asked_for(self, one: Delivery) -> bool:
        asked = [
            found for found in asked_for(self._vault, one.index)
            if (found["template"], found.get("channel", "")) == (one.template, one.channel)
        ]
        if not asked:
            self._unasked(one, ANSWERED)
        elif asked[0].get("wait"):
            # Perhaps opened in its hours and held up by the transport: now it is no hour to send it.
            self._wait(one, until_of(asked[0]))
            return False
        return bool(asked)

    def _unasked(self, one: Delivery, why: str) -> None:
        self._in_hand.pop(one.id, None)
        with self._store.begin() as db:
            book.drop(db, one.id, why)

    def _give_up(self, one: Delivery, why: str, *, was_opened: bool = False) -> None:
        """The message will never go out: the log is told, and an alarm with it."""
        self._log.warning("message given up", delivery=one.id, template=one.template, medium=one.medium, why=why)
        self._in_hand.pop(one.id, None)
        drafts = self._composer.receipts(one, "failed") if was_opened else []
        with self._store.begin() as db:
            book.mark_dead(db, one.id, why, drafts)
        self.reports.record(one.id)

    def _postpone(self, one: Delivery, why: str, *, state: str | None = None) -> None:
        with self._store.begin() as db:
            book.postpone(db, one, why, self._clock.wall(), state=state)

    def _wait(self, one: Delivery, until: int = 0) -> None:
        """Until its hours; where nobody knows when these begin, it is asked about every minute of the log clock."""
        until = until or self._clock.now() + MINUTE
        self._in_hand.pop(one.id, None)  # no address and no name lie open in memory through a night
        with self._store.begin() as db:
            book.wait(db, one.id, until)
