"""Rows that a run of entries adds wait for each other, and go into their table by one statement.

Nobody sees less by it: whatever else is asked or changed on the way puts in first what waits. Only counts wait for
the end: nothing that is projected reads them.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Executable, Result, Table, bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from registry.store.mirrors import Borrower
from registry.store.mirrors_portal import LookupDay

BORROWERS = cast(Table, Borrower.__table__)
# Built once: every decision is noted.
LENDER_OF = select(BORROWERS.c.lender).where(BORROWERS.c.id == bindparam("borrower"))
DAYS = insert_or(cast(Table, LookupDay.__table__))
COUNTED = DAYS.on_conflict_do_update(set_={"count": LookupDay.count + DAYS.excluded.count})
Counted = tuple[str, str, str, str]  # day, agency, verdict, reason


class Gathered:
    """A connection within one transaction. Whoever opened it calls `close` at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[tuple[Table, tuple[str, ...]], list[dict[str, Any]]] = {}
        self._lenders: dict[str, str] = {}  # of borrowers: it never changes
        self._counts: dict[Counted, list[int]] = {}  # how many, and the place of the first

    def add(self, table: Table, row: dict[str, Any]) -> None:
        """Inserts a row, at the latest with the next `flush`."""
        self._rows.setdefault((table, tuple(row)), []).append(row)

    def count(self, key: Counted, place: int) -> None:
        """One lookup more of a day, agency, verdict and reason."""
        self._counts.setdefault(key, [0, place])[0] += 1

    def close(self) -> None:
        """Inserts what waits, counts too."""
        self.flush()
        if self._counts:
            self._connection.execute(COUNTED, [
                {"day": day, "agency": agency, "verdict": verdict, "reason": reason, "count": count, "first": first}
                for (day, agency, verdict, reason), (count, first) in self._counts.items()])
            self._counts.clear()

    def flush(self) -> None:
        """Inserts the rows that wait."""
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
