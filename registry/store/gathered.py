"""Rows that a run of entries adds wait for each other, and go into their table by one statement.

Nobody sees less by it: whatever else is asked or changed on the way puts in first what waits.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Executable, Result, Table, bindparam, insert, select

from registry.store.mirrors import Borrower

BORROWERS = cast(Table, Borrower.__table__)
# Built once: every decision is noted.
LENDER_OF = select(BORROWERS.c.lender).where(BORROWERS.c.id == bindparam("borrower"))


class Gathered:
    """A connection within one transaction. Whoever opened it calls `flush` at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[tuple[Table, tuple[str, ...]], list[dict[str, Any]]] = {}
        self._lenders: dict[str, str] = {}  # of borrowers: it never changes

    def add(self, table: Table, row: dict[str, Any]) -> None:
        """Inserts a row, at the latest with the next `flush`."""
        self._rows.setdefault((table, tuple(row)), []).append(row)

    def flush(self) -> None:
        """Inserts what waits."""
        for (table, _), rows in self._rows.items():
            # The bare table and its values apart: a third of the time that an insert of the mapped class takes.
            self._connection.execute(insert(table), rows)
        self._rows.clear()

    def execute(self, statement: Executable) -> Result[Any]:
        """Any other statement."""
        self.flush()
        return self._connection.execute(statement)

    def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, None where there is none."""
        return self.execute(statement).scalar()

    def lender_of(self, borrower: str) -> str | None:
        """Whose borrower it is."""
        if borrower not in self._lenders:
            if any(table is BORROWERS for table, _ in self._rows):
                self.flush()
            found: str | None = self._connection.scalar(LENDER_OF, {"borrower": borrower})
            if found is None:
                return None
            self._lenders[borrower] = found
        return self._lenders[borrower]
