"""The web tier's part of an erasure: the sealed values of who is erased are deleted. Their key is gone already."""

from __future__ import annotations

from sqlalchemy import Connection, delete, or_, select, update

from registry.model.entries import Entry
from registry.store.changing import change
from registry.store.gathered import Gathered
from registry.store.mirrors import Borrower, Contact
from registry.store.tables import SealedValue

ERASED = "erased"


def erased(connection: Gathered, entry: Entry) -> None:
    """Applies an `erased/1`: the row says so, the values go."""
    body = entry.body
    mirror = Borrower if body["role"] == "borrower" else Contact
    change(connection, mirror, entry, body["subject"], state=ERASED)
    connection.execute(delete(SealedValue).where(SealedValue.subject == body["subject"]))


def move(connection: Gathered, mirror: type[Borrower | Contact], entry: Entry, id_: str, state: str) -> None:
    """Another state for a borrower or contact; whoever is erased stays so, whatever is still said of them."""
    connection.execute(update(mirror).where(mirror.id == id_, mirror.state != ERASED)
                       .values(state=state, updated_at=entry.at))


def forget_erased(connection: Connection) -> int:
    """Deletes the sealed values of all whom the projections call erased; how many. After the projections were made
    again elsewhere, and so after a restore of an older web database."""
    gone = [select(mirror.id).where(mirror.state == ERASED) for mirror in (Borrower, Contact)]
    theirs = or_(*[SealedValue.subject.in_(one) for one in gone])
    return connection.execute(delete(SealedValue).where(theirs)).rowcount
