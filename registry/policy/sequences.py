"""A provider's sequence numbers: attempts after an open gap do not count (CONTRACT section 4).

`seq` starts at 1, any arrival order. A gap closes when the missing number arrives within 24 h of the first later one,
or when an officer accepts it. A number that comes later than that stays a gap: a held-back "answered" earns nothing.
"""

from __future__ import annotations

from registry.model.times import DAY


class Sequence:
    """What was seen of one provider's numbers. `through`: everything up to here is whole."""

    __slots__ = ("_accepted", "_waiting", "highest", "through")

    def __init__(self) -> None:
        self.through = 0
        self.highest = 0
        self._waiting: dict[int, int] = {}              # seen beyond a gap -> when it was logged
        self._accepted: list[tuple[int, int]] = []      # from, through

    def take(self, seq: int, at: int) -> None:
        """One event arrived, logged at `at`."""
        if seq == self.through + 1 == self.highest + 1 and not self._accepted:
            self.through = self.highest = seq  # nothing is waited for: nearly every event
            return
        if seq <= self.through or seq in self._waiting:
            return
        if seq < self.highest:
            # Something later came first: this one fills a gap, if it is still in time.
            opened = min(when for later, when in self._waiting.items() if later > seq)
            if at - opened > DAY:
                return
        self.highest = max(self.highest, seq)
        self._waiting[seq] = at
        self._drain()

    def accept(self, first: int, last: int) -> None:
        """An officer accepted that these numbers are lost."""
        self._accepted.append((first, last))
        self._drain()

    def gaps(self) -> list[tuple[int, int]]:
        """Open gaps below the highest number seen, as inclusive pairs."""
        found, expected = [], self.through + 1
        for seq in sorted(self._waiting):
            while (end := self._accepted_from(expected)) is not None and expected < seq:
                expected = end + 1
            if expected < seq:
                found.append((expected, seq - 1))
            expected = max(expected, seq + 1)
        return found

    def _accepted_from(self, seq: int) -> int | None:
        return max((last for first, last in self._accepted if first <= seq <= last), default=None)

    def _drain(self) -> None:
        while True:
            following = self.through + 1
            if following in self._waiting:
                del self._waiting[following]
                self.through = following
            elif (end := self._accepted_from(following)) is not None:
                # Numbers inside an accepted range that did arrive are whole anyway.
                self.through = end
                self.highest = max(self.highest, end)
                for seq in [one for one in self._waiting if one <= end]:
                    del self._waiting[seq]
            else:
                return
