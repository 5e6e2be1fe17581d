"""What the frozen facts say of consents and of the people listed. Times are milliseconds, minutes local.

An id or time that the log does not know is None, and every rule takes None for the answer that denies.
"""

from __future__ import annotations

from registry.model.value import value


@value(frozen=True, slots=True)
class Consent:
    """A consent somebody gave. `ended`: withdrawn, or not the giver's own act after a withdrawal of his.

    `void`: it was for an account, or for accounts, that became another creditor's.
    `assurance`: rank in `ASSURANCES`; `uses`: permits already spent from it; `hours`: local minutes or None.
    """

    id: str
    at: int
    lender: str
    account: str | None
    contact: str | None
    line: str | None
    purposes: frozenset[str]
    modes: frozenset[str]
    grantee_party: str | None
    grantee_role: str
    max_uses: int
    uses: int
    hours: tuple[int, int] | None
    separate: bool
    expires_at: int
    assurance: int
    ended: bool
    void: bool = False


@value(frozen=True, slots=True)
class Line:
    """What is known of a contact's line, over all contacts, borrowers and agencies.

    `complained`: a complaint by whoever holds it is open. `releases`: when numbers of it left (log times),
    `messages`: when messages to it were permitted.
    `conversations`: talks reported in the case asked about. `held`: what was reported of whoever answers there that
    stops everything, as holds are named. `calls`: brokered calls to it, (permitted at, over at).
    """

    objected: bool
    minor: bool
    wrong_person: bool
    dead: bool
    releases: tuple[int, ...]
    messages: tuple[int, ...]
    conversations: int
    complained: bool = False
    held: frozenset[str] = frozenset()
    calls: tuple[tuple[int, int], ...] = ()


@value(frozen=True, slots=True)
class Relay:
    """What became of messages to one contact for the account asked about, in the present case.

    `first_at`: when the first was relayed (log time). `queued`: one is permitted and may still be relayed.
    `cannot`: the contact answered that he cannot pass it on.
    """

    first_at: int | None = None
    queued: bool = False
    cannot: bool = False


@value(frozen=True, slots=True)
class Brokered:
    """What became of brokered calls to one contact for the account asked about, in the present case.

    `over_at`: when the last that is over was over (log time). `open`: one may still connect.
    """

    over_at: int | None = None
    open: bool = False


@value(frozen=True, slots=True)
class Contact:
    """A listed contact. `clocks`: (zone, local minute now, offset) in each zone of the line. `complained`: an open
    complaint names him. `liable_since`: since when his line is that of a joint borrower or guarantor of the same
    loan, as logged; 0 where that person said so in person, None where it is none."""

    id: str
    line_id: str
    rank: int
    region: str | None
    residence: str | None
    languages: tuple[str, ...]
    clocks: tuple[tuple[str, int, int], ...]
    informed: bool
    erased: bool
    refused: bool
    is_borrower: bool
    line: Line
    consents: tuple[Consent, ...]
    relay: Relay = Relay()
    complained: bool = False
    liable_since: int | None = None
    call: Brokered = Brokered()
