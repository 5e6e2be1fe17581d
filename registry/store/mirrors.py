"""Projections of the log for showing and searching. All can be dropped and rebuilt from the entries.

Every mirror has `place`, the log index of the entry that made it (lists are ordered by it), and `updated_at`,
the log-clock milliseconds of the last entry that changed it. What revision 0005 added is NULL in rows that were there
before, until they are rebuilt.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.database import Base
from registry.store.mirror import Mirror
from registry.store.mirrors_persons import Change, ContactReport
from registry.store.mirrors_portal import (
    COUNTED,
    Alarm,
    Callback,
    Complaint,
    Evaluation,
    Passkey,
    Resolution,
    SignIn,
)

# Grows with every change of what the mirrors hold: rows of another shape are made again from the log.
SHAPE = 5


class Borrower(Mirror):
    __tablename__ = "borrowers"
    lender: Mapped[str] = mapped_column(index=True)
    residence: Mapped[str]
    time_zone: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str]  # open | closed (erasure requested)


class Channel(Mirror):
    __tablename__ = "channels"
    borrower: Mapped[str] = mapped_column(index=True)
    medium: Mapped[str]
    use: Mapped[str]
    state: Mapped[str]  # live | removed | disputed


class Contact(Mirror):
    __tablename__ = "contacts"
    borrower: Mapped[str] = mapped_column(index=True)
    lender: Mapped[str]
    rank: Mapped[int]
    relation: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(JSON)
    residence: Mapped[str | None]
    state: Mapped[str]  # pending | usable | withdrawn (may agree again) | stopped (for ever)


class Account(Mirror):
    __tablename__ = "accounts"
    borrower: Mapped[str] = mapped_column(index=True)
    lender: Mapped[str] = mapped_column(index=True)
    liability: Mapped[str]
    due_since: Mapped[str]
    balance_minor: Mapped[int]
    currency: Mapped[str]
    limitation_until: Mapped[str]
    state: Mapped[str]  # open | paid | closed | assigned
    as_of: Mapped[str]


class Placement(Mirror):
    __tablename__ = "placements"
    account: Mapped[str] = mapped_column(index=True)
    borrower: Mapped[str]
    lender: Mapped[str]
    agency: Mapped[str] = mapped_column(index=True)
    starts: Mapped[str]
    until: Mapped[str]
    state: Mapped[str]  # placed | recalled


class Consent(Mirror):
    __tablename__ = "consents"
    giver: Mapped[str]
    lender: Mapped[str] = mapped_column(index=True)
    borrower: Mapped[str] = mapped_column(index=True)
    contact: Mapped[str | None] = mapped_column(index=True)
    account: Mapped[str | None]
    state: Mapped[str]  # pending-code | given | withdrawn | refused | void (by an assignment)
    assurance: Mapped[str | None]
    given_at: Mapped[str]
    expires_at: Mapped[str]
    scope: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=True)
    notice: Mapped[dict[str, str]] = mapped_column(JSON, nullable=True)
    method: Mapped[str] = mapped_column(nullable=True)
    asked_at: Mapped[int | None]
    settled_at: Mapped[int | None]  # first given, refused or withdrawn


class Hold(Mirror):
    __tablename__ = "holds"
    borrower: Mapped[str] = mapped_column(index=True)
    account: Mapped[str | None]
    type: Mapped[str]
    state: Mapped[str]  # placed | lifted
    by_role: Mapped[str | None]  # who placed it
    placed_at: Mapped[int | None]
    lifted_at: Mapped[int | None]
    officer: Mapped[str | None]
    note: Mapped[str | None]  # commitment to the officer's sealed words


class Approval(Mirror):
    __tablename__ = "approvals"
    lookup: Mapped[str]
    client: Mapped[str]
    account: Mapped[str]
    borrower: Mapped[str]
    contact: Mapped[str]  # empty of a visit
    purpose: Mapped[str]
    mode: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)  # open | approved | refused | used | over (assigned)
    requested_at: Mapped[int] = mapped_column(nullable=True)
    settled_at: Mapped[int | None]
    officer: Mapped[str | None]  # who approved or refused


class Lookup(Mirror):
    __tablename__ = "lookups"
    # With the place behind the member, a page in order needs no sorting. Those of a person are found by his accounts.
    __table_args__ = tuple(Index(f"lookups_by_{one}", one, "place") for one in (
        "account", "client", "agent", "verdict", "purpose", "mode", "about"))
    account: Mapped[str]
    client: Mapped[str]
    agent: Mapped[str]
    about: Mapped[str]
    purpose: Mapped[str]
    mode: Mapped[str]
    verdict: Mapped[str]
    borrower: Mapped[str | None]
    contact: Mapped[str | None]
    approval: Mapped[str | None]
    opening: Mapped[str]  # none | allowed | refused
    message: Mapped[str | None]  # of a relayed one: queued | sent | delivered | failed | answered | withheld
    continues: Mapped[str | None]  # an earlier lookup of the same client
    reasons: Mapped[list[str]] = mapped_column(JSON, nullable=True)
    system: Mapped[list[str]] = mapped_column(JSON, nullable=True)
    decided_at: Mapped[int] = mapped_column(nullable=True)
    answer: Mapped[str | None]  # of the contact, in the portal


class Provider(Mirror):
    __tablename__ = "providers"
    name: Mapped[str] = mapped_column(index=True)
    adapter: Mapped[str]
    grade: Mapped[str]
    owner: Mapped[str]
    owner_party: Mapped[str | None]
    # Of its last suspension, by the log's clock: the officer's act, from when on it is not believed, its end.
    suspended_at: Mapped[int | None]
    suspended_since: Mapped[int | None]
    resumed_at: Mapped[int | None]


class Party(Mirror):
    __tablename__ = "parties"
    role: Mapped[str]
    name: Mapped[str]
    regulator: Mapped[str | None]
    state: Mapped[str]  # active | suspended


class AgencyApproval(Mirror):
    __tablename__ = "agency_approvals"
    agency: Mapped[str]
    lender: Mapped[str]
    role: Mapped[str]
    until: Mapped[str]


class PackActivation(Mirror):
    __tablename__ = "pack_activations"
    name: Mapped[str]
    version: Mapped[str]
    sha256: Mapped[str]
    effective_from: Mapped[str]


class Event(Mirror):
    """`about`: ids by what they are of. `object` is what later entries name when they go on with this one."""

    __tablename__ = "events"
    __table_args__ = (Index("events_of_agency", "agency", "place"), Index("events_of_lender", "lender", "place"),
                      Index("events_of_kind", "kind", "place"))
    kind: Mapped[str]
    lender: Mapped[str | None]
    agency: Mapped[str | None]
    object: Mapped[str | None] = mapped_column(index=True)
    about: Mapped[dict[str, str]] = mapped_column(JSON)


class Progress(Base):
    """How far the log was projected: `cursor` is the index of the first entry that was not.

    `shape`: by which SHAPE the rows were made.
    """

    __tablename__ = "progress"
    id: Mapped[int] = mapped_column(primary_key=True)
    cursor: Mapped[int]
    shape: Mapped[int] = mapped_column(server_default="1")


MIRRORS: dict[str, type[Any]] = {
    "borrowers": Borrower, "channels": Channel, "contacts": Contact, "accounts": Account,
    "placements": Placement, "consents": Consent, "holds": Hold, "approvals": Approval, "lookups": Lookup,
    "providers": Provider, "parties": Party, "agency_approvals": AgencyApproval,
    "pack_activations": PackActivation, "events": Event, "complaints": Complaint, "passkeys": Passkey,
    "callbacks": Callback, "evaluations": Evaluation, "sign_ins": SignIn, "alarms": Alarm, "resolutions": Resolution,
    "changes": Change, "contact_reports": ContactReport,
}
# Everything that is made of the log.
OF_THE_LOG: tuple[type[Base], ...] = (*MIRRORS.values(), *COUNTED, Progress)
METADATA = Base.metadata
