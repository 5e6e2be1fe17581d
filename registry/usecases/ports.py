"""What the use cases need of the world, and how they speak of who asks and of repeated requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from registry.model.entries import Entry
from registry.usecases.searching import Searches
from registry.usecases.tokens import Tokens

Body = Mapping[str, Any]
Record = dict[str, Any]


class Idem(TypedDict):
    """A request that may be repeated: `scope` is `<client>:<METHOD>:<path>`. The vault remembers the answer."""

    scope: str
    key: str
    request: Any  # the body as received


class Caller(Protocol):
    """The vault or the courier: on a socket, or the object itself. Raises ConsentryError."""

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]: ...


class Values(Protocol):
    """Sealed values, and what their depositors call them."""

    def reserve_ref(self, owner: str, kind: str, ref: str, fresh: str) -> Record:
        """`{id, done, key}` of (owner, kind, ref); `fresh` becomes its id when it is new."""
        ...

    def settle_ref(self, id_: str, key: str | None, blobs: Iterable[tuple[str, str, bytes]]) -> bool:
        """Stores sealed values and marks the ref as taken, at once. True for the first who does."""
        ...

    def keep_values(self, blobs: Iterable[tuple[str, str, bytes]]) -> None:
        """Stores sealed values (subject, name, blob), never over one that is there."""
        ...

    def offered(self, account: str, about: str) -> tuple[dict[str, dict[str, bytes]], int | None]:
        """Sealed values of an account's contacts, or of its borrower's channels, and since when the oldest callback
        that can count waits."""
        ...

    def blobs_of(self, subjects: Collection[str]) -> dict[str, dict[str, bytes]]:
        """All sealed values of these subjects: by subject, then by name."""
        ...

    def notes(self, commitments: Collection[str]) -> dict[str, bytes]:
        """Sealed words by their commitments, those that are there."""
        ...

    def keep_note(self, commitment: str, blob: bytes) -> None:
        """Stores an officer's sealed words."""
        ...


class Projections(Protocol):
    """The log as shown: always a whole beginning of it, never with a gap."""

    def cursor(self) -> int:
        """Index of the first entry that was not yet projected."""
        ...

    def project(self, entries: Sequence[Entry], cursor: int) -> None:
        """Applies entries in order; known ones are passed over. Raises ConflictError on a gap."""
        ...

    def record(self, mirror: str, id_: str) -> Record | None:
        """One object, None where there is none."""
        ...

    def records(
        self, mirror: str, where: Mapping[str, object], *, after: int = -1, limit: int = 200,
        updated_after: int | None = None, newest: bool = False,
    ) -> list[Record]:
        """Objects whose members equal `where`, oldest first, from behind place `after` on; or newest first, from
        before it on."""
        ...

    def released(self, borrowers: Collection[str]) -> dict[tuple[str, str], int]:
        """(borrower, `contact` or `visit`) → granted and opened lookups; those without any are left out."""
        ...

    def listings(self, contacts: Collection[str]) -> list[Record]:
        """Who listed each contact: `{contact, borrower, lender, relation, institution, time_zone}`."""
        ...

    def uses(self, contacts: Collection[str], *, before: int, limit: int, lookup: str | None = None) -> list[Record]:
        """Permits by which these contacts' numbers were used, newest first, from before place `before` (-1: all)."""
        ...

    def count(self, mirror: str, where: Mapping[str, object]) -> int:
        """How many objects' members equal `where`."""
        ...


class StoredDraft(Protocol):
    """A stored draft of an officer's act."""

    @property
    def entry(self) -> Record: ...
    @property
    def opening(self) -> Record: ...
    @property
    def auth(self) -> list[Record] | None: ...
    @property
    def expires_at(self) -> int: ...


class WaitingDraft(StoredDraft, Protocol):
    """The same with the signatures so far, elements of `auth`."""

    @property
    def signatures(self) -> Sequence[Record]: ...


class Drafts(Protocol):
    """Officers' acts between their two steps. Times are wall-clock milliseconds."""

    def keep_draft(
        self, client: str, fingerprint: str, entry: Record, opening: Record, *, expires_at: int, at: int
    ) -> None:
        """Stores a draft, unless its id is there; forgets those that expired before `at`."""
        ...

    def drafts(self, client: str, fingerprint: str, at: int) -> Sequence[StoredDraft]:
        """Live drafts, newest first."""
        ...

    def finish_draft(self, id_: str, auth: Sequence[Mapping[str, Any]]) -> None:
        """Notes with which signatures it was done."""
        ...

    def draft(self, id_: str, at: int) -> WaitingDraft | None:
        """The live draft of that id."""
        ...

    def waiting_drafts(self, at: int) -> Sequence[WaitingDraft]:
        """Live drafts that somebody signed and that are not done, oldest first."""
        ...

    def keep_signature(self, draft: str, officer: str, item: Record) -> None:
        """Keeps one officer's signature over a draft, in the place of an earlier one of his."""
        ...


class Callbacks(Protocol):
    """The sealed inbox."""

    def put_callback(
        self, id_: str, provider: str, received_at: int, jwe: str, *, counts: bool, most: int
    ) -> bool:
        """Commits a callback. False where `most` of its provider wait already."""
        ...

    def waiting(self, provider: str) -> int:
        """How many callbacks of a provider wait."""
        ...

    def backlog(self) -> tuple[int, int | None]:
        """How many callbacks wait in all, and when the oldest came (wall-clock milliseconds)."""
        ...


class Limits(Protocol):
    """How often something was tried, over all workers."""

    def tried(self, what: str, who: str, *, most: int, period: int, at: int, random: Callable[[int], bytes]) -> int:
        """Counts a try. Returns how long to wait, in milliseconds; nought: not at all."""
        ...


class Comparisons(Protocol):
    """Drafts of packs tried on history: jobs. Times are wall-clock milliseconds."""

    def ask_comparison(self, id_: str, officer: str, draft: Record, at: int) -> None:
        """Adds a job. Raises ConflictError `comparison-waiting` where too many wait."""
        ...

    def comparison(self, id_: str, at: int) -> Record | None:
        """One job with its result, if any; its state is `lost` where nobody works on it any more."""
        ...

    def comparisons(self, at: int, limit: int) -> list[Record]:
        """The newest jobs, without results."""
        ...


class Store(Comparisons, Values, Projections, Drafts, Callbacks, Limits, Tokens, Searches, Protocol):
    """The web tier's database. Every method is its own transaction."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a use case may touch. `wall` gives wall-clock milliseconds, `random` random bytes."""

    vault: Caller
    courier: Caller
    store: Store
    random: Callable[[int], bytes]
    wall: Callable[[], int]
    public_url: str
