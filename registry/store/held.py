"""What the web database holds, beside what the entries of the log say: sealed values and the rows that lead to them.

Only what no later entry changes is compared, so that a comparison needs nothing but the registering entry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from registry.model.entries import Entry
from registry.model.registering import ACCOUNT, BORROWER, CHANNEL, CONTACT, REGISTERING
from registry.store.database import Base, reading
from registry.store.mirror import Mirror
from registry.store.mirrors import Account, Borrower, Channel, Contact
from registry.store.tables import SealedValue


@dataclass(frozen=True, slots=True)
class Registering:
    """A kind that registers something: its mirror, the members that stay, and the sealed values that it pins.

    `sealed`: a value's name, or the member whose content is its name; and the member with its digest.
    """

    mirror: type[Mirror]
    members: tuple[str, ...]
    subject: str | None = None  # the member that names whose key the values are sealed with
    sealed: tuple[tuple[str, str], ...] = ()


KEPT: dict[str, Registering] = {
    BORROWER: Registering(Borrower, ("lender",), "borrower", (("name", "name_sha256"),)),
    CONTACT: Registering(
        Contact, ("borrower", "lender", "rank"), "contact", (("name", "name_sha256"), ("number", "blob_sha256"))),
    CHANNEL: Registering(
        Channel, ("borrower", "medium", "use"), "borrower", (("channel", "blob_sha256"),)),
    ACCOUNT: Registering(Account, ("borrower", "lender", "currency")),
}
MIRRORED: tuple[type[Mirror], ...] = (Borrower, Contact, Channel, Account)
# What reading a cell may raise that holds what no entry and no program of ours put there: SQLite takes anything.
_UNREADABLE = (DBAPIError, TypeError, ValueError)


class Held:
    """A part of the store."""

    _engine: Engine

    def unlike(self, entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
        """Of these entries, which were projected, those that register something else than is held, and those of
        which a sealed value is not there at all; ids, in order. Also of whom the rows call erased: who changes a
        value can change that word too, and whether it is so only the log knows."""
        wanted = [entry for entry in entries if entry.kind in REGISTERING]
        try:
            return self._unlike(wanted)
        except _UNREADABLE:
            # One cell must not hide the others, nor all that comes behind it: whose is it?
            changed, absent = list[str](), list[str]()
            for entry in wanted:
                try:
                    found = self._unlike([entry])
                except _UNREADABLE:
                    found = [entry.id], []
                changed += found[0]
                absent += found[1]
            return changed, absent

    def _unlike(self, wanted: Sequence[Entry]) -> tuple[list[str], list[str]]:
        if not wanted:
            return [], []
        with reading(self._engine) as connection:
            digests = _digests(connection, {subject for one in wanted for subject, _, _ in _pinned(one)})
            rows = {mirror: _rows(connection, mirror, wanted) for mirror in MIRRORED}
        changed, absent = list[str](), list[str]()
        for entry in wanted:
            row = rows[KEPT[entry.kind].mirror].get(entry.id)
            held = {digests.get((subject, name)): digest for subject, name, digest in _pinned(entry)}
            others = any(found not in (None, digest) for found, digest in held.items())
            if row is None or others or not _is_row_of(row, entry):
                changed.append(entry.id)
            elif None in held:
                absent.append(entry.id)
        return changed, absent


def _pinned(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """(subject, name, digest) of every sealed value that an entry pins."""
    known = KEPT[entry.kind]
    for name, member in known.sealed:
        assert known.subject is not None
        yield entry.body[known.subject], entry.body.get(name, name), entry.body[member]


def _is_row_of(row: dict[str, Any], entry: Entry) -> bool:
    members = KEPT[entry.kind].members
    return row["place"] == entry.index and all(row[name] == entry.body[name] for name in members)


def _digests(connection: Connection, subjects: Collection[str]) -> dict[tuple[str, str], str]:
    statement = select(SealedValue.subject, SealedValue.name, SealedValue.blob).where(
        SealedValue.subject.in_(subjects))
    return {(row.subject, row.name): sha256(row.blob).hexdigest() for row in connection.execute(statement)}


def _rows(connection: Connection, mirror: type[Mirror], entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """The rows that these entries registered."""
    ids = {one.id for one in entries if KEPT[one.kind].mirror is mirror}
    if not ids:
        return {}
    table: Any = mirror
    statement = select(*Base.metadata.tables[table.__tablename__].columns).where(table.id.in_(ids))
    return {row.id: dict(row._mapping) for row in connection.execute(statement)}
