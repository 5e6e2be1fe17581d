"""Who asked to be erased and who is: folded from entries, a part of the ledger. Nobody else is remembered."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from itertools import islice

from registry.model.entries import Actor, Entry
from registry.model.times import HOUR

CANCELLABLE = 72 * HOUR  # of the log clock (DESIGN section 7)
BURST, BURST_WITHIN = 20, HOUR  # more requests than that within that: somebody may be erasing what is not theirs
ALARM = "erasure-burst"
KINDS = ("erasure-requested/1", "erasure-cancelled/1", "erased/1", "alarm-raised/3", "alarm-closed/1")


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure asked for and not cancelled: the first such request, for asking again postpones nothing.

    `index`, `by`: of that request, its place in the log and who asked.
    """

    request: str
    index: int
    at: int
    by: Actor
    role: str
    subject: str
    borrower: str

    def is_over(self, at: int) -> bool:
        """Whether its 72 hours have passed: from then on it is carried out, and cannot be cancelled."""
        return at - self.at > CANCELLABLE


class Erasures:
    """`reset` and `fold` as any observer of the log."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.asked: dict[str, Asked] = {}  # by subject, the one asked first in front
        self.erased: dict[str, str] = {}  # subject -> borrower
        self.owed: dict[str, None] = {}  # subjects whose keys may still be there
        self.lines: list[tuple[int, str, str]] = []  # a heap of (when to look at the lines, subject, borrower)
        self.burst_alarm: str | None = None
        self._recent: deque[int] = deque(maxlen=BURST + 1)

    def fold(self, entry: Entry) -> None:
        """Takes in one entry of `KINDS`."""
        if entry.kind == "erasure-requested/1":
            self._requested(entry)
        elif entry.kind == "erasure-cancelled/1":
            self.asked.pop(entry.body["subject"], None)
        elif entry.kind == "erased/1":
            self._erased(entry)
        elif entry.body["alarm"] == ALARM:
            self.burst_alarm = entry.id
        elif entry.body["alarm"] == self.burst_alarm:
            self.burst_alarm = None
            self._recent.clear()

    @property
    def bursting(self) -> bool:
        """Whether more were asked for within an hour than officers have looked at. Nothing is destroyed then."""
        return len(self._recent) > BURST

    def after(self, index: int, limit: int) -> list[Asked]:
        """Up to `limit` that wait and were asked for behind that place of the log, the oldest first."""
        return list(islice((one for one in self.asked.values() if one.index > index), limit))

    def due(self, at: int, limit: int) -> list[Asked]:
        """The next requests whose 72 hours are over."""
        found: list[Asked] = []
        for one in self.asked.values():
            if len(found) == limit or not one.is_over(at):
                break
            found.append(one)
        return found

    def believe_nothing(self) -> None:
        """After a start, however this came to be known: keys.db can come from a backup, with keys and lines of all
        who were ever erased."""
        self.owed = dict.fromkeys(self.erased)
        self.lines = [(0, subject, borrower) for subject, borrower in sorted(self.erased.items())]

    def next_lines(self, at: int) -> tuple[str, str] | None:
        """(subject, borrower) whose lines are to be looked at now, taken off the list."""
        if not self.lines or self.lines[0][0] > at:
            return None
        _, subject, borrower = heapq.heappop(self.lines)
        return subject, borrower

    def look_again(self, at: int, subject: str, borrower: str) -> None:
        """Puts somebody's lines back on the list."""
        heapq.heappush(self.lines, (at, subject, borrower))

    def _requested(self, entry: Entry) -> None:
        body = entry.body
        subject = body["subject"]
        if subject in self.erased or subject in self.asked:
            return
        self.asked[subject] = Asked(
            entry.id, entry.index, entry.at, entry.by, body["role"], subject, body["borrower"])
        if not self.bursting:
            while self._recent and entry.at - self._recent[0] >= BURST_WITHIN:
                self._recent.popleft()
        self._recent.append(entry.at)

    def _erased(self, entry: Entry) -> None:
        subject = entry.body["subject"]
        self.asked.pop(subject, None)
        self.erased[subject] = entry.body["borrower"]
        self.owed[subject] = None
        self.look_again(entry.at, subject, entry.body["borrower"])
