"""Histories read lately, decoded, so that asking again reads and decodes nothing.

Exact, not merely recent: nobody else writes the log, an append extends what it is filed under, and whatever is undone
empties the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from registry.model.entries import Entry, trusted_entry

MOST_ENTRIES = 16_384  # over all histories; some tens of MB


class Kept:
    """Entries by the subject (16 bytes) under which they are filed, ascending."""

    def __init__(self) -> None:
        self._histories: dict[bytes, tuple[Entry, ...]] = {}
        self._entries: dict[int, Entry] = {}  # an attempt stands in the borrower's history and in the line's
        self._count = 0

    def get(self, subject: bytes) -> tuple[Entry, ...] | None:
        """The whole history of a subject; None where it was not read lately."""
        return self._histories.get(subject)

    def entry(self, index: int, at: int, data: bytes) -> Entry:
        """A leaf that was read, decoded once."""
        found = self._entries.get(index)
        if found is None:
            found = self._entries[index] = trusted_entry(index, at, data)
        return found

    def keep(self, subject: bytes, entries: tuple[Entry, ...]) -> None:
        """The whole history of a subject, as just read."""
        if self._count > MOST_ENTRIES:
            self.clear()
        self._histories[subject] = entries
        self._count += 1 + len(entries)  # one more, so that empty ones do not gather without end either

    def extend(self, subjects: Iterable[bytes], entry: Entry) -> None:
        """An entry was appended and filed under these subjects."""
        for subject in subjects:
            known = self._histories.get(subject)
            if known is not None:
                self._histories[subject] = (*known, entry)
                self._count += 1

    def clear(self) -> None:
        """Forgets everything: something that was read has been undone, or there is too much of it."""
        self._histories.clear()
        self._entries.clear()
        self._count = 0
