"""One message: address opened by the vault, text rendered, handed to the transport, and put into the log.

At least once, never silently not at all. A crash leaves one of these, and the next start does this:
before the transport took it: the address is opened again (another `address-opened` entry) and the message sent;
after the transport took it, before that was noted here: the same, so **the person may get the same message twice**,
with the same id and the same code; after it was noted, before the entry: the entry is appended, nothing is sent.
Address, name, code and text live in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from registry import texts
from registry.clients import Caller
from registry.courier import delivery_book as book
from registry.courier.clock import Clock
from registry.courier.delivery_book import Delivery
from registry.courier.follow import asked_for
from registry.courier.outbox import Message, Outbox, Receipt
from registry.courier.store import Store
from registry.errors import (
    ConflictError,
    ConsentryError,
    IntegrityError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)
from registry.model import canonical
from registry.model.ids import new_id
from registry.model.times import DAY

REMIND_AFTER = 3 * DAY
# A value that is not there may be on its way into the database; after these tries (13 minutes) it never comes.
TRIES_FOR_VALUES = 12
# The vault opens so many addresses a day and no more; it goes on tomorrow.
ADDRESS_CAP = "address-cap"
ANSWERED = "answered"


class Deliverer:
    """Sends what is wanted, one message at a time: the caller holds the courier's lock."""

    def __init__(
        self, vault: Caller, store: Store, outbox: Outbox, *, clock: Clock, random: Callable[[int], bytes],
        public_url: str,
    ) -> None:
        self._vault = vault
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._random = random
        self._public_url = public_url.rstrip("/")
        self._log = structlog.get_logger("courier")
        # Opened, not yet taken by the transport: while it is down, nothing is opened twice. Lost with the process.
        self._in_hand: dict[str, tuple[str, Message]] = {}

    def wanted(self, limit: int) -> list[Delivery]:
        """Messages that are due and need their sealed values. A reminder, or a message held up, that nobody asks for
        any more is dropped: its reader may have objected since."""
        with self._store.begin() as db:
            found = book.wanted(db, self._clock.now(), self._clock.wall(), limit)
        return [one for one in found if not (one.round or one.tries) or self._still_asked_for(one)]

    def send(self, delivery: str, blobs: Mapping[str, str]) -> bool:
        """Sends one message with its sealed values (base64 by name). True if it is out; False: later, or never.

        Raises UnavailableError when the vault does not answer; the message stays wanted.
        """
        with self._store.begin() as db:
            one = book.find(db, delivery)
        if one is None:
            raise NotFoundError("there is no such delivery")
        if one.state != "wanted":
            return one.state in ("sent", "done")
        if set(blobs) != set(one.names):
            self._later(one, "value-missing", TRIES_FOR_VALUES)
            return False
        try:
            opened, message = self._in_hand.get(one.id) or self._opened(one, blobs)
        except (NotFoundError, ConflictError, MalformedError) as error:
            self._drop(one, error.code)
            return False
        except ConsentryError as error:
            if isinstance(error, UnavailableError | IntegrityError) and error.code != ADDRESS_CAP:
                raise
            self._later(one, error.code)
            return False
        self._in_hand[one.id] = opened, message
        try:
            receipt = self._outbox.send(message)
        except UnavailableError as error:
            self._later(one, error.code)
            return False
        del self._in_hand[one.id]
        drafts = self._entries(one, opened, message.language, receipt)
        with self._store.begin() as db:
            book.mark_sent(db, one.id, drafts)
            if one.template == "contact-invitation" and one.round == 0:
                book.add(db, self._reminder(one))
        self.record(one.id)
        return True

    def record(self, delivery: str) -> None:
        """Appends the entries of a message that went out. Raises UnavailableError: try again."""
        with self._store.begin() as db:
            one = book.find(db, delivery)
        if one is None or one.state != "sent":
            return
        refused: str | None = None
        for draft in one.drafts:
            try:
                self._vault.call("append", {"entry": draft})
            except (NotFoundError, ConflictError, MalformedError) as error:
                refused = refused or error.code
        with self._store.begin() as db:
            if refused is None:
                book.mark_sent(db, one.id, ())
            else:
                # It is out and cannot be recorded, as when the person was erased in between: kept for the operator.
                self._log.error("message sent, not recorded", delivery=one.id, template=one.template, why=refused)
                book.drop(db, one.id, refused)

    def _opened(self, one: Delivery, blobs: Mapping[str, str]) -> tuple[str, Message]:
        """The id of the `address-opened` entry, and the message with all that must not be kept."""
        asked: dict[str, Any] = {"index": one.index, "template": one.template}
        if one.channel:
            asked["channel"] = one.channel
        to_sign = canonical.encode({"op": "open-for-delivery", **asked})
        found = self._vault.call(
            "open-for-delivery", {**asked, "blobs": dict(blobs), "auth": self._store.keys.vouch(to_sign)})
        params = dict(found["params"])
        if "token" in params:
            params["link"] = f"{self._public_url}/r/{params.pop('token')}"
        language = texts.language_for(found["language"])
        return found["opened"], Message(
            id=one.id, at=self._clock.now(), medium=found["medium"], to=found["to"], template=one.template,
            language=language, text=texts.render(one.template, language, params), code=params.get("code"),
        )

    def _entries(
        self, one: Delivery, opened: str, language: str, receipt: Receipt | None,
    ) -> list[dict[str, Any]]:
        """The entries that say what went out, in the order in which the log must have them."""
        ids = {name: value for name, value in one.about.items() if name != "medium"}
        said = {"opened": opened, "language": language}
        if one.template == "contact-listed":
            return [self._entry("contact-informed/1", ids | said)]
        if one.template == "contact-invitation":
            return [self._entry("code-sent/1", ids | said)]
        if one.template in ("use-borrower", "use-contact"):
            return [self._entry("use-told/1", ids | said | {"to": one.template.removeprefix("use-")})]
        here = {"channel": one.channel}
        entries = [self._entry("notice-sent/1", ids | said | here | {"medium": one.about["medium"]})]
        if receipt is not None:
            got = {"notice": ids["notice"], "borrower": ids["borrower"], "status": receipt}
            entries.append(self._entry("notice-receipt/1", got | here))
        return entries

    def _entry(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._store.keys.entry(new_id(self._random), kind, body)

    def _reminder(self, one: Delivery) -> Delivery:
        # One reminder, then silence is no (CONTRACT section 5).
        return Delivery(
            id=new_id(self._random), index=one.index, template=one.template, channel=one.channel,
            round=one.round + 1, subject=one.subject, names=one.names, about=one.about,
            due_at=self._clock.now() + REMIND_AFTER,
        )

    def _still_asked_for(self, one: Delivery) -> bool:
        asked = any(
            (found["template"], found.get("channel", "")) == (one.template, one.channel)
            for found in asked_for(self._vault, one.index)
        )
        if not asked:
            self._drop(one, ANSWERED)
        return asked

    def _drop(self, one: Delivery, why: str) -> None:
        if why != ANSWERED:
            self._log.warning("message given up", delivery=one.id, template=one.template, why=why)
        self._in_hand.pop(one.id, None)
        with self._store.begin() as db:
            book.drop(db, one.id, why)

    def _later(self, one: Delivery, why: str, most: int | None = None) -> None:
        if most is not None and one.tries >= most:
            self._drop(one, why)
            return
        with self._store.begin() as db:
            book.postpone(db, one, why, self._clock.wall())
