"""The pump: carries sealed things between the web database and its two neighbours, and decides nothing.

Three kinds of work, again and again: provider callbacks (sealed to the courier's key) out of the inbox to the
courier; sealed values that the courier names out of the database to the courier; entries of the log into the
projections. It runs once beside the web processes, not in each of them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Protocol

import structlog

from registry.clients import Caller
from registry.errors import ConsentryError, UnavailableError
from registry.jose import encrypt
from registry.logs import unexpected
from registry.model.entries import Entry
from registry.model.providers import KINDS
from registry.store.inbox import InboxItem
from registry.usecases.writing import FOLLOW_BATCH, entry_of

POLL_SECONDS = 0.1
INBOX_BATCH = 50
# Nothing longer or stranger is ever right, and it must not make a sealed callback too long for the courier to open.
SIGNED_VALUE = re.compile(r"[ -~]{1,4096}\Z", re.ASCII)


class PumpStore(Protocol):
    """What the pump needs of the web database. Every call is its own transaction, committed on return."""

    def oldest_inbox(self, limit: int) -> Sequence[InboxItem]:
        """The oldest waiting callbacks, oldest first."""

    def delete_inbox(self, item: str) -> None:
        """Forgets a callback that the courier has settled. Deleting twice is no error."""

    def blobs(self, subject: str, names: Sequence[str]) -> Mapping[str, bytes]:
        """Sealed values of a subject, by name (`<other>/<name>` is another subject's); missing ones are left out."""

    def cursor(self) -> int:
        """Index of the first entry that was not yet projected."""

    def project(self, entries: Sequence[Entry], cursor: int) -> None:
        """Projects the entries and moves the cursor in one transaction. Projecting twice changes nothing."""


def seal_callback(  # noqa: PLR0917 - a callback is all of these
    courier_enc: Mapping[str, str], headers: Mapping[str, str], body: bytes, kind: str = "neutral", url: str = "",
    content_type: str = "",
) -> str:
    """A raw callback as a compact JWE (RFC 7516; ECDH-ES, A256GCM) to the courier's P-256 public JWK.

    Of the headers only those travel that this kind of provider signs with, if they can be right at all; names in
    lower case. The body stays byte for byte. `url`: where it was posted to, as the provider knows the address.
    """
    known = KINDS.get(kind)
    wanted = () if known is None else known.headers
    kept = {name.lower(): value for name, value in headers.items()
            if name.lower() in wanted and SIGNED_VALUE.match(value)}
    plain = {"headers": kept, "body": base64.b64encode(body).decode("ascii")}
    for name, value in (("url", url), ("content_type", content_type)):
        if SIGNED_VALUE.match(value):
            plain[name] = value
    return encrypt(json.dumps(plain).encode("ascii"), courier_enc)


class Pump:
    """One pass moves everything that waits; `run` repeats passes until told to stop."""

    def __init__(self, store: PumpStore, vault: Caller, courier: Caller) -> None:
        self._store = store
        self._vault = vault
        self._courier = courier
        self._log = structlog.get_logger("pump")
        self._waiting: dict[str, str] = {}  # kind of work -> why, so that each trouble is told once
        self._stuck: set[str] = set()  # callbacks that the courier could not settle: tried again, told once
        self._more = False  # whether the last pass left something that waited already

    def callbacks(self) -> int:
        """Hands waiting callbacks to the courier; each is deleted only once the courier has settled it.

        Returns how many were settled. One that the courier cannot settle yet stays, and the next ones are tried:
        a provider's trouble is not another provider's. Raises UnavailableError when the courier is not there.
        """
        settled = 0
        # However many are stuck, those behind them are reached.
        for item in self._store.oldest_inbox(INBOX_BATCH + len(self._stuck)):
            args = {"item": item.id, "provider": item.provider, "received_at": item.received_at, "jwe": item.jwe}
            try:
                answer = self._courier.call("callback", args)
            except UnavailableError:
                raise
            except ConsentryError as error:
                if item.id not in self._stuck:
                    self._log.warning("callback not settled", item=item.id, code=error.code)
                self._stuck.add(item.id)
                continue
            if answer["done"]:
                self._store.delete_inbox(item.id)
                self._stuck.discard(item.id)
                settled += 1
        self._more |= settled >= INBOX_BATCH
        return settled

    def blobs(self) -> int:
        """Gives the courier the sealed values that due messages need. Returns how many messages went out.

        A value that is not (or no longer) there is left out; the courier tries again later or gives up.
        """
        sent = 0
        for want in self._courier.call("wants", {})["wants"]:
            found = self._store.blobs(want["subject"], want["names"])
            sealed = {name: base64.b64encode(blob).decode("ascii") for name, blob in found.items()}
            try:
                answer = self._courier.call("blobs", {"delivery": want["delivery"], "blobs": sealed})
            except UnavailableError:
                raise
            except ConsentryError as error:
                self._log.warning("message not sent", delivery=want["delivery"], code=error.code)
                continue
            sent += bool(answer["sent"])
        self._more |= sent >= INBOX_BATCH  # the courier names as many at a time
        return sent

    def entries(self) -> int:
        """Projects entries of the log that were not yet projected. Returns how many."""
        cursor = self._store.cursor()
        answer = self._vault.call("follow", {"after": cursor, "limit": FOLLOW_BATCH})
        projected = [entry_of(one) for one in answer["entries"]]
        if projected:
            self._store.project(projected, projected[-1].index + 1)
            self._more |= projected[-1].index + 1 < answer["size"]
        return len(projected)

    def once(self) -> int:
        """One pass over all three kinds of work; what stops one, a neighbour's absence or a row that nobody
        foresaw, does not stop the rest. Returns how many things moved."""
        moved, self._more = 0, False
        for work in (self.callbacks, self.blobs, self.entries):
            try:
                moved += work()
                self._waiting.pop(work.__name__, None)
            except ConsentryError as error:
                if self._waiting.get(work.__name__) != error.code:
                    self._log.warning("waiting", work=work.__name__, code=error.code)
                self._waiting[work.__name__] = error.code
            except Exception as error:  # noqa: BLE001 - or what one cannot do would end the others, again and again
                if self._waiting.get(work.__name__) != type(error).__name__:
                    unexpected("pump", error, work=work.__name__)
                self._waiting[work.__name__] = type(error).__name__
        return moved

    def run(self, stop: Event, *looks: Callable[[], None]) -> None:
        """Passes until `stop` is set; rests 100 ms after one that left nothing. `looks` are taken after each pass;
        what goes wrong with one stops neither the others nor what is carried.

        Whatever came meanwhile waits for the next: under load one pass, one commit and one question to each neighbour
        serve many.
        """
        while not stop.is_set():
            self.once()
            for look in looks:
                try:
                    look()
                except Exception as error:  # noqa: BLE001 - or one damaged row would end the pump, again and again
                    unexpected("pump", error)
            if not self._more:
                stop.wait(POLL_SECONDS)
