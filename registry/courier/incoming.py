"""What comes back about our messages: receipts and replies, from a carrier's webhooks or from a mailbox.

A receipt is believed only of a message that is ours and from who carries it. A reply can only tighten, whoever made
it: so it needs no more than a sender's address.
"""

from __future__ import annotations

from contextlib import suppress

from registry.clients import Caller
from registry.courier import delivery_book as book
from registry.courier.bridges.calls import Calls
from registry.courier.bridges.records import CallRecord
from registry.courier.deliver import Deliverer
from registry.courier.mail import MailReply, Report
from registry.courier.outbox import Receipt
from registry.courier.provider_book import Provider
from registry.courier.providers.event import RefusedEvent
from registry.courier.providers.messages import CarrierReceipt, Reply
from registry.courier.store import Store
from registry.courier.words import Word, word_of
from registry.errors import MalformedError
from registry.model import canonical

# In a demo without a gateway, whoever is registered plays the carrier.
ANYBODY = "*"


class Incoming:
    """Takes in what is told of messages and brokered calls. `carrier` is the provider that carries our SMS, None
    for nobody."""

    def __init__(
        self, vault: Caller, store: Store, deliverer: Deliverer, carrier: str | None, calls: Calls,
    ) -> None:
        self._vault = vault
        self._store = store
        self._deliverer = deliverer
        self._carrier = carrier
        self._calls = calls

    def take(self, provider: Provider, told: CarrierReceipt | Reply | CallRecord, webhook: str) -> None:
        """Settles one verified webhook; `webhook` is its disguised id. Given again, it changes nothing.

        Raises RefusedEvent from who does not carry our messages, UnavailableError: give it again.
        """
        if isinstance(told, CallRecord):
            if not self._calls.believes(provider.name):
                raise RefusedEvent("this provider connects no calls of ours", code="provider-not-ours")
            self._calls.record(told)
            return
        if self._carrier not in (ANYBODY, provider.name):
            raise RefusedEvent("this provider does not carry our messages", code="provider-not-ours")
        if isinstance(told, Reply):
            self.reply(webhook, told.address, told.medium, word_of(told.text))
        elif not self.receipt(told.delivery, "sms", told.status):
            raise RefusedEvent("no message of that id went out", code="message-unknown")

    def mail(self, found: Report | MailReply) -> None:
        """Settles one mail of our mailbox. Read again, it changes nothing. Raises UnavailableError."""
        if isinstance(found, Report):
            self.receipt(found.delivery, "email", found.status)
            return
        ident = self._store.keys.disguise("mailbox", found.origin.encode("utf-8", "replace"))
        with suppress(RefusedEvent):  # nobody's address after all
            self.reply(ident, found.address, "email", found.word)

    def receipt(self, delivery: str, medium: str, status: Receipt) -> bool:
        """What became of a message. False if none of that id went out by that medium. Raises UnavailableError."""
        one = self._find(delivery)
        if one is not None and one.state == book.HANDING:
            # We were not told, or not yet, that it was taken: now we know.
            self._deliverer.taken(one, None)
            one = self._find(delivery)
        if one is None or one.medium != medium or one.state == book.WANTED:
            return False
        self._deliverer.reports.receipt(one, status)
        return True

    def reply(self, ident: str, address: str, medium: str, word: Word) -> None:
        """Brings one reply before the vault. `ident` is a digest of where it came from: the same again is nothing.

        Raises UnavailableError.
        """
        asked = {"reply": ident[:32], "address": address, "medium": medium, "word": word}
        try:
            # A sender may be any text at all: one that cannot even be signed is nobody's address either.
            auth = self._store.keys.vouch(canonical.encode({"op": "reply", **asked}))
            self._vault.call("reply", {**asked, "auth": auth})
        except MalformedError as error:
            raise RefusedEvent("the reply does not come from an address", code="event-malformed") from error

    def _find(self, delivery: str) -> book.Delivery | None:
        with self._store.begin() as db:
            return book.find(db, delivery)
