"""Has the vault know that a provider's report waits in the web database longer than openings go on.

A lookup says so too; this is for the hours in which nobody looks anybody up. The vault raises the alarm, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

from registry.clients import Caller
from registry.errors import ConsentryError
from registry.model.times import SECOND

EVERY = 5 * SECOND  # wall clock, between two looks
PATIENCE = 5 * SECOND  # the vault's own; what waits less is not worth a round
NOBODY = "0" * 32


class Offering(Protocol):
    """What the watch needs of the web database."""

    def offered(self, account: str, about: str) -> tuple[Mapping[str, Any], int | None]:
        """For a lookup: sealed values, and when the oldest callback came that can stop openings."""


class InboxWatch:
    """`look` is cheap to call often."""

    def __init__(self, store: Offering, vault: Caller, wall: Callable[[], int]) -> None:
        self._store, self._vault, self._wall = store, vault, wall
        self._looked = 0

    def look(self) -> None:
        """Tells the vault, if it is time and there is something to tell. One that is not there is told later."""
        now = self._wall()
        if abs(now - self._looked) < EVERY:
            return
        self._looked = now
        _, oldest = self._store.offered(NOBODY, "contact")
        if oldest is None or abs(now - oldest) <= PATIENCE:
            return
        try:
            self._vault.call("keep-house", {"inbox_ms": abs(now - oldest)})
        except ConsentryError as error:
            structlog.get_logger("pump").warning("nobody was told that reports wait", code=error.code)
