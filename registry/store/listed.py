"""Who listed whom, and when a contact's number was used: read by people who are somebody's contact."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, or_, select

from registry.store.database import reading
from registry.store.mirrors import Account, Borrower, Contact, Lookup, Party

# A message that still waits, or was withheld, has used nobody's number.
GONE_OUT = ("sent", "delivered", "failed", "answered")


class Listed:
    """Reads over the mirrors, each one statement."""

    _engine: Engine

    def listings(self, contacts: Collection[str]) -> list[dict[str, Any]]:
        """Of each contact its id as `contact`, `borrower`, `relation`, the lender's name as `institution`, and the
        borrower's `time_zone`; oldest first."""
        statement = (
            select(Contact.id.label("contact"), Contact.borrower, Contact.lender, Contact.relation,
                   Party.name.label("institution"), Borrower.time_zone)
            .join(Borrower, Borrower.id == Contact.borrower).join(Party, Party.id == Contact.lender)
            .where(Contact.id.in_(contacts)).order_by(Contact.place)
        )
        return self._rows(statement)

    def uses(
        self, contacts: Collection[str], *, before: int, limit: int, lookup: str | None = None
    ) -> list[dict[str, Any]]:
        """Permits by which these contacts' numbers were used, newest first, from before place `before` on (-1: all).

        Found by the borrower's accounts, by which lookups are kept in order. `lookup`: this one alone.
        """
        owners = select(Contact.borrower).where(Contact.id.in_(contacts))
        accounts = select(Account.id).where(Account.borrower.in_(owners))
        statement = select(
            Lookup.id, Lookup.place, Lookup.contact, Lookup.client, Lookup.borrower, Lookup.mode, Lookup.decided_at,
            Lookup.message, Lookup.answer,
        ).where(
            # Only a permit has an opening that is allowed; asked for the verdict, SQLite would read every permit.
            Lookup.account.in_(accounts), Lookup.contact.in_(contacts), Lookup.opening == "allowed",
            or_(Lookup.message.is_(None), Lookup.message.in_(GONE_OUT)),
        ).order_by(Lookup.place.desc()).limit(limit)
        if before >= 0:
            statement = statement.where(Lookup.place < before)
        if lookup is not None:
            statement = statement.where(Lookup.id == lookup)
        return self._rows(statement)

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        with reading(self._engine) as connection:
            return [dict(row._mapping) for row in connection.execute(statement)]
