"""How often something of a borrower's, or of his contacts', was really used."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, func, or_, select

from registry.store.database import reading
from registry.store.listed import GONE_OUT
from registry.store.mirrors import Account, Lookup


class Released:
    """Counts over the mirrors."""

    _engine: Engine

    def released(self, borrowers: Collection[str]) -> dict[tuple[str, str], int]:
        """(borrower, `contact` or `visit`) → granted and opened lookups: numbers given, calls connected and messages
        that went out, or addresses for a visit. Those without any are left out."""
        statement = (
            select(Account.borrower, Lookup.about, func.count()).join(Lookup, Lookup.account == Account.id)
            .where(Account.borrower.in_(borrowers), Lookup.verdict == "permit",
                   Lookup.about.in_(("contact", "visit")), Lookup.opening == "allowed",
                   or_(Lookup.message.is_(None), Lookup.message.in_(GONE_OUT)))
            .group_by(Account.borrower, Lookup.about)
        )
        with reading(self._engine) as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(statement)}
