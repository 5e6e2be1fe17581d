"""How often something of a borrower's contacts was really used."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, func, select

from registry.store.database import reading
from registry.store.mirrors import Account, Lookup


class Released:
    """Counts over the mirrors."""

    _engine: Engine

    def released(self, borrowers: Collection[str]) -> dict[str, int]:
        """Granted and opened lookups about a contact, by borrower; those without any are left out."""
        statement = (
            select(Account.borrower, func.count()).join(Lookup, Lookup.account == Account.id)
            .where(Account.borrower.in_(borrowers), Lookup.verdict == "permit", Lookup.about == "contact",
                   Lookup.opening == "allowed").group_by(Account.borrower)
        )
        with reading(self._engine) as connection:
            return {row.borrower: row[1] for row in connection.execute(statement)}
