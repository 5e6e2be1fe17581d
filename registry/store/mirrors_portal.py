"""Mirrors of what people do in the portal, and of what auditors count. All times are log-clock milliseconds."""

from __future__ import annotations

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.database import Base
from registry.store.mirror import Mirror


class Complaint(Mirror):
    __tablename__ = "complaints"
    from_: Mapped[str]  # borrower | contact
    borrower: Mapped[str] = mapped_column(index=True)
    contact: Mapped[str | None] = mapped_column(index=True)
    lookup: Mapped[str | None] = mapped_column(index=True)
    agency: Mapped[str | None] = mapped_column(index=True)
    about: Mapped[str]  # lookup | agency | lender | registry
    text: Mapped[str | None]  # commitment to the sealed words
    state: Mapped[str] = mapped_column(index=True)  # open | settled
    filed_at: Mapped[int]
    verdict: Mapped[str | None]  # upheld | partly-upheld | not-upheld
    remedy: Mapped[str | None]
    amount_minor: Mapped[int | None]
    currency: Mapped[str | None]
    note: Mapped[str | None]  # commitment to the officer's sealed words
    paid_on: Mapped[str | None]
    settled_at: Mapped[int | None]
    officer: Mapped[str | None]  # who settled it


class Passkey(Mirror):
    __tablename__ = "passkeys"
    role: Mapped[str]  # borrower | officer | auditor
    subject: Mapped[str] = mapped_column(index=True)  # the borrower, or the party
    credential: Mapped[str] = mapped_column(index=True)
    rp_id: Mapped[str]
    state: Mapped[str]  # live | removed
    added_at: Mapped[int]


class Callback(Mirror):
    """An offer of the borrower to be reached. The newest one whose time is not over is in force."""

    __tablename__ = "callbacks"
    borrower: Mapped[str] = mapped_column(index=True)
    channel: Mapped[str | None]
    until: Mapped[str]
    windows: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str | None]
    at: Mapped[int]


class Evaluation(Mirror):
    __tablename__ = "evaluations"
    agency: Mapped[str] = mapped_column(index=True)
    lender: Mapped[str]
    from_: Mapped[str]
    until: Mapped[str]
    score: Mapped[int]
    result: Mapped[str]  # good | sufficient | insufficient
    licence: Mapped[str]
    licence_until: Mapped[str]


class SignIn(Mirror):
    """The id is that of the entry: who was let in for several people has one session and may have several."""

    __tablename__ = "sign_ins"
    role: Mapped[str]
    borrower: Mapped[str | None] = mapped_column(index=True)
    contact: Mapped[str | None] = mapped_column(index=True)
    party: Mapped[str | None] = mapped_column(index=True)
    strength: Mapped[str]  # code | link | passkey | token
    at: Mapped[int]


class Alarm(Mirror):
    __tablename__ = "alarms"
    alarm: Mapped[str]
    provider: Mapped[str | None]
    about: Mapped[str | None]  # the entry, lookup or other id that it is about
    agency: Mapped[str | None]
    client: Mapped[str | None]
    agent: Mapped[str | None]
    witness: Mapped[str | None]
    count: Mapped[int | None]  # of what, the alarm's name says: entries, or milliseconds
    at: Mapped[int]
    state: Mapped[str] = mapped_column(index=True)  # open | closed
    closed_at: Mapped[int | None]
    officer: Mapped[str | None]
    note: Mapped[str | None]  # commitment to the officer's words


class Resolution(Mirror):
    """Two people's question whose pseudonyms are behind an address that a complaint names."""

    __tablename__ = "resolutions"
    complaint: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]  # commitment to the sealed address
    signers: Mapped[list[str]] = mapped_column(JSON)  # in the order in which they signed
    state: Mapped[str]  # asked | approved (two signed) | resolved
    asked_at: Mapped[int]
    resolved_at: Mapped[int | None]
    borrowers: Mapped[list[str]] = mapped_column(JSON)
    contacts: Mapped[list[str]] = mapped_column(JSON)


class LookupReason(Base):
    """Each reason of each lookup, so that lookups are found by one."""

    __tablename__ = "lookup_reasons"
    reason: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)


class LookupDay(Base):
    """Lookups of a UTC day, counted: with reason `` all of them, else those that had this reason.

    `first` is the place of the first of them: where a period begins in the log.
    """

    __tablename__ = "lookup_days"
    day: Mapped[str] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    first: Mapped[int]


class AttemptDay(Base):
    """Attempts to reach borrowers that were logged on a UTC day, counted by agency (`` where none is named)."""

    __tablename__ = "attempt_days"
    day: Mapped[str] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)  # dialled: all of them | unlawful: those the vault raised
    count: Mapped[int]


COUNTED: tuple[type[Base], ...] = (LookupReason, LookupDay, AttemptDay)
