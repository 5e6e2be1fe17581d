"""What a cross-reference check may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from registry.model.entries import Draft
from registry.model.times import SECOND
from registry.policy import Directory
from registry.vault.ledger import Ledger
from registry.vault.relations import Relations

FUTURE = 60 * SECOND  # how far a claimed time may lie ahead of the stamp


@dataclass(frozen=True, slots=True)
class Context:
    """What the log knows, and the moment of the stamp."""

    relations: Relations
    directory: Directory
    ledger: Ledger
    at: int


Check = Callable[[Draft, Context], None]
