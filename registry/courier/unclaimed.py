"""Secrets that no entry pins: a page brings a provider's before an officer has signed, who may never do so.

A draft lives one hour (`usecases.acts.LIFE`). A secret that still has no entry an hour after that is forgotten.
"""

from __future__ import annotations

from registry.courier import provider_book
from registry.courier.clock import Clock
from registry.courier.store import Store
from registry.model.times import HOUR, MINUTE

EVERY = MINUTE  # wall clock, between two looks
KEPT = 2 * HOUR  # wall clock, from the look that first found it
GAP = 5 * EVERY  # between two looks; after a longer one the clock was set, or nobody was awake


class Unclaimed:
    """When each was first found is known to one life of the courier only: after a restart its time begins anew."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._looked = 0
        self._since: dict[provider_book.Brought, int] = {}

    def brought(self, one: provider_book.Brought) -> None:
        """It was brought, perhaps again: a draft that names it lives an hour from now."""
        self._since.pop(one, None)

    def forget(self) -> int:
        """Deletes those whose time is over; how many. Only for a courier that has followed the log to its end: an
        entry that it has not read yet may pin one. Cheap to call often."""
        now = self._clock.wall()
        passed = now - self._looked
        if abs(passed) < EVERY:
            return 0
        self._looked = now
        if not 0 <= passed <= GAP:
            self._since.clear()  # how long it really was nobody knows: their time begins anew
        with self._store.begin() as db:
            self._since = {one: self._since.get(one, now) for one in provider_book.unclaimed(db)}
            over = [one for one, since in self._since.items() if now - since >= KEPT]
            for one in over:
                provider_book.forget_secret(db, one)  # for good: its provider would have to be drawn up again
        return len(over)
