"""What the log must hear of a message: that it went out, what became of it, or that it never will."""

from __future__ import annotations

from typing import Any

import structlog

from registry.clients import Caller
from registry.courier import delivery_book as book
from registry.courier.compose import Composer
from registry.courier.delivery_book import Delivery
from registry.courier.outbox import Receipt
from registry.courier.store import Store
from registry.errors import ConflictError, MalformedError, NotFoundError
from registry.model import canonical


class Reports:
    """Puts entries before the vault; whatever a crash left unsaid is said by calling `record` again."""

    def __init__(self, vault: Caller, store: Store, composer: Composer) -> None:
        self._vault = vault
        self._store = store
        self._composer = composer
        self._log = structlog.get_logger("courier")

    def record(self, delivery: str) -> None:
        """Appends what is noted of a message that went out or was given up. Raises UnavailableError: try again."""
        with self._store.begin() as db:
            one = book.find(db, delivery)
        if one is not None and one.state in (book.SENT, book.DEAD):
            self.append(one)

    def append(self, one: Delivery) -> None:
        """The same of what was just noted so."""
        refused: str | None = None
        for draft in one.drafts:
            try:
                self._vault.call("append", {"entry": draft})
            except (NotFoundError, ConflictError, MalformedError) as error:
                refused = refused or error.code
        if one.state == book.DEAD:
            if refused is not None:
                self._log.error("message given up, not recorded", delivery=one.id, why=refused)
            self._raise_alarm(one)
            with self._store.begin() as db:
                book.drop(db, one.id, one.why or "")
            return
        with self._store.begin() as db:
            if refused is None:
                book.mark_sent(db, one.id, ())
            else:
                # It is out and cannot be recorded, as when the person was erased in between: kept for the operator.
                self._log.error("message sent, not recorded", delivery=one.id, template=one.template, why=refused)
                book.drop(db, one.id, refused)

    def receipt(self, one: Delivery, status: Receipt) -> None:
        """What its carrier says of a message that went out. Said again, or after it failed, it is nothing new.

        That it failed after all raises the same alarm as a message that never went out. Raises UnavailableError.
        """
        if one.state not in (book.SENT, book.DONE) or one.receipt == status:
            return
        drafts = [*one.drafts, *self._composer.receipts(one, status)]
        with self._store.begin() as db:
            book.mark_receipt(db, one.id, status)
            if status == "failed":
                self._log.warning("message failed", delivery=one.id, template=one.template, medium=one.medium)
                book.mark_dead(db, one.id, "carrier-failed", drafts)
            else:
                book.mark_sent(db, one.id, drafts)
        self.record(one.id)

    def _raise_alarm(self, one: Delivery) -> None:
        asked: dict[str, Any] = {"index": one.index, "template": one.template}
        if one.channel:
            asked["channel"] = one.channel
        auth = self._store.keys.vouch(canonical.encode({"op": "dead-letter", **asked}))
        try:
            self._vault.call("dead-letter", {**asked, "auth": auth})
        except (NotFoundError, ConflictError, MalformedError) as error:
            self._log.error("no alarm was raised", delivery=one.id, why=error.code)
