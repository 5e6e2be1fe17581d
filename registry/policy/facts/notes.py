"""What is being read: the mutable notes that handlers of entries fill, from which facts are frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.model.assigned import Assigned
from registry.model.briefs import Brief
from registry.model.entries import Actor, Entry
from registry.policy.directory import Directory
from registry.policy.facts.model import Callback, Reset
from registry.policy.facts.tried import Tried
from registry.policy.values import Ask

if TYPE_CHECKING:  # it is made of notes
    from registry.policy.facts.still import Made


@dataclass(slots=True)
class ChannelNote:
    """One channel id. `dispute`: index of the dispute that ends it; `doubted`: somebody without standing disputes."""

    id: str
    line: str
    medium: str
    use: str
    zones: tuple[str, ...]
    added_index: int
    added_at: int
    by_borrower: bool
    mobile: bool
    removed_at: int | None = None
    removed_by_borrower: bool = False
    dispute: int | None = None
    doubted: bool = False
    slot: int = -1


@dataclass(slots=True)
class ContactNote:
    """One contact as registered."""

    entry: Entry
    informed: bool = False
    erased: bool = False
    refused: bool = False


@dataclass(slots=True)
class Permit:
    """A number that left, or a message, unless `back`: its opening was refused. `cannot`: so the contact answered."""

    index: int
    at: int
    account: str
    contact: str
    approval: str | None
    mode: str
    expires_at: int
    back: bool = False
    relayed_at: int | None = None
    cannot: bool = False
    over_at: int | None = None  # of a brokered call: when the bridge connected the two no more


@dataclass(frozen=True, slots=True)
class Move:
    """The borrower moved with the entry at `index`, logged at `at`; where he lived until then."""

    index: int
    at: int
    residence: str
    time_zone: str


class Prolonged(NamedTuple):
    """The limitation of an account was moved to a later day at `at`, where it had been `before` until then."""

    account: str
    at: int
    before: str
    time_zone: str


@dataclass(slots=True)
class Notes:
    """Everything noted so far of one borrower's history, by itself: the same whatever is asked. What is asked of it
    just now stands beside, and is not there while entries are taken. `count`: entries read so far, `last`: the last
    of them; attempts, which are `tried`, apart."""

    borrower: str
    tried: Tried
    directory: Directory = field(init=False)
    ask: Ask = field(init=False)
    at: int = field(init=False)
    count: int = 0
    last: Entry | None = None
    made: Made | None = None    # of what the last question was answered with
    registered: Mapping[str, Any] | None = None
    erased: bool = False
    channels: dict[str, ChannelNote] = field(default_factory=dict)
    contacts: dict[str, ContactNote] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    prolonged: list[Prolonged] = field(default_factory=list)
    assigned: Assigned = field(default_factory=Assigned)
    moves: list[Move] = field(default_factory=list)
    balances: dict[str, int] = field(default_factory=dict)
    placements: dict[str, Entry] = field(default_factory=dict)
    recalled: dict[str, int] = field(default_factory=dict)
    consents: list[Entry] = field(default_factory=list)
    withdrawals: list[Entry] = field(default_factory=list)
    resets: list[Reset] = field(default_factory=list)
    holds: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    callback: Callback | None = None
    callback_by: Actor | None = None
    complaints: dict[str, str] = field(default_factory=dict)  # those open that name a contact: complaint -> contact
    notices: dict[str, Entry] = field(default_factory=dict)
    sent: list[Entry] = field(default_factory=list)
    delivered: set[tuple[str, str]] = field(default_factory=set)
    approvals: list[Entry] = field(default_factory=list)    # requested and given
    refused: set[str] = field(default_factory=set)
    permits: dict[str, Permit] = field(default_factory=dict)
    visits: dict[str, Permit] = field(default_factory=dict)
    moved_at: int | None = None  # when it was last reported that the borrower does not live where he was visited

    def begins(self, entries: Sequence[Entry], attempts: Sequence[Brief]) -> bool:
        """Whether what was read so far is the beginning of this history."""
        return self.tried.begins(attempts) and (
            self.count == 0 or (len(entries) >= self.count and entries[self.count - 1] is self.last))

    def unasked(self) -> None:
        """Takes the last question away: whoever reads it while entries are taken fails with AttributeError, rather
        than note of the history what holds for one question alone."""
        if hasattr(self, "ask"):
            del self.directory, self.ask, self.at

    def alive(self, entry: Entry) -> None:
        """The borrower showed a sign of life that no attempt of an agency's brought about."""
        self.resets.append(Reset(entry.index, entry.at, 0, None))


Handler = Callable[[Notes, Entry], None]
