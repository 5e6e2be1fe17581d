"""Compares what the web database holds with what the log says, a few entries at a time, and has the vault know.

It walks the log from its first entry to where the projections were then, rests, and begins again, as it does when the
pump starts anew: what was changed behind the back of everybody is found within a walk or two, whose length follows
the log's. The vault raises the alarm `store-differs`, once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog

from registry.clients import Caller
from registry.errors import ConsentryError
from registry.model.alarms import MOST_TOLD
from registry.model.entries import Entry
from registry.model.times import MINUTE, SECOND
from registry.store.added import NONE, AddedRows
from registry.store.projected import CursorError
from registry.usecases.writing import entry_of

EVERY = 5 * SECOND  # wall clock, between the beginnings of two steps
BEHIND = 20_000  # entries before the end of the log: from here on EVERY is soon enough
SOON, SHARE = SECOND // 5, 10  # farther behind: so soon, but at most every tenth millisecond of the pump's is ours
REST = 5 * MINUTE  # after the last entry
STEP = MOST_TOLD  # entries that one step compares: whatever it finds, the vault hears of all of it


class Compared(Protocol):
    """What the watch needs of the web database."""

    def cursor(self) -> int:
        """Index of the first entry that was not yet projected. Raises CursorError."""

    def unlike(self, entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
        """Entries by id that register something else than is held, and those of which a value is missing."""

    def added(self, first: int, entries: Sequence[Entry]) -> AddedRows:
        """Rows at the places of these entries, from `first` on, that none of them made."""

    def added_beyond(self) -> AddedRows:
        """Rows at places of no entry."""


class StoreWatch:
    """`look` is cheap to call often."""

    def __init__(self, store: Compared, vault: Caller, wall: Callable[[], int]) -> None:
        self._store, self._vault, self._wall = store, vault, wall
        self._looked = self._place = self._end = 0
        self._pause = EVERY

    def look(self) -> None:
        """Compares the next entries, if it is time. What could not be read or told is compared again."""
        now = self._wall()
        if abs(now - self._looked) < self._pause:
            return
        self._looked, self._pause = now, EVERY
        try:
            if self._step() > BEHIND:
                # As long as the step took, so many times over; no clock that is set meanwhile stops us for long.
                self._pause = min(REST, max(SOON, SHARE * (self._wall() - now)))
        except ConsentryError as error:
            structlog.get_logger("pump").warning("not compared with the log", code=error.code)

    def _step(self) -> int:
        """Compares the next entries. How many are left of this walk."""
        try:
            projected = self._store.cursor()
        except CursorError:
            self._tell([], [], AddedRows(1, ()))
            return 0
        added = NONE
        if self._place == 0:
            self._end = projected  # a log that grows faster than we walk would have no other
            added = self._store.added_beyond()
        answer = self._vault.call("follow", {"after": self._place, "limit": STEP})
        if answer["size"] < projected:
            added = added.and_(AddedRows(1, ()))  # nothing more would ever be projected
        entries = [one for one in map(entry_of, answer["entries"]) if one.index < projected]
        changed, absent = self._store.unlike(entries)
        if entries:
            added = added.and_(self._store.added(self._place, entries))
        self._tell(changed, absent, added)
        if not entries or entries[-1].index + 1 >= self._end:
            self._place, self._pause = 0, REST
            return 0
        # Also after fewer than were asked for: an answer holds only so many bytes.
        self._place = entries[-1].index + 1
        return self._end - self._place

    def _tell(self, changed: list[str], absent: list[str], added: AddedRows) -> None:
        if not (changed or absent or added.rows):
            return
        told: dict[str, Any] = {"changed": changed, "absent": absent}
        if added.rows:
            told["added"] = {"rows": added.rows, "of": list(added.of)}
        self._vault.call("keep-house", told)
