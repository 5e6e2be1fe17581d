"""From a provider's event to an entry that the courier vouches for, and into the log.

A message is settled once the vault has its entries; they are kept, signed, under fixed ids before the first is
appended, so that a crash anywhere in between is mended by appending the same bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from registry.clients import Caller
from registry.courier import event_book as book
from registry.courier.clock import Clock
from registry.courier.provider_book import Provider, refuse
from registry.courier.providers.event import Event
from registry.courier.store import Store
from registry.errors import ConflictError, MalformedError, NotFoundError
from registry.model import canonical
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.ids import new_id
from registry.model.times import DAY, MINUTE, stamp
from registry.policy.outcomes import OutcomeTable

# Classes after which the borrower counts as reached: such an event is never lost, however late it comes.
REACHES = frozenset(("reached-person", "engaged", "declined"))
# Classes that only ever hold a release back. (POLICY section 3, outcome classes.)
RESTRICTS = REACHES | {"wrong-person", "household", "voicemail", "screened"}
# What ties an attempt to a person and a moment. Without it an entry only keeps the sequence whole.
LOCATED = (
    "borrower", "channel", "account", "agency", "line", "began_at", "ended_at", "local", "line_local", "ticket",
)
RECORDED = "attempt-recorded/2"
# Entries of one message appended at a time: some half a second, then others have their turn.
AT_ONCE = 25


class Recorder:
    """Makes entries of events and appends them. The caller holds the courier's lock."""

    def __init__(
        self, vault: Caller, store: Store, clock: Clock, random: Callable[[int], bytes],
        outcomes: Callable[[str], OutcomeTable],
    ) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock
        self._random = random
        self._outcomes = outcomes

    def disguise(self, provider: Provider, what: str, foreign: bytes) -> str:
        """The keyed digest under which something of a provider's is remembered."""
        return self._store.keys.disguise(provider.id, what.encode() + foreign)

    def settle(self, message: book.Message) -> bool:
        """Appends what the vault does not have yet of one message, at most `AT_ONCE` entries. True: it has all now.

        Raises UnavailableError: try again. Each part begins with what is noted then, never with what a caller
        remembers: between two, somebody else may have settled more.
        """
        drafts = list(message.drafts)
        for _ in range(AT_ONCE):
            if not drafts:
                break
            try:
                self._vault.call("append", {"entry": drafts[0]})
                drafts.pop(0)
                # The same bytes again change nothing: within a part not every entry is noted.
                continue
            except (MalformedError, NotFoundError) as error:
                # The vault judges times and places by its own clock and log, which moved on since we asked.
                drafts[:1] = self._without_place(drafts[0]) or self._refused(message, error.code)
            except ConflictError as error:
                # Somebody else's number: refused. That the borrower was reached still is not lost.
                drafts[:1] = self._refused(message, error.code) + self._life(drafts[0])
            # What stands in a draft's place has an id of its own: noted before it is appended.
            with self._store.begin() as db:
                book.keep_drafts(db, message, drafts)
        if message.drafts:
            with self._store.begin() as db:
                book.keep_drafts(db, message, drafts)
        return not drafts

    def located(self, provider: Provider, event: Event, signed_at: int) -> tuple[Event, dict[str, Any]]:
        """The event with its direction, and the body of its entry but for attempt and number.

        `signed_at` is wall-clock milliseconds.
        """
        now, wall = self._clock.now(), self._clock.wall()
        # Outside these bounds the vault refuses the place anyway, and `settle` keeps what remains.
        event, place = self._placed(event, event.began_at if in_time(event, now) else now)
        return event, self._body_of(provider, event, now + signed_at - wall, place)

    def drafts(
        self, db: Connection, provider: Provider, event: Event, body: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """The entry of an event, if it says anything new."""
        # A number of the provider's own must be in the log even where it is nobody's: the sequence is whole then.
        # So must a call to a line that is somebody's all the same: the vault knows whether it was a contact's.
        if event.seq is None and not {"channel", "line"} & set(body):
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
        digest = self.disguise(provider, "attempt ", event.attempt.encode())
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
        elif "line" in place and event.direction == "outbound":
            body |= {"line": place["line"], "began_at": stamp(event.began_at)}
        return body

    def _without_place(self, draft: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What remains of an attempt too late, too early or no longer anybody's: its place in the sequence,
        and, if it was a reach, a sign of life. Empty if the draft was no such attempt.
        """
        body = draft["body"]
        if draft["kind"] not in ATTEMPTS or "began_at" not in body:
            return []
        lost = LOCATED if "borrower" in body else ("began_at",)
        bare = {name: body[name] for name in body if name not in lost}
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


def in_time(event: Event, now: int) -> bool:
    """Whether the vault takes the time at which an attempt began, `now` by the log's clock (ms)."""
    return now - DAY <= event.began_at <= now + MINUTE
