"""The desk: what every op works with, and the one way by which an entry gets into the log."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import orjson

from registry.errors import ConflictError, ConsentryError
from registry.jose import RECEIPT
from registry.model.briefs import Brief
from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, Entry
from registry.model.ids import new_id
from registry.model.kinds import kind_of
from registry.model.times import SECOND, stamp
from registry.policy import Directory, Readings
from registry.vault import authority, references
from registry.vault.arguments import Args
from registry.vault.clock import Clock, ClockWatch
from registry.vault.keys.keyring import Keyring
from registry.vault.ledger import Ledger
from registry.vault.log import Log
from registry.vault.pasts import Pasts
from registry.vault.relations import Relations

VAULT = Actor("vault")


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of one vault. Patience is in milliseconds of the wall clock."""

    courier_patience: int = 5 * SECOND
    inbox_patience: int = 5 * SECOND
    addresses_per_day: int = 5_000
    opens_per_message: int = 5  # a delivery repeated after a failure opens again
    public_url: str = "http://localhost"  # where people's browsers are; passkeys are bound to it
    contacts: int = 5
    channels: int = 20


@dataclass(slots=True)
class Answer:
    """What an op answers: `value`, given out only once the round is durable and signed.

    `log_index` in it is followed by a `proof`. A release needs more steps after the commit: `recheck` may find that a
    restriction came in between and gives the act that refuses; `finish` adds what may only exist after all of that.
    `opens`: an address or a number leaves with it, so it waits for the quorum of the witnesses, if there are any.
    """

    value: dict[str, Any]
    recheck: Callable[[], Callable[[int], Answer] | None] | None = None
    finish: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    opens: bool = False
    refusal: ConsentryError | None = None  # its entries are logged, and the caller is refused


Act = Callable[[int], Answer]


@dataclass(slots=True)
class Desk:
    """The vault's parts, for ops. One thread."""

    log: Log
    keys: Keyring
    directory: Directory
    ledger: Ledger
    clock: Clock
    random: Callable[[int], bytes]
    settings: Settings
    courier_seen: int | None = None  # wall clock
    bridge: bool = False  # whether the courier that followed last can have calls connected
    rotate: Callable[[Desk, int], list[Entry]] | None = None  # of a vault that is served: its folder is known there
    pasts: Pasts = field(default_factory=Pasts)
    readings: Readings = field(default_factory=Readings)  # of the histories in the log, between questions
    watch: ClockWatch = field(default_factory=ClockWatch)
    relations: Relations = field(init=False)

    def __post_init__(self) -> None:
        self.relations = Relations(self.log)

    # Source of the policy's `gather`

    def borrower_of(self, account: str) -> str | None:
        """The borrower of an account, None for one that was never opened."""
        return self.log.borrower_of(account)

    def histories(self, ids: Collection[str]) -> dict[str, tuple[Entry, ...]]:
        """Entries by the id under which they are filed, ascending; but attempts."""
        return self.log.histories(ids)

    def attempts(self, ids: Collection[str]) -> dict[str, tuple[Brief, ...]]:
        """Attempts in brief by the id under which they are filed, ascending."""
        return self.log.attempts(ids)

    def courier_silent(self) -> int | None:
        """Milliseconds since the courier followed, None where it never did. After a wall clock that was set back the
        distance: nobody knows then how long it was."""
        return None if self.courier_seen is None else abs(self.clock.wall() - self.courier_seen)

    # Writing

    def new_id(self) -> str:
        return new_id(self.random)

    def write(self, draft: Draft, at: int, *, made_here: bool = True, fresh: bool = False) -> Entry:
        """Appends an entry whose kind, authority and references hold. Raises what does not.

        `fresh`: the vault has just drawn the id, so that nobody else has it.
        """
        kind = kind_of(draft, KINDS)
        known = None if fresh else self.log.find(draft.id)
        if known is None:
            authority.admit(draft, kind, self.directory, at, made_here=made_here)
            references.check(draft, references.Context(self.relations, self.directory, self.ledger, at))
        elif known.draft.value() != draft.value():
            raise ConflictError("this id is taken by another entry: draw a new one", code="id-conflict")
        return self.log.append(draft, fresh=known is None)

    def make(
        self, kind: str, body: Args, at: int, by: Actor = VAULT, ident: str | None = None, *, fresh: bool = False,
    ) -> Entry:
        """Appends an entry that one of the vault's own ops makes, under an id of its own unless one is given.
        `fresh`: as in `write`."""
        return self.write(Draft(ident or self.new_id(), kind, by, body), at, fresh=fresh or ident is None)

    def answer(self, entries: list[Entry], **members: Any) -> Answer:
        """The usual answer of a write: its members, the first entry's index, and every entry for the web tier."""
        in_order = sorted(entries, key=lambda entry: entry.index)
        return Answer({**members, "log_index": entries[0].index, "entries": [show(entry) for entry in in_order]})

    # What was answered, sealed: an answer may hold a token

    def remember(self, scope: str, key: str, fingerprint: bytes, value: dict[str, Any]) -> None:
        """Keeps an answer for 24 hours, in the transaction of its entries."""
        self.log.remember(scope, key, fingerprint, self.keys.seal_own(orjson.dumps(value)), self.clock.wall())

    def remembered(self, scope: str, key: str) -> tuple[bytes, dict[str, Any]] | None:
        """(fingerprint, answer) kept under a key, or None."""
        found = self.log.remembered(scope, key, self.clock.wall())
        return None if found is None else (found[0], orjson.loads(self.keys.open_own(found[1])))

    def receipt(self, act: str, entry: Entry, consent: str | None, giver: str, terms: str | None) -> str:
        """A signed receipt of a person's act (CONTRACT section 2): no personal value."""
        claims: dict[str, Any] = {
            "iss": self.keys.origin, "iat": entry.at // SECOND, "jti": entry.id, "act": act, "giver": giver,
            "log_index": entry.index, "leaf": self.log.leaf_hash(entry.index).hex(),
        }
        if consent is not None:
            claims["consent"] = consent
        if terms is not None:
            claims["terms_sha256"] = terms
        return self.keys.sign_jws(RECEIPT, claims)


def show(entry: Entry) -> dict[str, Any]:
    """An entry as ops answer it: {index, entry: leaf object}."""
    return {"index": entry.index, "entry": {**entry.draft.value(), "logged_at": stamp(entry.at)}}
