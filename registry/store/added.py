"""Rows of the web database that no entry of the log made, though their table holds nothing else: somebody added them.

They lead to nothing that is opened, but may stand before what is: a lookup takes only so many contacts along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select
from sqlalchemy.exc import DBAPIError

from registry.model.alarms import MOST_TOLD
from registry.model.entries import Entry
from registry.model.ids import ID
from registry.store.database import reading
from registry.store.held import KEPT, MIRRORED
from registry.store.mirror import Mirror
from registry.store.mirrors import Borrower, Progress
from registry.store.tables import SealedValue

WORDS = ("name", "number")  # values that are called so; a channel's by its id
ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class AddedRows:
    """How many there are at least, and ids of those whom the first of them name: a borrower each, or a contact."""

    rows: int
    of: tuple[str, ...]

    def and_(self, others: AddedRows) -> AddedRows:
        """Both together."""
        return AddedRows(self.rows + others.rows, tuple(dict.fromkeys((*self.of, *others.of)))[:MOST_TOLD])


NONE = AddedRows(0, ())


class Added:
    """A part of the store."""

    _engine: Engine

    def added(self, first: int, entries: Sequence[Entry]) -> AddedRows:
        """Beside these entries, which are all from index `first` on and were projected: rows at their places that
        are of none of them, and sealed values of a name that none has."""
        end = entries[-1].index + 1
        ids = {mirror: [one.id for one in entries if one.kind in KEPT and KEPT[one.kind].mirror is mirror]
               for mirror in MIRRORED}
        clauses = {mirror: _between(mirror, first, end, ids[mirror]) for mirror in MIRRORED}
        subjects = [one.id for one in entries if one.kind in KEPT and KEPT[one.kind].subject is not None]
        odd = and_(SealedValue.subject.in_(subjects), SealedValue.name.not_in(WORDS),
                   func.length(SealedValue.name) != ID_LENGTH)
        with reading(self._engine) as connection:
            return _found(connection, clauses, odd)

    def added_beyond(self) -> AddedRows:
        """Rows at places where no entry is, or none was projected yet."""
        projected = select(func.max(Progress.cursor)).scalar_subquery()
        clauses: dict[type[Mirror], ColumnElement[bool]] = {
            mirror: or_(mirror.place < 0, mirror.place >= projected) for mirror in MIRRORED}
        with reading(self._engine) as connection:
            return _found(connection, clauses, None)


def _between(mirror: type[Mirror], first: int, end: int, ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(mirror.place >= first, mirror.place < end, mirror.id.not_in(ids))


def _found(
    connection: Connection, clauses: dict[type[Mirror], ColumnElement[bool]], odd: ColumnElement[bool] | None,
) -> AddedRows:
    """One SELECT where nothing was added, which reads no cell of another type than a number."""
    counts = [select(func.count()).select_from(mirror).where(clause).scalar_subquery()
              for mirror, clause in clauses.items()]
    if odd is not None:
        counts.append(select(func.count()).select_from(SealedValue).where(odd).scalar_subquery())
    rows = sum(connection.execute(select(*counts)).one())
    of = dict.fromkeys(_named(connection, clauses, odd)) if rows else {}
    return AddedRows(rows, tuple(of)[:MOST_TOLD])


def _named(
    connection: Connection, clauses: dict[type[Mirror], ColumnElement[bool]], odd: ColumnElement[bool] | None,
) -> Iterator[str]:
    known = select(Borrower.id)
    statements = []
    for mirror, clause in clauses.items():
        table: Any = mirror
        if mirror is not Borrower:
            statements.append(select(table.borrower).where(clause, table.borrower.in_(known)))
    if odd is not None:
        statements.append(select(SealedValue.subject).where(odd))
    for statement in statements:
        try:
            found = connection.execute(statement.distinct().limit(MOST_TOLD)).scalars().all()
        except (DBAPIError, ValueError):
            continue  # a cell that cannot be read names nobody; that it is there is counted
        yield from (one for one in found if isinstance(one, str) and ID.match(one))
