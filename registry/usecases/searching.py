"""What auditors ask the web tier's database: searches, and counts over a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for. `where`: members that must be equal, and `reason`; `since` and `until` are UTC days, both
    included; `place`: behind it (before it, with `newest`) the page begins, -1 at the end itself."""

    where: Mapping[str, Any] = field(default_factory=dict)
    since: str | None = None
    until: str | None = None
    place: int = -1
    limit: int = 50
    newest: bool = False
    updated_after: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page; `next` is the place to go on from, None at the end. A page may have few rows, and yet a next one."""

    rows: list[Row]
    next: int | None


class Searches(Protocol):
    """Reads for auditors. Each is a handful of statements, whatever the size of the log."""

    def search_lookups(self, search: Search) -> Found:
        """One page of the lookups searched for."""
        ...

    def lookups_counted(
        self, since: str, until: str, *, by_month: bool = False,
    ) -> Sequence[tuple[str, str, str, str, int]]:
        """(day or month, agency, verdict, reason, count) of all days from `since` to `until`; with reason `` all
        lookups."""
        ...

    def consents_counted(self, start: int, end: int) -> Mapping[tuple[str, str], int]:
        """(giver, step) → how many from `start` until before `end`, in log-clock milliseconds."""
        ...

    def approvals_settled(self, start: int, end: int) -> Sequence[tuple[str, str, int]]:
        """(officer, verdict, milliseconds from the request to it) of each approval in that time."""
        ...

    def attempts_counted(self, since: str, until: str) -> Sequence[tuple[str, str, bool, int]]:
        """(day, agency or ``, unlawful, count) of all days from `since` to `until`."""
        ...

    def open_alarms(self) -> Mapping[str, int]:
        """How many alarms are open, by name."""
        ...

    def complaints_counted(self, start: int, end: int) -> Mapping[str, int]:
        """Complaints filed in that time, by verdict; `open` those that are not settled."""
        ...
