"""The two clocks as the courier sees them."""

from __future__ import annotations

import time
from typing import Protocol

from registry.clients import Caller
from registry.errors import UnavailableError
from registry.model.times import parse_rfc3339


class Clock(Protocol):
    """Milliseconds since 1970: `now` of the log clock, `wall` of the wall clock."""

    def now(self) -> int: ...

    def wall(self) -> int: ...


def wall() -> int:
    """The machine's wall clock."""
    return time.time_ns() // 1_000_000


class VaultTime:
    """The courier process has no log clock of its own: it asks the vault. Wall time is the machine's."""

    def __init__(self, vault: Caller) -> None:
        self._vault = vault

    def now(self) -> int:
        """The log clock. Raises UnavailableError when the vault does not answer."""
        found = self._vault.call("log-now", {}).get("now")
        if not isinstance(found, str):
            raise UnavailableError("the vault did not tell the time")
        return parse_rfc3339(found)

    def wall(self) -> int:
        """The machine's wall clock."""
        return wall()
