"""What one entry can do to a mirror: add a row, or change one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Table, update

from registry.model.entries import Entry
from registry.store.gathered import Gathered
from registry.store.mirror import Mirror

Apply = Callable[[Gathered, Entry], None]


def add(connection: Gathered, mirror: type[Mirror], entry: Entry, id_: str, **values: Any) -> None:
    """A new row, made by the entry."""
    connection.add(cast(Table, mirror.__table__), {"id": id_, "place": entry.index, "updated_at": entry.at, **values})


def change(connection: Gathered, mirror: type[Mirror], entry: Entry, id_: str, **values: Any) -> None:
    """Other values in the row of that id, if it is there."""
    table = cast(Table, mirror.__table__)
    connection.change(table, update(table).where(table.c.id == id_).values(updated_at=entry.at, **values))


def changes(mirror: type[Mirror], member: str, state: str) -> Apply:
    """The entry only moves one object, named by a member of its body, to another state."""

    def apply(connection: Gathered, entry: Entry) -> None:
        change(connection, mirror, entry, entry.body[member], state=state)

    return apply


def some(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """These members of a body, None for what it has not."""
    return {name: body.get(name) for name in names}
