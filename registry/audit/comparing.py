"""Tries a draft of a pack on history: every lookup of a period decided again under it (POLICY section 2).

There is one decision function; this is not another. The log is read once, proved on the way, into a spool on disk;
then each part of it is judged by a process of its own. What is judged is each decision by itself, after what was
really logged: had an earlier number not left, later entries would be others, and nobody knows which.
"""

from __future__ import annotations

import gc
import os
from array import array
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from typing import Any

from registry.audit.compared import Comparison, Found
from registry.audit.part import PACKS, Part
from registry.audit.reader import Progress, no_progress
from registry.audit.spool import Spool
from registry.errors import MalformedError
from registry.model.entries import kind_in
from registry.model.times import DAY
from registry.policy import Directory, Pack, PackName
from registry.reporting.numbers import Period

Days = tuple[date | None, date | None]
EPOCH = date(1970, 1, 1).toordinal()
PART = 100_000  # entries of a part: what a process holds, some 4 KB each
NONE = -1  # no part: what the directory reads, and nobody's entries
ALONE = 20_000  # entries below which another process costs more than it helps
LOOK = 0.2  # seconds between two looks at how far the processes are


def compare(
    leaves: Iterable[bytes], draft: Pack, days: Days = (None, None), *, progress: Progress = no_progress,
    processes: int | None = None, most: int = PART,
) -> Comparison:
    """The comparison. `leaves` in log order, as `verified_leaves` gives them: what they raise passes through.

    `days`: first and last of the period (UTC), from the log's first and to its last if None. `progress` counts each
    entry twice, as it is read and as it is judged; its total is 0 while it is read. `processes`: at most so many at
    once, as many as there are cores if None. `most`: about so many entries a part.
    Raises MalformedError for a leaf that is no entry, for an empty log, and for a period that ends before it begins.
    """
    with Spool() as spool:
        spool.fill(leaves, progress)
        if not spool.size:
            raise MalformedError("the log is empty: there is nothing to compare")
        period = _period(spool, days)
        asked = processes or len(os.sched_getaffinity(0))
        parts = spool.parts(most, least=asked if spool.size > ALONE else 1)
        work = _Work(spool, draft, period, parts)
        found = Found()
        for one in _judged(work, asked, lambda done: progress(spool.size + done, 2 * spool.size)):
            found.add(one)
        progress(2 * spool.size, 2 * spool.size)
        return Comparison(spool.origin, spool.size, spool.last, period, draft.id, work.replaced(), found)


def _period(spool: Spool, days: Days) -> Period:
    first, last = (date.fromordinal(EPOCH + at // DAY) for at in (spool.first, spool.last))
    since, until = days[0] or first, days[1] or last
    if since > until:
        raise MalformedError("a period ends on or after the day it begins", pointer="/until", code="period-wrong")
    return Period(since, until)


@dataclass(slots=True)
class _Work:
    """What every process shares."""

    spool: Spool
    draft: Pack
    period: Period
    part_of: array[int]

    @property
    def count(self) -> int:
        """How many parts there are."""
        return max(self.part_of, default=0) + 1

    def part(self, place: int) -> Part:
        """The part, its log not yet read."""
        return Part(self.draft, self.period, persons=self.spool.persons, part_of=self.part_of, place=place,
                    providers=self.spool.providers)

    def replaced(self) -> PackName | None:
        """The pack in the draft's place at the end of the period, as the log has it."""
        directory = Directory()
        for record in self.spool.records(array("I"), NONE):
            if record.leaf and kind_in(record.leaf) in PACKS:
                directory.fold(record.entry())
        pack = directory.pack_at(self.draft.id.name, self.period.end - 1)
        return None if pack is None else pack.id


_shared: tuple[_Work, Any] | None = None  # in a process of the pool: what it was forked with


def _judged(work: _Work, processes: int, tick: Any) -> Iterator[Found]:
    if work.count == 1:
        with _no_rings_looked_for():
            yield work.part(0).run(work.spool.records(work.part_of, 0), tick)
        return
    context = get_context("fork")  # the spool's file and the table of people are shared, not copied
    done = context.Array("Q", work.count, lock=False)
    with ProcessPoolExecutor(min(processes, work.count), context, _begin, (work, done)) as pool:
        tasks = [pool.submit(_one, place) for place in range(work.count)]
        waiting = set(tasks)
        while waiting:
            finished, waiting = wait(waiting, LOOK, FIRST_EXCEPTION)
            tick(sum(done) // work.count)
            for one in finished:
                if one.exception() is not None:
                    pool.shutdown(cancel_futures=True)
                yield one.result()


@contextmanager
def _no_rings_looked_for() -> Iterator[None]:
    """Entries live as long as their part: looking again and again for rings among them costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _begin(work: _Work, done: Any) -> None:
    global _shared  # noqa: PLW0603 - the only way into a process of a pool
    _shared = (work, done)


def _one(place: int) -> Found:
    assert _shared is not None
    work, done = _shared

    def tick(count: int) -> None:
        done[place] = count

    with _no_rings_looked_for():
        found = work.part(place).run(work.spool.records(work.part_of, place), tick)
    done[place] = work.spool.size
    gc.collect()
    return found
