"""Moving the projections along the log, and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from registry.errors import ConflictError, UnavailableError
from registry.model.entries import Entry
from registry.store.database import PROJECTING, alone, reading, writing
from registry.store.events import note
from registry.store.gathered import Gathered
from registry.store.mirrors import MIRRORS, OF_THE_LOG, SHAPE, Progress
from registry.store.projections import apply
from registry.store.statements import compiled, fetched
from registry.store.tables import Ref

CURSOR = compiled(select(Progress.cursor))


class CursorError(UnavailableError):
    """How far the projections are is not to be read (HTTP 503)."""

    code = "cursor-unreadable"


def advance(connection: Connection, entries: Sequence[Entry]) -> int:
    """Applies the entries behind the cursor and moves it. Returns the cursor. Raises ConflictError at a gap."""
    alone(connection, PROJECTING)  # other hosts have pumps too
    at: int | None = connection.scalar(select(Progress.cursor))
    if at is None:
        at = 0
        connection.execute(insert(Progress).values(id=1, cursor=0, shape=SHAPE))
    gathered = Gathered(connection)
    for entry in entries:
        if entry.index < at:
            continue
        if entry.index != at:
            raise ConflictError("entries are projected in order and without a gap", code="projection-gap")
        apply(gathered, entry)
        note(gathered, entry)
        at = entry.index + 1
    gathered.close()
    connection.execute(update(Progress).values(cursor=at))
    return at


class Projected:
    """The mirrors of the log. Entries are applied in the log's order, each exactly once, without a gap."""

    _engine: Engine

    def cursor(self) -> int:
        """Index of the first entry that was not yet projected. Raises CursorError where somebody put there what
        is none."""
        rows = fetched(self._engine, CURSOR, {})
        found = rows[0][0] if rows else 0
        if type(found) is not int or found < 0:
            raise CursorError("how far the projections are is unreadable: make them anew with `registry rebuild`")
        return found

    def outgrown(self) -> bool:
        """Whether the rows must be rebuilt: made by an earlier version, which knew less, or nobody knows how far."""
        try:
            self.cursor()
        except CursorError:
            return True
        with reading(self._engine) as connection:
            return connection.scalar(select(Progress.shape).where(Progress.shape != SHAPE).limit(1)) is not None

    def project(self, entries: Sequence[Entry], cursor: int) -> None:
        """Applies the entries and moves the cursor, in one transaction; entries before the cursor are known already.

        `cursor` is the index after the last entry. Raises ConflictError, and changes nothing, when an entry
        between the cursor and the first one is missing.
        """
        with writing(self._engine) as connection:
            advance(connection, entries)

    def forget_projections(self) -> None:
        """Empties every mirror, so that the log can be projected again from its first entry."""
        with writing(self._engine) as connection:
            alone(connection, PROJECTING)
            for table in OF_THE_LOG:
                connection.execute(delete(table))

    def record(self, mirror: str, id_: str) -> dict[str, Any] | None:
        """One object with its `ref`, if it has one; None where there is none of that id."""
        found = self.records(mirror, {"id": id_}, limit=1)
        return found[0] if found else None

    def records(
        self, mirror: str, where: Mapping[str, object], *, after: int = -1, limit: int = 200,
        updated_after: int | None = None, newest: bool = False,
    ) -> list[dict[str, Any]]:
        """Objects whose members equal `where` (`ref` included), oldest first, from behind place `after` on.

        With `newest` they come newest first, from before place `after` on; -1 is the end.
        """
        table = MIRRORS[mirror]
        statement = select(*table.__table__.columns, Ref.ref).outerjoin(Ref, Ref.id == table.id).limit(limit)
        if not newest:
            statement = statement.where(table.place > after).order_by(table.place)
        else:
            statement = statement.where(*[table.place < after] * (after >= 0)).order_by(table.place.desc())
        for name, value in where.items():
            column: Any = Ref.ref if name == "ref" else getattr(table, name)
            statement = statement.where(column.in_(value) if isinstance(value, tuple) else column == value)
        if updated_after is not None:
            statement = statement.where(table.updated_at > updated_after)
        with reading(self._engine) as connection:
            return [dict(row._mapping) for row in connection.execute(statement)]

    def count(self, mirror: str, where: Mapping[str, object]) -> int:
        """How many objects' members equal `where`."""
        table = MIRRORS[mirror]
        clauses = [getattr(table, name) == value for name, value in where.items()]
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*clauses)) or 0
