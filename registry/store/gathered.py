"""Rows that a run of entries adds wait for each other, and go into their table by one statement.

Nobody sees less by it: whatever else is asked or changed on the way puts in first what waits. Only counts wait for
the end: nothing that is projected reads them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from sqlalchemy import Connection, Executable, Result, Table, bindparam, insert, select

from registry.store.mirrors import Borrower
from registry.store.mirrors_portal import AttemptDay, LookupDay
from registry.store.statements import insert_or

BORROWERS = cast(Table, Borrower.__table__)
# Built once: every decision is noted.
LENDER_OF = select(BORROWERS.c.lender).where(BORROWERS.c.id == bindparam("borrower"))
DAYS = tuple(LookupDay.__table__.primary_key)
ATTEMPTS = tuple(AttemptDay.__table__.primary_key)
Counted = tuple[str, str, str, str]  # day, agency, verdict, reason


class Gathered:
    """A connection within one transaction. Whoever opened it calls `close` at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[tuple[Table, tuple[str, ...]], list[dict[str, Any]]] = {}
        self._lenders: dict[str, str] = {}  # of borrowers: it never changes
        self._counts: dict[Counted, list[int]] = {}  # how many, and the place of the first
        self._attempts: Counter[tuple[str, str, str]] = Counter()

    def add(self, table: Table, row: dict[str, Any]) -> None:
        """Inserts a row, at the latest with the next `flush`."""
        self._rows.setdefault((table, tuple(row)), []).append(row)

    def count(self, key: Counted, place: int) -> None:
        """One lookup more of a day, agency, verdict and reason."""
        self._counts.setdefault(key, [0, place])[0] += 1

    def attempted(self, day: str, agency: str, what: str) -> None:
        """One attempt more of a day and agency; `what` as in `AttemptDay`."""
        self._attempts[day, agency, what] += 1

    def close(self) -> None:
        """Inserts what waits, counts too."""
        self.flush()
        if self._counts:
            fresh = insert_or(self._connection, LookupDay)
            counted = fresh.on_conflict_do_update(
                index_elements=list(DAYS), set_={"count": LookupDay.count + fresh.excluded.count})
            self._connection.execute(counted, [
                {"day": day, "agency": agency, "verdict": verdict, "reason": reason, "count": count, "first": first}
                for (day, agency, verdict, reason), (count, first) in self._counts.items()])
            self._counts.clear()
        if self._attempts:
            new = insert_or(self._connection, AttemptDay)
            attempted = new.on_conflict_do_update(
                index_elements=list(ATTEMPTS), set_={"count": AttemptDay.count + new.excluded.count})
            self._connection.execute(attempted, [
                {"day": day, "agency": agency, "what": what, "count": count}
                for (day, agency, what), count in self._attempts.items()])
            self._attempts.clear()

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

    def change(self, table: Table, statement: Executable) -> None:
        """A statement that reads and changes this table alone: what waits for other tables goes on waiting."""
        if self._waits(table):
            self.flush()
        self._connection.execute(statement)

    def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, None where there is none."""
        return self.execute(statement).scalar()

    def lender_of(self, borrower: str) -> str | None:
        """Whose borrower it is."""
        if borrower not in self._lenders:
            if self._waits(BORROWERS):
                self.flush()
            found: str | None = self._connection.scalar(LENDER_OF, {"borrower": borrower})
            if found is None:
                return None
            self._lenders[borrower] = found
        return self._lenders[borrower]

    def _waits(self, table: Table) -> bool:
        """Whether a row of this table is not yet put in."""
        return any(one is table for one, _ in self._rows)
