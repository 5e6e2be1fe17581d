"""A borrower's attempts as far as their own entries say, and readings of them.

A reading is taken again only while what it rests on is the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from registry.model.briefs import Brief
from registry.model.entries import Entry
from registry.policy.facts.model import Attempt
from registry.policy.outcomes.table import LEAST_FAVOURABLE_FIRST
from registry.policy.parties import Doubts

REACHES = frozenset({"reached-person", "engaged", "wrong-person", "declined"})
INDEX = attrgetter("index")


class Rests(NamedTuple):
    """What the reading of attempts by one provider on one channel rests on beside their own entries. `owner`: the
    provider account's, None for no such provider; `slot` is -1 for no such channel. `zone` is the borrower's now;
    `left`: (until which index, which zone) for those where he lived before; `doubts`: of the provider, while it was
    suspended."""

    zone: str
    owner: str | None
    slot: int
    zones: tuple[str, ...]
    doubted: bool
    void: bool
    left: tuple[tuple[int, str], ...] = ()
    doubts: Doubts = ()

    def zone_at(self, index: int) -> str:
        """The borrower's time zone as the log stood at an index."""
        return next((zone for until, zone in self.left if index < until), self.zone)


Reader = Callable[[Brief, bool], Attempt]  # the bool: the provider's sequence is complete up to the entry
# What reads the attempts that rest on something, given the dial checks by channel.
Readers = Callable[[Rests, Mapping[str, Sequence[Entry]]], Reader]


class _Group:
    """Attempts by one provider on one channel, oldest first, and their readings so far.

    `whole`: the highest sequence number read as complete up to it; `open`: the lowest read as not.
    """

    __slots__ = ("briefs", "open", "read", "rests", "whole")

    def __init__(self) -> None:
        self.briefs: list[Brief] = []
        self._begin(None)

    def _begin(self, rests: Rests | None) -> None:
        self.rests = rests
        self.read: list[Attempt] = []
        self.whole, self.open = -1, sys.maxsize

    def bring(
        self, rests: Rests, through: int, readers: Readers, checks: Mapping[str, Sequence[Entry]],
    ) -> bool:
        """Reads what was not read yet, or no longer rests on the same. Whether there was any."""
        if self.rests != rests or not self.whole <= through < self.open:
            self._begin(rests)
        if len(self.read) == len(self.briefs):
            return False
        read, take, whole, least = readers(rests, checks), self.read.append, self.whole, self.open
        for brief in self.briefs[len(self.read):]:
            seq = brief.seq
            if seq > through:
                least = min(least, seq)
            elif seq > whole:
                whole = seq
            take(read(brief, seq <= through))
        self.whole, self.open = whole, least
        return True


class Tried:
    """The outbound attempts of one borrower, what reached him, and what diallers asked before they dialled him.

    `checks`: dial checks by channel, in log order. `count`: attempts taken so far.
    """

    __slots__ = ("_attempts", "_borrower", "_found", "_groups", "_last", "checks", "count", "reaches")

    def __init__(self, borrower: str) -> None:
        self.reaches = list[Brief]()
        self.checks: dict[str, list[Entry]] = {}
        self.count = 0
        self._last: Brief | None = None
        self._borrower = borrower
        self._attempts: dict[tuple[str, str], Brief] = {}
        self._groups: dict[tuple[str, str], _Group] = {}
        self._found: tuple[Attempt, ...] = ()

    def begins(self, attempts: Sequence[Brief]) -> bool:
        """Whether what was taken so far is the beginning of these."""
        return self.count == 0 or (len(attempts) >= self.count and attempts[self.count - 1] is self._last)

    def check(self, entry: Entry) -> None:
        """The next dial check."""
        self.checks.setdefault(entry.body["channel"], []).append(entry)

    def take(self, attempts: Sequence[Brief]) -> None:
        """Goes on to the end of the attempts filed with him, of which those taken so far are the beginning."""
        for brief in attempts[self.count:] if self.count else attempts:
            self._take(brief)
        if attempts:
            self.count, self._last = len(attempts), attempts[-1]

    def _take(self, brief: Brief) -> None:
        if brief.borrower != self._borrower:
            return
        if not brief.outbound:
            self.reaches.append(brief)
            return
        if brief.outcome in REACHES:
            self.reaches.append(brief)
        # One attempt once: of several reports of the same one, the least favourable to a release stands.
        key = brief.provider, brief.attempt
        known = self._attempts.setdefault(key, brief)
        if known is brief:
            self._file(brief)
        elif _severity(brief) < _severity(known):
            self._attempts[key] = brief
            self._groups = {}
            for one in self._attempts.values():
                self._file(one)

    def _file(self, brief: Brief) -> None:
        key = brief.provider, brief.channel or ""
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group()
        group.briefs.append(brief)

    def attempts(self, rests_on: Callable[[str, str], tuple[Rests, int]], readers: Readers) -> tuple[Attempt, ...]:
        """The attempts in log order. `rests_on`: of a provider and a channel, what their reading rests on, and up to
        which number the provider's sequence is complete."""
        checks = self.checks
        changed = [group.bring(*rests_on(*key), readers, checks) for key, group in self._groups.items()]
        if any(changed):
            found = [one for group in self._groups.values() for one in group.read]
            found.sort(key=INDEX)
            self._found = tuple(found)
        return self._found


def _severity(brief: Brief) -> int:
    return LEAST_FAVOURABLE_FIRST.index(brief.outcome)
