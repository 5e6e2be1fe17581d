"""What a comparison of packs found, counted; and the same as JSON for commands, the API and pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.model.times import stamp
from registry.policy import PackName
from registry.reporting.numbers import Period

EXAMPLES = 20
SAME, REASONS, DENIED, PERMITTED = "same", "reasons", "permit-deny", "deny-permit"
CHANGES = (DENIED, PERMITTED, REASONS)
BY_LOG, AT_LEAST, NEVER = "by-log", "at-least", "not-by-waiting"
WAITS = (BY_LOG, AT_LEAST, NEVER)


@dataclass(frozen=True, slots=True)
class Example:
    """One decision that changes: its place in the log, and the reasons logged and found now."""

    index: int
    lookup: str
    at: int
    agency: str
    change: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    def value(self) -> dict[str, Any]:
        """The form in JSON."""
        return {"lookup": self.lookup, "log_index": self.index, "decided_at": stamp(self.at), "agency": self.agency,
                "change": self.change, "before": list(self.before), "after": list(self.after)}


@dataclass(slots=True)
class Found:
    """Counts of one part of a log, added up for the whole. `changes`: by agency and change. `reasons`: by agency,
    change, reason and `added` or `gone`. `attempts`: by agency, and whether unlawful in force and by the draft.
    `waits`: by kind and whole days, of releases that become denials. `names`: of parties."""

    decisions: int = 0
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    attempts: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    waits: Counter[tuple[str, int]] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, other: Found) -> None:
        """Takes what another part found."""
        self.decisions += other.decisions
        for name in ("changes", "reasons", "attempts", "waits"):
            getattr(self, name).update(getattr(other, name))
        self.examples = sorted((*self.examples, *other.examples), key=lambda one: one.index)[:EXAMPLES]
        self.names |= other.names

    def decision(self, at: int, index: int, body: Mapping[str, Any], verdict: str, codes: tuple[str, ...]) -> str:
        """Counts one decision made again; the change. `codes` are the draft's, those of the system included."""
        before = (*body["system"], *body["reasons"])
        self.decisions += 1
        change = _change(body["verdict"], verdict, before, codes)
        if change == SAME:
            return change
        agency = body["client"]
        self.changes[agency, change] += 1
        for code in codes:
            if code not in before:
                self.reasons[agency, change, code, "added"] += 1
        for code in before:
            if code not in codes:
                self.reasons[agency, change, code, "gone"] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(Example(index, body["lookup"], at, agency, change, tuple(before), codes))
        return change


def _change(before: str, after: str, said: tuple[str, ...], codes: tuple[str, ...]) -> str:
    if before != after:
        return DENIED if after == "deny" else PERMITTED
    return REASONS if set(said) != set(codes) else SAME


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft tried on a period of a log. `replaced`: the pack of its name in force last in the period, None where
    there was none; `at`: the last entry's time."""

    origin: str
    size: int
    at: int
    period: Period
    draft: PackName
    replaced: PackName | None
    found: Found

    def value(self) -> dict[str, Any]:
        """The whole as JSON: counts and pseudonyms, no text of the log."""
        found = self.found
        verdicts = Counter(dict.fromkeys(CHANGES, 0))
        for (_, change), count in found.changes.items():
            verdicts[change] += count
        return {
            "log": {"origin": self.origin, "size": self.size, "at": stamp(self.at)},
            "period": {"from": self.period.since.isoformat(), "until": self.period.until.isoformat()},
            "draft": self.draft.value(), **({} if self.replaced is None else {"replaces": self.replaced.value()}),
            "decisions": found.decisions, "changed": sum(verdicts.values()), "changes": dict(verdicts),
            "agencies": self._agencies(),
            "reasons": [
                {"agency": agency, "change": change, "reason": reason, "effect": effect, "count": count}
                for (agency, change, reason, effect), count in sorted(found.reasons.items())
            ],
            "attempts": self._attempts(), "waits": _waits(found.waits),
            "examples": [one.value() for one in found.examples],
        }

    def _agencies(self) -> list[dict[str, Any]]:
        agencies = sorted({one for one, _ in self.found.changes} | {one for one, _, _ in self.found.attempts})
        return [{
            "agency": one, "name": self.found.names.get(one, ""),
            **{change: self.found.changes[one, change] for change in CHANGES},
            "newly_unlawful": self.found.attempts[one, False, True],
        } for one in agencies]

    def _attempts(self) -> dict[str, int]:
        counts = Counter[tuple[bool, bool]]()
        for (_, was, would), count in self.found.attempts.items():
            counts[was, would] += count
        return {"judged": sum(counts.values()), "unlawful": counts[True, True] + counts[True, False],
                "newly_unlawful": counts[False, True], "no_longer_unlawful": counts[True, False]}


def _waits(waits: Counter[tuple[str, int]]) -> dict[str, Any]:
    """How many releases would have waited, and how long where that can be known, in whole days begun."""
    by_kind = {kind: sum(count for (one, _), count in waits.items() if one == kind) for kind in WAITS}
    days = sorted((day, kind, count) for (kind, day), count in waits.items() if kind != NEVER)
    known = [day for day, _, count in days for _ in range(count)]
    spread = {} if not known else {
        "median_days": known[(len(known) - 1) // 2], "most_days": known[-1],
        "nine_in_ten_days": known[min(len(known) - 1, -(-9 * len(known) // 10) - 1)],
    }
    return {"releases": sum(by_kind.values()), **{kind.replace("-", "_"): by_kind[kind] for kind in WAITS}, **spread,
            "days": [{"days": day, "known": kind, "count": count} for day, kind, count in days]}
