"""Follows the vault's log: who may report, and which messages entries ask for. The place reached is durable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from registry.clients import Caller
from registry.courier import delivery_book, provider_book, store, suspensions
from registry.courier.delivery_book import Delivery
from registry.courier.pacing import TO_NOBODY
from registry.courier.store import Store
from registry.errors import IntegrityError
from registry.model.entries import Entry, draft_of
from registry.model.ids import new_id
from registry.model.times import parse_stamp

BATCH = 500
# Members of the asking entry that the courier's own entries will name. Ids only.
NAMED = {
    "contact-registered/1": ("contact", "borrower", "line"),
    "consent-requested/1": ("consent", "contact", "borrower", "line"),
    "notice-requested/1": ("notice", "account", "borrower"),
    "lookup-decided/1": ("lookup", "borrower", "contact", "line"),
    "lookup-decided/2": ("lookup", "borrower", "contact", "line"),
    "message-relayed/1": ("lookup", "borrower"), "call-bound/1": ("lookup", "borrower"),
    "sign-in-asked/1": ("request", "borrower", "contact", "channel"),
    "consent-requested/2": ("consent", "contact", "borrower", "line", "channel"),
    "consent-requested/3": ("consent", "contact", "borrower", "line", "channel"),
    "consent-given/1": ("borrower",), "passkey-added/1": ("borrower",), "account-assigned/1": ("borrower",),
    "agreement-ended/1": ("borrower", "contact"), "erasure-cancelled/1": ("borrower",),
}
# Those whose own id is what the courier's entries are about.
ABOUT = ("consent-given/1", "passkey-added/1", "account-assigned/1", "agreement-ended/1", "erasure-cancelled/1")


class Follower:
    """Reads on from where it stopped; asking again for what it has seen changes nothing."""

    def __init__(
        self, vault: Caller, kept: Store, random: Callable[[int], bytes], *, bridged: bool = False,
    ) -> None:
        self._vault = vault
        self._store = kept
        self._random = random
        self._bound = False
        self._bridged = bridged  # whether calls can be connected: without, the vault permits none
        self._can_write = True

    def batch(self) -> int:
        """Takes in the next entries, at most 500; tells the vault that the courier lives. Returns how many.

        Raises UnavailableError; IntegrityError when the log is shorter than what was followed, or another log. One
        that can keep nothing does not count as living: it would open numbers whose owners are not told.
        """
        with self._store.begin() as db:
            after = store.cursor(db)
            if not self._can_write:
                store.probe(db, new_id(self._random))
        self._can_write = True
        if not self._bound:
            self._bind()
        answer = self._vault.call(
            "follow", {"after": after, "limit": BATCH, "courier": True, "bridge": self._bridged})
        if answer["size"] < after:
            raise IntegrityError("the log is shorter than what the courier has followed: was an old copy restored?")
        entries = [entry_of(one["index"], one["entry"]) for one in answer["entries"]]
        # Asked before the transaction: while it is open nothing waits for another process.
        asked = [(entry, self._messages(entry)) for entry in entries]
        if entries:
            self._can_write = False  # until it has
            with self._store.begin() as db:
                for entry, messages in asked:
                    provider_book.fold(db, entry)
                    suspensions.fold(db, entry)
                    for one in messages:
                        delivery_book.add(db, one)
                store.move_cursor(db, entries[-1].index + 1)
            self._can_write = True
        return len(entries)

    def _bind(self) -> None:
        origin = self._vault.call("status", {})["origin"]
        with self._store.begin() as db:
            store.bind_origin(db, origin)
        self._bound = True

    def _messages(self, entry: Entry) -> Iterable[Delivery]:
        named = NAMED.get(entry.kind)
        if named is None or entry.body.get("verdict") == "deny" or not _may_ask(entry):
            return ()
        about = {name: entry.body[name] for name in named if name in entry.body}
        if entry.kind in ABOUT:
            about["about"] = entry.id
        return [self._delivery(entry, about, one) for one in asked_for(self._vault, entry.index)]

    def _delivery(self, entry: Entry, about: Mapping[str, Any], one: Mapping[str, Any]) -> Delivery:
        how = {"medium": one["medium"]} if one["blobs"] else {"medium": TO_NOBODY, "as": one["medium"]}
        until = until_of(one)
        return Delivery(
            id=new_id(self._random), index=entry.index, template=one["template"], channel=one.get("channel", ""),
            round=0, subject=one["subject"], names=tuple(one["blobs"]), about={**about, **how}, due_at=until,
            why=delivery_book.OUTSIDE_HOURS if until else None,
        )


def _may_ask(entry: Entry) -> bool:
    """Whether a message may come of it: it names a borrower, or nobody, and the log must not tell which."""
    return "borrower" in entry.body or (entry.kind == "sign-in-asked/1" and entry.body["way"] == "code")


def asked_for(vault: Caller, index: int) -> list[dict[str, Any]]:
    """The messages that the entry at `index` asks for, as of now: {template, subject, channel?, medium, blobs, wait?,
    until?}."""
    found: list[dict[str, Any]] = vault.call("deliveries", {"index": index})["deliveries"]
    return found


def until_of(asked: Mapping[str, Any]) -> int:
    """When a message may go out that waits for its hours, by the log clock; 0 where it need not, or nobody knows."""
    return parse_stamp(asked["until"]) if "until" in asked else 0


def entry_of(index: int, value: Mapping[str, Any]) -> Entry:
    """An entry from its leaf object. Raises MalformedError."""
    draft = {name: member for name, member in value.items() if name != "logged_at"}
    return Entry(index, parse_stamp(value["logged_at"]), draft_of(draft))
