"""Whether a derogation in a log is one that could be granted: judged by the same sentence as the vault's."""

from __future__ import annotations

from typing import Protocol

from registry.errors import IntegrityError
from registry.model.entries import Entry
from registry.policy import Directory
from registry.policy.derogations import flaw
from registry.policy.pack import FLOOR


class Memory(Protocol):
    """What the auditor remembers of the entries before."""

    @property
    def directory(self) -> Directory: ...


def derogation(memory: Memory, entry: Entry) -> None:
    """Raises IntegrityError for one that two officers did not grant, or that nobody may grant."""
    floor = memory.directory.pack_at(FLOOR, entry.at)
    found = None if floor is None else flaw(entry.draft, floor, entry.at)
    if floor is None or found is not None:
        raise IntegrityError(found.detail if found is not None else "a derogation without a floor")
