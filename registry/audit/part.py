"""One part of a log judged by a draft: the decisions and attempts of its people, in the order of the log.

The directory is folded from the whole log; histories are kept of this part's people alone. The draft stands in the
place of the pack of its name in force, or beside the packs where there is none, during the whole period.
"""

from __future__ import annotations

import copy
import heapq
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from registry.audit.compared import DENIED, Found
from registry.audit.histories import Histories
from registry.audit.spool import Record
from registry.audit.waiting import OwnReadings, Waiting, by_itself, next_due, waited
from registry.errors import IntegrityError
from registry.model.catalogue.calls import DECIDED
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.model.times import DAY
from registry.policy import (
    RULES,
    Ask,
    Directory,
    Facts,
    Pack,
    Packs,
    Readings,
    facts_from,
    gather,
    packs_for,
    zones_of,
)
from registry.policy.dials import judge_dials
from registry.policy.history import gather_person
from registry.policy.merging import Params
from registry.reporting.numbers import Period

STEP = 2_000
# Entries of the histories of which notes are kept, 0.4 KB each: all of a part's, unless one group is larger, as
# everybody is asked about again, at the latest at the end.
MOST_NOTED = 262_144
LATE = 2 * DAY  # an attempt logged a day late may make an earlier one unlawful
NOBODY = "0" * 32
PACKS = ("genesis/1", "pack-activated/1", "derogation-granted/1")


class Part(Histories):
    """See the module. A `Source` of its people; asked about anybody else, it raises IntegrityError."""

    def __init__(
        self, draft: Pack, period: Period, *, persons: Mapping[str, int], part_of: array[int], place: int,
        providers: Sequence[str],
    ) -> None:
        """`part_of`: by number of a person, as `persons` has it; `place`: which part this is."""
        super().__init__()
        self.directory, self.drafted = Directory(), Directory()
        self.found = Found()
        self._draft, self._providers = draft, providers
        self._start, self._end = period.start, period.end  # found anew at each look: a part looks at every entry
        self._persons, self._part_of, self._place = persons, part_of, place
        self._dialled: dict[str, dict[int, str]] = {}  # borrower -> attempts of the period, and their agencies
        self._readings = Readings(most=MOST_NOTED)
        self._waiting: dict[str, list[Waiting]] = {}
        self._own = OwnReadings()
        self._due: list[tuple[int, int, Waiting]] = []  # a heap
        self._judged_attempts = False

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, but attempts."""
        for one in ids:
            if one in self._persons and self._part_of[self._persons[one]] != self._place:
                raise IntegrityError("a decision needs somebody of another part of the log: compare in one part")
        return super().histories(ids)

    def run(self, records: Iterable[Record], tick: Callable[[int], None]) -> Found:
        """Goes through the whole log. `tick` gets how many entries are done, now and then."""
        for record in records:
            self._take(record)
            if record.index % STEP == 0:
                tick(record.index)
        self._dials()
        for waiting in (one for many in self._waiting.values() for one in many):
            self.found.waits[waiting.by_itself] += 1
        self.found.names = {one.id: one.name for one in self.directory.parties.values() if one.role == "agency"}
        return self.found

    def _take(self, record: Record) -> None:
        at = record.at
        if at >= self._end + LATE:
            self._dials()
        while self._due and self._due[0][0] <= at:
            due, _, waiting = heapq.heappop(self._due)
            if waiting.due == due:
                self._ask_again(waiting, due)
        if not record.leaf:
            self._foreign_attempt(record)
            return
        mine, entry = record.mine, record.entry()
        if mine and entry.kind in DECIDED and self._start <= at < self._end:
            self._decided(entry)
        self.directory.fold(entry)
        if entry.kind in PACKS:
            self._draft_again()
        if mine:
            self._file(entry)

    def _foreign_attempt(self, record: Record) -> None:
        """Of somebody else's attempt nothing matters here but that it took a number of its provider."""
        provider = self.directory.provider(self._providers[record.provider])
        if provider is not None:
            provider.sequence.take(record.seq, record.at)
        self.directory.size = record.index + 1

    def _draft_again(self) -> None:
        self.drafted = copy.copy(self.directory)
        self.drafted.packs = {**self.directory.packs, self._draft.id.name: [(0, self._draft)]}

    def _file(self, entry: Entry) -> None:
        body = entry.body
        if self._is_dial(entry):
            self._dialled.setdefault(body["borrower"], {})[entry.index] = body.get("agency", "")
        for subject in self.file(entry):
            for waiting in tuple(self._waiting.get(subject, ())):
                self._ask_again(waiting, entry.at)

    def _is_dial(self, entry: Entry) -> bool:
        """Whether it is an attempt to reach a borrower, of the period."""
        return (entry.kind in ATTEMPTS and entry.body["direction"] == "outbound" and "borrower" in entry.body
                and self._start <= entry.at < self._end)

    # Decisions

    def _decided(self, entry: Entry) -> None:
        """Makes a decision again by the rules that it names, under the draft."""
        body, at = entry.body, entry.at
        offsets = {one["zone"]: one["minutes"] for one in body["offsets"]}
        history = gather(self, body["account"])
        facts = facts_from(history, Ask.of(body, offsets), at, self._readings)
        packs = packs_for(self.drafted, facts, at)
        if not _applies(self._draft, packs) and _same(packs, packs_for(self.directory, facts, at)):
            self.found.decisions += 1  # the draft has nothing to say here: what was decided stands
            return
        decision = RULES[body["rules"]](facts, packs, at)
        system = tuple(body["system"])
        verdict = "permit" if decision.verdict == "permit" and not system else "deny"
        change = self.found.decision(at, entry.index, body, verdict, (*system, *decision.codes))
        if change == DENIED and history.borrower is not None:
            waiting = Waiting(entry, by_itself(decision, facts), next_due(decision, at, at))
            self._waiting.setdefault(history.borrower, []).append(waiting)
            self._push(waiting)

    def _push(self, waiting: Waiting) -> None:
        if waiting.due is not None:
            heapq.heappush(self._due, (waiting.due, waiting.entry.index, waiting))

    def _ask_again(self, waiting: Waiting, at: int) -> None:
        account, lookup = waiting.entry.body["account"], waiting.entry.body["lookup"]
        borrower, due = self._accounts[account], waiting.due
        if waiting.again(gather(self, account), self.drafted, at, self._own.of(lookup)):
            self.found.waits[waited(waiting.entry.at, at)] += 1
            self._waiting[borrower].remove(waiting)
            waiting.due = None
        elif waiting.due != due:  # else it is among those that are due already
            self._push(waiting)
        if waiting.due is None:
            self._own.drop(lookup)

    # Attempts

    def _dials(self) -> None:
        """Judges the attempts of the period, once: each by the packs of its own moment, and by the draft."""
        if self._judged_attempts:
            return
        self._judged_attempts = True
        for borrower, agencies in self._dialled.items():
            facts = self._of_person(borrower)
            if facts is None:
                continue
            was, would = _Unlawful(self.directory, facts), _Unlawful(self.drafted, facts)
            for one in facts.attempts:
                if one.index in agencies:
                    self.found.attempts[agencies[one.index], was.says(one.index, one.at),
                                        would.says(one.index, one.at)] += 1

    def _of_person(self, borrower: str) -> Facts | None:
        history = gather_person(self, borrower)
        account = next((one.body["account"] for one in history.entries if one.kind == "account-opened/1"), None)
        if account is None:
            return None
        offsets = dict.fromkeys(zones_of(history), 0)
        asked: dict[str, Any] = {"lookup": NOBODY, "account": account, "client": NOBODY, "agent": "",
                                 "about": "contact", "purpose": "", "mode": ""}
        return facts_from(replace(history, account=account), Ask.of(asked, offsets), self._end, self._readings)


