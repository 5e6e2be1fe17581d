"""Histories read lately, decoded, so that asking again reads and decodes nothing.

Exact, not merely recent: nobody else writes the log, an append extends what it is filed under, and whatever is undone
empties the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from registry.model.entries import Entry, trusted_entry
from registry.vault.log.filing import is_hash

MOST_ENTRIES = 8_192  # over all histories; some 30 MB


class Kept:
    """Entries by the subject (16 bytes) under which they are filed, ascending.

    What was read from the database longest ago goes first, asked for since or not: its memory is used again for what
    comes.
    """

    def __init__(self) -> None:
        self._histories: dict[bytes, tuple[Entry, ...]] = {}
        self._entries: dict[int, Entry] = {}  # an attempt stands in the borrower's history and in the line's
        self._count = 0

    def get(self, subject: bytes) -> tuple[Entry, ...] | None:
        """The whole history of a subject; None where it was not read lately."""
        return self._histories.get(subject)

    def take(
        self, subjects: Sequence[bytes], rows: Iterable[tuple[bytes, int, int, bytes]],
        whole: Callable[[Mapping[int, bytes]], Mapping[int, bytes]],
    ) -> dict[bytes, tuple[Entry, ...]]:
        """The whole histories of these subjects from their rows (subject, index, at, what is filed), as just read.

        Keeps them. A leaf is decoded once; `whole` gives those, by their indices and hashes, that are neither decoded
        yet nor whole in another of these histories: all in one go, for each reading may be a way to another machine.
        """
        rows = list(rows)
        leaves = {index: filed for _, index, _, filed in rows if not is_hash(filed)}
        lacking = {index: filed for _, index, _, filed in rows if index not in leaves and index not in self._entries}
        if lacking:
            leaves |= whole(lacking)
        read: dict[bytes, list[Entry]] = {subject: [] for subject in subjects}
        decoded = self._entries
        for subject, index, at, _ in rows:
            entry = decoded.get(index)
            if entry is None:
                entry = decoded[index] = trusted_entry(index, at, leaves[index])
            read[subject].append(entry)
        found = {subject: tuple(entries) for subject, entries in read.items()}
        self._histories |= found
        # One more for each, so that empty ones do not gather without end either.
        self._count += sum(map(len, found.values())) + len(found)
        self._shrink()
        return found

    def extend(self, subjects: Iterable[bytes], entry: Entry) -> None:
        """An entry was appended and filed under these subjects."""
        for subject in subjects:
            known = self._histories.get(subject)
            if known is not None:
                self._histories[subject] = (*known, entry)
                self._count += 1

    def clear(self) -> None:
        """Forgets everything: something that was read has been undone."""
        self._histories.clear()
        self._entries.clear()
        self._count = 0

    def _shrink(self) -> None:
        while self._count > MOST_ENTRIES:
            gone = self._histories.pop(next(iter(self._histories)))
            self._count -= len(gone) + 1
            for entry in gone:
                self._entries.pop(entry.index, None)
