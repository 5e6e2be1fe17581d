"""What belongs to whom, read from the log: a borrower's lender, a placement's agency, a consent's giver.

Whatever the asker may not see is answered as if it were not there: NotFoundError, the same words always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import NotFoundError
from registry.model.assigned import assigned_in
from registry.model.entries import Actor, Entry
from registry.model.ids import ID
from registry.model.times import date_of, local_day
from registry.vault.local import offset
from registry.vault.log import Log

# What a borrower who moves changes.
MOVING = ("residence", "time_zone", "languages")


def unknown() -> NotFoundError:
    """The one answer for what is not there and for what is not the asker's."""
    return NotFoundError("nothing of that name, or not yours to name")


@dataclass(frozen=True, slots=True)
class Relations:
    """Look-ups in the log that answer with entries or refuse."""

    log: Log

    def entry(self, ident: object, *kinds: str) -> Entry:
        """The entry of this id, if it is of one of the kinds. Raises NotFoundError."""
        found = self.log.find(ident) if isinstance(ident, str) and ID.match(ident) else None
        if found is None or found.kind not in kinds:
            raise unknown()
        return found

    def history(self, *ids: str) -> tuple[Entry, ...]:
        """Every entry filed under these ids but attempts, ascending by index, each once."""
        found = {entry.index: entry for part in self.log.histories(ids).values() for entry in part}
        return tuple(found[index] for index in sorted(found))

    def borrower(self, ident: object) -> Entry:
        return self.entry(ident, "borrower-registered/1")

    def lives(self, borrower: object) -> Mapping[str, Any]:
        """Where a borrower lives now, by which time zone, and what he speaks: `{residence, time_zone, languages, …}`.

        Raises NotFoundError.
        """
        registered = self.borrower(borrower)
        found = dict(registered.body)
        for entry in self.history(registered.id):
            if entry.kind == "borrower-changed/1":
                found |= {name: entry.body[name] for name in MOVING if name in entry.body}
        return found

    def of_borrower(self, ident: object, kind: str | tuple[str, ...], borrower: object) -> Entry:
        """An entry of this kind, or one of these, about this very borrower. Raises NotFoundError."""
        found = self.entry(ident, *((kind,) if isinstance(kind, str) else kind))
        if found.body.get("borrower") != borrower:
            raise unknown()
        return found

    def check_may_touch(self, by: Actor, borrower: str) -> None:
        """Raises NotFoundError unless `by` has to do with the borrower: its lender, an agency ever given one of its
        accounts, itself, one of its contacts, or the registry's own people."""
        registered = self.borrower(borrower)
        if by.role in ("officer", "web", "courier", "auditor"):
            return
        if by.role == "lender" and by.id == registered.body["lender"]:
            return
        if by.role == "borrower" and by.id == borrower:
            return
        history = self.history(borrower)
        if by.role == "contact" and by.id in of_kind(history, "contact-registered/1", "contact"):
            return
        if by.role == "agency" and by.id in of_kind(history, "placed/1", "agency"):
            return
        raise unknown()

    def check_lender(self, by: Actor, borrower: str) -> Entry:
        """The borrower's registration. Raises NotFoundError unless `by` is its lender."""
        registered = self.borrower(borrower)
        if by.role != "lender" or registered.body["lender"] != by.id:
            raise unknown()
        return registered

    def lender_of(self, borrower: str) -> str:
        """The lender who registered a borrower. Raises NotFoundError."""
        lender: str = self.borrower(borrower).body["lender"]
        return lender

    def is_gone(self, borrower: str, contact: str) -> bool:
        """Whether the borrower, or this contact of theirs, asked to be erased."""
        history = self.history(borrower)
        return is_erased(history, borrower) or is_erased(history, contact)

    def today(self, borrower: str, at: int) -> int:
        """The local day where the borrower lives, as days since 1970-01-01."""
        return local_day(at, offset(self.lives(borrower)["time_zone"], at))


def of_kind(history: Iterable[Entry], kind: str, member: str) -> set[str]:
    """The values of a member over all entries of a kind."""
    return {entry.body[member] for entry in history if entry.kind == kind and member in entry.body}


def placements(history: Iterable[Entry], day: int, account: str | None = None) -> Iterator[Entry]:
    """Placements in force on a local day, of one account or of all; none of an account that was assigned."""
    entries = tuple(history)
    assigned = assigned_in(entries).at
    recalled = of_kind(entries, "recalled/1", "placement")
    today = date_of(day)
    for entry in entries:
        if entry.kind != "placed/1" or entry.id in recalled or account not in (None, entry.body["account"]):
            continue
        if entry.body["account"] in assigned:
            continue
        if entry.body["from"] <= today <= entry.body["until"]:
            yield entry


def is_erased(history: Iterable[Entry], subject: str) -> bool:
    """Whether this subject is erased, or an erasure was asked for and not cancelled since."""
    state = False
    for entry in history:
        if entry.body.get("subject") == subject:
            if entry.kind in ("erasure-requested/1", "erased/1"):
                state = True
            elif entry.kind == "erasure-cancelled/1":
                state = False
    return state
