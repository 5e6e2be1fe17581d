"""A borrower's history read once: notes for the caller to keep, gone on with as the history grows.

A dialler asks about the same person again and again, and a history only grows: what was read stays read. Exact: the
kept place in a history is the very same entry, and what rests on more than the history is read again with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.briefs import Brief
from registry.model.entries import Entry
from registry.policy.facts import accounts, agreed, brokered, cases, life, people, persons
from registry.policy.facts.notes import Handler, Notes
from registry.policy.facts.tried import Tried
from registry.policy.tickets import CHECKED

MOST_ENTRIES = 65_536  # of the histories kept, all together; some 1 KB each


def _checked(notes: Notes, entry: Entry) -> None:
    notes.tried.check(entry)


HANDLERS: dict[str, Handler] = {
    **people.HANDLERS, **life.HANDLERS, **accounts.HANDLERS, **cases.HANDLERS, **agreed.HANDLERS, **persons.HANDLERS,
    **brokered.HANDLERS, CHECKED: _checked,
}


def take(notes: Notes, entries: Sequence[Entry], attempts: Sequence[Brief]) -> None:
    """Goes on to the end of a history that the notes begin."""
    notes.unasked()
    notes.tried.take(attempts)
    count = len(entries)
    if count == notes.count:
        return
    handler_of = HANDLERS.get
    for entry in entries[notes.count:] if notes.count else entries:
        if entry.by.role == "borrower":
            # Authenticated as the borrower: whatever it says, it is a sign of life (U5).
            notes.alive(entry)
        if (handler := handler_of(entry.kind)) is not None:
            handler(notes, entry)
    notes.count, notes.last = count, entries[-1]


class Readings:
    """Notes of the borrowers asked about of late. Who was asked about longest ago goes first, where histories of more
    than `most` entries are kept.

    For one source alone, and for whole histories: one from which something is left out needs readings of its own.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = MOST_ENTRIES if most is None else most
        self._notes: dict[str, Notes] = {}
        self._count = 0

    def of(self, borrower: str, entries: Sequence[Entry], attempts: Sequence[Brief]) -> Notes:
        """The notes of a borrower, by his whole history."""
        # Put back once it is read: what cannot be read leaves nothing behind.
        notes = self._notes.pop(borrower, None)
        if notes is not None:
            self._count -= _length(notes)
        if notes is None or not notes.begins(entries, attempts):
            notes = Notes(borrower, Tried(borrower))
        take(notes, entries, attempts)
        self._notes[borrower] = notes
        self._count += _length(notes)
        while self._count > self._most and len(self._notes) > 1:
            self._count -= _length(self._notes.pop(next(iter(self._notes))))
        return notes


def _length(notes: Notes) -> int:
    return notes.count + notes.tried.count
