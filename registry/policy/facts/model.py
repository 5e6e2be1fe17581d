"""The frozen facts that rules read. Times are milliseconds, days are days since 1970-01-01, minutes local.

An id or time that the log does not know is None, and every rule takes None for the answer that denies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from registry.model.value import value
from registry.policy.facts.listed import Consent, Contact
from registry.policy.parties import Approval
from registry.policy.values import Ask


@value(frozen=True, slots=True)
class Caller:
    """The asking client, and what it owes. `oldest_open_permit`: the oldest permit of a number without an outcome."""

    is_agency: bool
    has_key: bool
    suspended: bool
    approval: Approval | None
    oldest_open_permit: int | None
    releases_today: int


@value(frozen=True, slots=True)
class Account:
    """The account asked about. `placed_at`: when the placement with the caller that is in force was logged.

    `assigned_at`: when its assignment to another creditor was logged. `lapsed`: the limitation was moved to a later
    day after it had run out.
    """

    lender: str
    state: str
    due_since: int
    limitation_until: int
    balance_minor: int
    placed_at: int | None
    assigned_at: int | None = None
    lapsed: bool = False


@value(frozen=True, slots=True)
class Slot:
    """One way to reach the borrower: a line by one medium, whatever channel ids it has had.

    `uses`: (since, use, made by the borrower), oldest first. `registered`: some channel of it stands, undisputed.
    `removed_at`: else, when the lender removed the last one. `alone`: the line is this borrower's and nobody else's.
    `mobile`: a voice line whose number may be a mobile's. `of_contact`: the line is, or was, somebody's
    contact's. `offsets`: minutes east of UTC in the zones where the line may ring. `doubted`: somebody
    without standing says that it is a stranger's.
    """

    channel: str
    line: str
    medium: str
    uses: tuple[tuple[int, str, bool], ...]
    registered: bool
    removed_at: int | None
    alone: bool
    mobile: bool
    of_contact: bool
    offsets: tuple[int, ...] = ()
    doubted: bool = False


@dataclass(slots=True)  # made by the dozen: frozen ones take four times as long to make, and nobody writes to it
class Attempt:
    """One outbound attempt. `slot` is a place in `Facts.slots`, -1 for none of them.

    `began`, `day`, `minute`: by the provider's claim, in the residence's zone (minute -1: not told); `earliest`,
    `latest`: the local minute over every zone in which it must be lawful; `logged_day`: by the registry's stamp.
    `grade`: rank in `EVIDENCE_GRADES`, -1 where the owner of the provider's account disqualifies it. `flaw`: the
    code why no pack can let it count, or None.
    `void`: on a channel that is disputed. `refused`: a dial check had said no to it. `believed`: unless its provider
    was suspended for then; what `flaw` says is as if it were.
    """

    index: int
    at: int
    slot: int
    medium: str
    agency: str | None
    outcome: str
    began: int
    day: int
    minute: int
    earliest: int
    latest: int
    logged_day: int
    ring: int
    grade: int
    flaw: str | None
    void: bool
    refused: bool = False
    believed: bool = True


@value(frozen=True, slots=True)
class Reset:
    """A sign of life: attempts at or before `index`, or logged before `until`, no longer count.

    `agency`: who saw it by its own attempt, None where it came about otherwise.
    """

    index: int
    at: int
    until: int
    agency: str | None


@value(frozen=True, slots=True)
class Notice:
    """A notice sent on one slot. `names_caller`: it named the asking agency. `delivered`: a receipt says so."""

    index: int
    at: int
    slot: int
    medium: str
    names_caller: bool
    delivered: bool


@value(frozen=True, slots=True)
class Request:
    """A request for approval of exactly this client, account, contact (none of a visit), purpose and mode."""

    id: str
    contact: str
    requested_at: int
    given_at: int | None
    approvers: int
    refused: bool
    consumed: bool
    roles: int = 0  # how many different roles approved it


@value(frozen=True, slots=True)
class Visit:
    """A visit that was permitted on the account asked about."""

    index: int
    at: int


@value(frozen=True, slots=True)
class Callback:
    """An offer of the borrower's to be called back, still open. `windows`: HH:MM-HH:MM at the residence."""

    until: int
    windows: tuple[str, ...]
    channel: str | None
    language: str | None


class Former(NamedTuple):
    """A region where the borrower lived before, and when the log learned that he had left (milliseconds). `offset`:
    minutes east of UTC there."""

    region: str
    left_at: int
    offset: int


@value(frozen=True, slots=True)
class Facts:
    """Everything `decide` may know. `borrower` and `account` are None where the account is unknown or erased."""

    ask: Ask
    at: int
    stopped: bool
    caller: Caller
    borrower: str | None
    account: Account | None
    residence: str | None
    time_zone: str | None
    offset: int
    today: int
    local_date: str | None
    regulator: str | None
    feeds_through: int | None
    slots: tuple[Slot, ...]
    attempts: tuple[Attempt, ...]
    resets: tuple[Reset, ...]
    declined_at: int | None
    notices: tuple[Notice, ...]
    holds: tuple[str, ...]
    callback: Callback | None
    consents: tuple[Consent, ...]
    contacts: tuple[Contact, ...]
    case_contacts: frozenset[str]
    requests: tuple[Request, ...]
    former: tuple[Former, ...] = ()
    visits: tuple[Visit, ...] = ()
    moved_at: int | None = None
    # Not a fact: what was weighed of the same attempts before (`weighing`).
    weighings: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def lender(self) -> str | None:
        """The lender of the account."""
        return None if self.account is None else self.account.lender
