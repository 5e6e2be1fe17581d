"""Mirrors of what lenders change of accounts and people, as those people read it, and of reports of contacts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.mirror import Mirror


class Change(Mirror):
    """`said`: of an assignment `{assignee?}`, of a limitation moved to a later day `{before, after}`, of a liability
    `{liability, loan?}`, of a move `{residence, time_zone}`."""

    __tablename__ = "changes"
    borrower: Mapped[str] = mapped_column(index=True)
    account: Mapped[str | None] = mapped_column(index=True)
    lender: Mapped[str]
    what: Mapped[str]  # assigned | limitation-later | liability | moved
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[int]


class ContactReport(Mirror):
    __tablename__ = "contact_reports"
    borrower: Mapped[str] = mapped_column(index=True)
    contact: Mapped[str] = mapped_column(index=True)
    says: Mapped[str]  # minor | wrong-person | deceased | incapacitated
    by_role: Mapped[str]  # who said it; what a contact says in person nobody lifts
    state: Mapped[str] = mapped_column(index=True)  # placed | lifted
    at: Mapped[int]
    lifted_at: Mapped[int | None]
    officer: Mapped[str | None]
    note: Mapped[str | None]  # commitment to the officer's sealed words
