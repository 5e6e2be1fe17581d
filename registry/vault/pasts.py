"""The directory as it stood before an entry, for looking at old decisions, without keeping the vault's thread.

A question reads the log on to the next multiple of STEP entries at most, and keeps the directory as it is there.
Where that does not suffice, it is asked again and goes on from there, whatever others ask meanwhile.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Protocol

from registry.errors import ConflictError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry
from registry.policy import FOLDED, Directory

STEP = 10_000  # read in 60 to 100 ms, measured on a busy machine
DENIED = b'"verdict":"deny"'


class Reading(Protocol):
    """The log, read by kind."""

    def entries_where(self, wanted: Callable[[str, bytes], bool], start: int, end: int) -> Iterator[Entry]: ...


class Pasts:
    """Earlier states of the directory: one for each multiple of `step` that was read, and the last asked for.

    A directory is small, whatever the log's size."""

    def __init__(self, step: int = STEP) -> None:
        self._step = step
        self._kept = [Directory()]  # at 0, step, 2 * step, …
        self._last, self._read = Directory(), 0

    def before(self, log: Reading, index: int) -> Directory:
        """The directory before the entry at `index`; nobody changes it. Raises ConflictError `past-unread` where
        there is more to read: ask again."""
        self._begin(index)
        place = self._read // self._step + 1
        end = min(index, place * self._step)
        for entry in log.entries_where(folds, self._read, end):
            self._last.fold(entry)
        self._read = end
        if end == place * self._step and place == len(self._kept):
            self._kept.append(copy.deepcopy(self._last))
        if end < index:
            raise ConflictError("the log is being read up to this decision: ask again", code="past-unread")
        return self._last

    def _begin(self, index: int) -> None:
        """To where the least is left to read: what was kept, or what was asked for last."""
        place = min(index // self._step, len(self._kept) - 1)
        if not place * self._step <= self._read <= index:
            self._last, self._read = copy.deepcopy(self._kept[place]), place * self._step


def folds(kind: str, leaf: bytes) -> bool:
    """Whether the directory takes in this leaf. Of decisions it takes permits alone: strings of canonical JSON hold
    no bare quotes, so that only the member itself reads like this."""
    return kind in FOLDED and not (kind in DECIDED and DENIED in leaf)
