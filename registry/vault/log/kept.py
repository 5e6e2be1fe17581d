"""Histories read lately, decoded, so that asking again reads and decodes nothing.

Exact, not merely recent: nobody else writes the log, an append extends what it is filed under, and whatever is undone
empties the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from registry.model.briefs import Brief, brief_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.vault.log.filing import filed_as, is_hash

MOST_ENTRIES = 65_536  # over all histories; some 50 MB, of as many people as are read ahead


class Past(NamedTuple):
    """What is filed under a subject, ascending: attempts in brief apart from all other entries."""

    entries: tuple[Entry, ...] = ()
    attempts: tuple[Brief, ...] = ()


class Kept:
    """What is filed under subjects (16 bytes).

    What was read from the database longest ago goes first, asked for since or not: its memory is used again for what
    comes.
    """

    def __init__(self) -> None:
        self._pasts: dict[bytes, Past] = {}
        self._filed: dict[int, Entry | Brief] = {}  # an attempt stands in the borrower's history and in the line's
        self._count = 0

    def get(self, subject: bytes) -> Past | None:
        """The whole history of a subject; None where it was not read lately."""
        return self._pasts.get(subject)

    def take(
        self, subjects: Sequence[bytes], rows: Iterable[tuple[bytes, int, int, bytes]],
        whole: Callable[[Mapping[int, bytes]], Mapping[int, bytes]],
    ) -> dict[bytes, Past]:
        """The whole histories of these subjects from their rows (subject, index, at, what is filed), as just read.

        Keeps them. What is filed is decoded once; `whole` gives the leaves, by their indices and hashes, that are
        neither decoded yet nor filed in another of these histories: all in one go, for each reading may be a way to
        another machine.
        """
        rows = list(rows)
        found = {index: filed for _, index, _, filed in rows if not is_hash(filed)}
        lacking = {index: filed for _, index, _, filed in rows if index not in found and index not in self._filed}
        if lacking:
            found |= whole(lacking)
        entries: dict[bytes, list[Entry]] = {subject: [] for subject in subjects}
        attempts: dict[bytes, list[Brief]] = {subject: [] for subject in subjects}
        decoded = self._filed
        for subject, index, at, _ in rows:
            one = decoded.get(index)
            if one is None:
                one = decoded[index] = filed_as(index, at, found[index])
            if isinstance(one, Brief):
                attempts[subject].append(one)
            else:
                entries[subject].append(one)
        pasts = {one: Past(tuple(entries[one]), tuple(attempts[one])) for one in subjects}
        self._pasts |= pasts
        # One more for each, so that empty ones do not gather without end either.
        self._count += len(rows) + len(pasts)
        self._shrink()
        return pasts

    def extend(self, subjects: Iterable[bytes], entry: Entry) -> None:
        """An entry was appended and filed under these subjects."""
        brief = brief_of(entry) if entry.kind in ATTEMPTS else None
        for subject in subjects:
            known = self._pasts.get(subject)
            if known is not None:
                entries, attempts = known
                self._pasts[subject] = (
                    Past((*entries, entry), attempts) if brief is None else Past(entries, (*attempts, brief)))
                self._count += 1

    def clear(self) -> None:
        """Forgets everything: something that was read has been undone."""
        self._pasts.clear()
        self._filed.clear()
        self._count = 0

    def _shrink(self) -> None:
        while self._count > MOST_ENTRIES:
            gone = self._pasts.pop(next(iter(self._pasts)))
            self._count -= len(gone.entries) + len(gone.attempts) + 1
            for index in (*[one.index for one in gone.entries], *[one.index for one in gone.attempts]):
                self._filed.pop(index, None)
