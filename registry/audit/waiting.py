"""How much longer a release would have waited, had a draft of a pack been in force.

Two answers, and a plain third. *By the log*: the same question asked again at later moments, with what was really
logged by then, less the release itself and what came of it; the first moment at which it is permitted, or lacks
nothing but a fresh approval. *At least*: where the log does not say (after a release nobody goes on dialling), the
days that the missing counts and times need however well an agency works. *Not by waiting*: something is missing that
no time brings, as a consent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from registry.audit.compared import AT_LEAST, BY_LOG, NEVER
from registry.model.entries import Entry
from registry.model.times import DAY
from registry.policy import (
    CLASS_OF,
    RULES,
    Ask,
    Decision,
    Directory,
    Facts,
    History,
    Readings,
    facts_from,
    packs_for,
)
from registry.policy.merging import Params
from registry.policy.reasons import EFFORT, Reason

LONGEST = 120  # days after which nobody asks again
MOST_READ = 4_096  # releases at a time of which readings are kept; some 10 KB each
APPROVAL = "approval-missing"
# Besides `try-later`: what time alone cures.
BY_TIME = frozenset(("account-not-overdue-enough", "line-cooldown", "line-cap", "line-message-cap",
                     "borrower-refuses"))
TIMED = BY_TIME | {"notice-running", "reached-recently", "outside-hours", APPROVAL}
NOTICES = frozenset(("notice-missing", "notice-incomplete"))


class OwnReadings:
    """Readings of each of the releases that were asked for again of late: of its own, because without one release and
    without another are two histories of the same person. Of all others, however many, nothing is kept."""

    def __init__(self, most: int = MOST_READ) -> None:
        self._most = most
        self._kept: dict[str, Readings] = {}

    def of(self, lookup: str) -> Readings:
        """Those of the release of this lookup."""
        found = self._kept[lookup] = self._kept.pop(lookup) if lookup in self._kept else Readings()
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return found

    def drop(self, lookup: str) -> None:
        """It is not asked for again as time goes on."""
        self._kept.pop(lookup, None)

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(slots=True)
class Waiting:
    """A release that the draft refuses, asked for again as time goes on. `by_itself`: the answer where the log has
    none. A long period holds many: nothing else is kept of what it was refused by."""

    entry: Entry
    by_itself: tuple[str, int]
    due: int | None

    def again(self, history: History, drafted: Directory, at: int, readings: Readings) -> bool:
        """Asks at a later moment; whether it is permitted then. If not, `due` says when only time may help. The
        `readings` are of this release alone."""
        body, lookup = self.entry.body, self.entry.body["lookup"]
        without = replace(
            history, entries=_without(history.entries, lookup),
            lines={line: _without(entries, lookup) for line, entries in history.lines.items()},
        )
        offsets = {one["zone"]: one["minutes"] for one in body["offsets"]}
        try:
            facts = facts_from(without, Ask.of(body, offsets), at, readings)
        except KeyError:  # a line in another zone was added since: no entry says how its clocks stood
            self.due = None
            return False
        decision = RULES[body["rules"]](facts, packs_for(drafted, facts, at), at)
        self.due = next_due(decision, self.entry.at, at)
        return not set(decision.codes) - {APPROVAL}


def by_itself(refused: Decision, facts: Facts) -> tuple[str, int]:
    """What can be said without the log: the kind of answer, and days."""
    least = at_least(refused, facts)
    return (NEVER, 0) if least is None else (AT_LEAST, least)


def waited(since: int, at: int) -> tuple[str, int]:
    """The answer by the log, in whole days begun."""
    return BY_LOG, -(-(at - since) // DAY)


def next_due(decision: Decision, since: int, at: int) -> int | None:
    """When to ask again though nothing happens: at the time that a reason names, else in a day; None where time
    alone does not help, or it has been long enough."""
    if set(decision.codes) - TIMED or at - since >= LONGEST * DAY:
        return None
    named = [one.not_before for one in decision.reasons if one.not_before is not None and one.not_before > at]
    return max(named) if named else at + DAY


def at_least(decision: Decision, facts: Facts) -> int | None:
    """Days that what is missing takes at least, if the agency tries as often as it may; None where time does not
    bring it."""
    codes = set(decision.codes)
    if decision.params is None or not all(one in BY_TIME or CLASS_OF[one] == "try-later" for one in codes):
        return None
    params, reasons = decision.params, decision.reasons
    effort = max((_effort(one, params, facts) for one in reasons if one.code in EFFORT), default=None)
    counted = 0 if effort is None else effort
    if codes & NOTICES or (effort is not None and codes & set(EFFORT) != {"attempts-stale"}):
        counted += params.grace_days  # a notice is given once the effort is complete
    timed = max((_timed(one, params, facts) for one in reasons), default=0)
    return max(1, counted, timed)


def _effort(reason: Reason, params: Params, facts: Facts) -> int:
    """Days of dialling that a count needs."""
    short = 1 if reason.need is None or reason.have is None else reason.need - reason.have
    if reason.code not in ("attempts-too-few", "channels-incomplete"):
        return short  # days, parts of the day (each on another day), span
    a_day = max(1, min(params.max_dials_per_number_day * len(facts.slots), params.max_dials_7d))
    return -(-short // a_day)


def _timed(reason: Reason, params: Params, facts: Facts) -> int:
    """Days until a reason that time cures is over."""
    if reason.not_before is not None:
        return -(-(reason.not_before - facts.at) // DAY)
    days: Mapping[str, Callable[[], int]] = {
        "account-not-overdue-enough": lambda: params.min_days_past_due - _overdue(facts),
        "line-cooldown": lambda: params.line_cooldown_days - _since_release(facts),
        "borrower-refuses": lambda: 30 - _since(facts, facts.declined_at),
    }
    return max(1, days[reason.code]()) if reason.code in days else 0


def _overdue(facts: Facts) -> int:
    return 0 if facts.account is None else facts.today - facts.account.due_since


def _since_release(facts: Facts) -> int:
    times = [at for one in facts.contacts for at in one.line.releases]
    return _since(facts, max(times, default=None))


def _since(facts: Facts, at: int | None) -> int:
    return 0 if at is None else (facts.at - at) // DAY


def _without(entries: Any, lookup: str) -> list[Entry]:
    """The history as if the number had not left: without the permit, and what names it."""
    return [one for one in entries if one.body.get("lookup") != lookup]
