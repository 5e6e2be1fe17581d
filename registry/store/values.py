"""Sealed values, the callers' own keys, and officers' sealed notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Subquery,
    and_,
    bindparam,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)

from registry.model.ids import ID
from registry.model.registering import LONGEST_SEALED
from registry.store.database import reading, writing
from registry.store.mirrors import Account, Channel, Contact
from registry.store.statements import Compiled, compiled, fetched, insert_or
from registry.store.tables import Ref, SealedNote, SealedValue, WaitingCallback

MOST_CONTACTS = 20  # of one borrower, offered to one lookup
MOST_CHANNELS = 60  # the newest; of those that were removed too, for the registry judges which are live


class Values:
    """What is sealed and what it is called by those who deposited it."""

    _engine: Engine

    def reserve_ref(self, owner: str, kind: str, ref: str, fresh: str) -> dict[str, Any]:
        """The id that (owner, kind, ref) stands for, reserving `fresh` when it is new: `{id, done, key}`."""
        with writing(self._engine) as connection:
            connection.execute(
                insert_or(connection, Ref).values(id=fresh, owner=owner, kind=kind, ref=ref, done=False)
                .on_conflict_do_nothing()
            )
            row = connection.execute(
                select(Ref.id, Ref.done, Ref.key).where(Ref.owner == owner, Ref.kind == kind, Ref.ref == ref)
            ).one()
            return dict(row._mapping)

    def settle_ref(self, id_: str, key: str | None, blobs: Iterable[tuple[str, str, bytes]]) -> bool:
        """Stores the sealed values and marks the ref as taken, in one transaction. True for the first who does."""
        with writing(self._engine) as connection:
            _keep(connection, blobs)
            first = update(Ref).where(Ref.id == id_, Ref.done == false()).values(done=True, key=key)
            return connection.execute(first).rowcount == 1

    def keep_values(self, blobs: Iterable[tuple[str, str, bytes]]) -> None:
        """Stores sealed values (subject, name, blob); one that is there already stays as it is."""
        with writing(self._engine) as connection:
            _keep(connection, blobs)

    def blobs(self, subject: str, names: Sequence[str]) -> Mapping[str, bytes]:
        """Sealed values of a subject, by name; those that are not there are left out.

        A name `<other>/<name>` is a value of another subject: a message to a contact needs the borrower's name.
        Nor what no registry sealed: it must not stop whoever carries the others.
        """
        found = {}
        for name in names:  # one by one: of a list of pairs SQLite would look through the whole table
            other, _, own = name.rpartition("/")
            for row in fetched(self._engine, _BLOB, {"subject": other or subject, "name": own}):
                if _may_be_sealed(row[0]):
                    found[name] = row[0]
        return found

    def blobs_of(self, subjects: Collection[str]) -> dict[str, dict[str, bytes]]:
        """All sealed values of these subjects: by subject, then by name."""
        found: dict[str, dict[str, bytes]] = {}
        statement = select(SealedValue.subject, SealedValue.name, SealedValue.blob).where(
            SealedValue.subject.in_(subjects))
        with reading(self._engine) as connection:
            for row in connection.execute(statement):
                if _may_be_sealed(row.blob):
                    found.setdefault(row.subject, {})[row.name] = row.blob
        return found

    def notes(self, commitments: Collection[str]) -> dict[str, bytes]:
        """Sealed words by their commitments; those that are not there are left out."""
        statement = select(SealedNote.commitment, SealedNote.blob).where(SealedNote.commitment.in_(commitments))
        with reading(self._engine) as connection:
            return {row.commitment: row.blob for row in connection.execute(statement) if _may_be_sealed(row.blob)}

    def offered(self, account: str, about: str) -> tuple[dict[str, dict[str, bytes]], int | None]:
        """For a lookup, in one SELECT: the sealed values of the account's contacts, by contact and name, or `about`
        the borrower of its channels, by borrower and channel; and the time of arrival of the oldest waiting callback
        that can stop openings."""
        rows = fetched(self._engine, _OFFERED[about], {"account": account})
        found: dict[str, dict[str, bytes]] = {}
        for subject, name, blob, _ in rows:
            # Else there is none, or a lookup must be judged without it.
            if _may_be_sealed(blob) and type(name) is str and ID.match(str(subject)):
                found.setdefault(subject, {})[name] = blob
        return found, rows[0][3]

    def keep_note(self, commitment: str, blob: bytes) -> None:
        """Stores an officer's sealed words."""
        with writing(self._engine) as connection:
            connection.execute(insert(SealedNote).values(commitment=commitment, blob=blob))


def _may_be_sealed(blob: object) -> bool:
    """Whether a registry sealed it, by its looks: SQLite keeps anything that somebody else puts there."""
    return type(blob) is bytes and 0 < len(blob) <= LONGEST_SEALED


def _keep(connection: Connection, blobs: Iterable[tuple[str, str, bytes]]) -> None:
    for subject, name, blob in sorted(blobs):  # in one order: two of the same must not wait for each other
        connection.execute(
            insert_or(connection, SealedValue).values(subject=subject, name=name, blob=blob)
            .on_conflict_do_nothing()
        )


def _offered_statement(whose: Subquery, subject: ColumnElement[str], name: ColumnElement[Any]) -> Compiled:
    """Compiled once: the one statement in the path of a lookup. One row at least, so that the callback is told."""
    oldest = (
        select(func.min(WaitingCallback.received_at)).where(WaitingCallback.counts == true()).scalar_subquery()
    )
    one = select(literal_column("1").label("one")).subquery()
    values = and_(SealedValue.subject == subject, name)
    statement = (
        select(SealedValue.subject, SealedValue.name, SealedValue.blob, oldest)
        .select_from(one).outerjoin(whose, true()).outerjoin(SealedValue, values)
    )
    return compiled(statement)


def _contacts() -> Compiled:
    contacts = (
        select(Contact.id).join(Account, Account.borrower == Contact.borrower)
        .where(Account.id == bindparam("account")).order_by(Contact.rank, Contact.place)
        .limit(literal_column(str(MOST_CONTACTS))).offset(literal_column("0")).subquery()
    )
    return _offered_statement(contacts, contacts.c.id, or_(
        SealedValue.name == literal_column("'name'"), SealedValue.name == literal_column("'number'")))


def _channels() -> Compiled:
    channels = (
        select(Channel.id, Channel.borrower).join(Account, Account.borrower == Channel.borrower)
        .where(Account.id == bindparam("account")).order_by(Channel.place.desc())
        .limit(literal_column(str(MOST_CHANNELS))).offset(literal_column("0")).subquery()
    )
    return _offered_statement(channels, channels.c.borrower, SealedValue.name == channels.c.id)


_BLOB = compiled(select(SealedValue.blob).where(
    SealedValue.subject == bindparam("subject"), SealedValue.name == bindparam("name")))
_OFFERED = {"contact": _contacts(), "borrower": _channels(), "visit": _channels()}