class _Unlawful:
    """Which attempts of one person are unlawful by the packs of a directory at their moments."""

    def __init__(self, directory: Directory, facts: Facts) -> None:
        self._directory, self._facts = directory, facts
        changes = [effective for versions in directory.packs.values() for effective, _ in versions]
        changes += [at for one in directory.derogations for at in (one.since, one.until)]
        self._changes = sorted(changes)
        self._between: dict[int, frozenset[int]] = {}  # two changes of what is in force
        self._by: dict[Params, frozenset[int]] = {}

    def says(self, index: int, at: int) -> bool:
        """Whether the attempt is unlawful; False where no floor is in force."""
        place = bisect_right(self._changes, at)
        found = self._between.get(place)
        if found is None:
            found = self._between[place] = self._judged(at)
        return index in found

    def _judged(self, at: int) -> frozenset[int]:
        effective = packs_for(self._directory, self._facts, at).base.effective
        if effective is None:
            return frozenset()
        found = self._by.get(effective.params)
        if found is None:
            found = self._by[effective.params] = judge_dials(self._facts.attempts, effective.params)[0]
        return found


def _applies(draft: Pack, packs: Packs) -> bool:
    """Whether the draft is among what is merged for the account or any contact."""
    every = (packs.base, *packs.contacts.values())
    return any(one.effective is not None and draft.id in one.effective.packs for one in every)


def _same(packs: Packs, others: Packs) -> bool:
    """Whether the very same sets apply: merged sets are remembered, so that equal ones are one."""
    if packs.base.effective is not others.base.effective or packs.base.missing != others.base.missing:
        return False
    return all(one.effective is others.contacts[contact].effective and one.missing == others.contacts[contact].missing
               for contact, one in packs.contacts.items())
