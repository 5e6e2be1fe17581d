"""What a comparison of packs found, as figures: charts, each with a table of the same numbers.

The numbers are those of `registry packs compare --json`; nothing here knows a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from registry.reporting.figures import Chart, Figure, Words

CHANGES = ("permit-deny", "deny-permit", "reasons")
WAITS = ("by-log", "at-least")
SHOWN = 15  # reasons of a chart; its table has them all
RANGES = ((1, 1), (2, 3), (4, 7), (8, 14), (15, 30), (31, 60), (61, None))  # days, both included
Result = Mapping[str, Any]


def figures(result: Result, say: Words, reason: Callable[[str], str]) -> list[Figure]:
    """All figures of a result. `reason` gives a reason's code in words."""
    return [_agencies(result, say), _reasons(result, say, reason), _waits(result, say)]


def _agencies(result: Result, say: Words) -> Figure:
    heads = (say("compare.agency"), *(say(f"compare.change.{one}") for one in CHANGES), say("compare.newly-unlawful"))
    members = (*CHANGES, "newly_unlawful")
    rows = [(one["name"] or one["agency"][:8], *(int(one[member]) for member in members))
            for one in result["agencies"]]
    series = tuple((head, tuple(int(row[place]) for row in rows)) for place, head in enumerate(heads) if place > 0)
    chart = Chart("across", tuple(str(row[0]) for row in rows), series)
    return Figure("agencies", say("compare.agencies.title"), say("compare.agencies.note"), chart, heads, tuple(rows))


def _reasons(result: Result, say: Words, reason: Callable[[str], str]) -> Figure:
    counts: Counter[tuple[str, str]] = Counter()
    for one in result["reasons"]:
        counts[one["reason"], one["effect"]] += one["count"]
    codes = sorted({code for code, _ in counts},
                   key=lambda code: (-counts[code, "added"], -counts[code, "gone"], code))
    heads = (say("compare.reason"), say("compare.in-words"), say("compare.added"), say("compare.gone"))
    rows = [(code, reason(code), counts[code, "added"], counts[code, "gone"]) for code in codes]
    series = tuple((heads[place], tuple(int(row[place]) for row in rows[:SHOWN])) for place in (2, 3))
    chart = Chart("across", tuple(codes[:SHOWN]), series)
    return Figure("reasons", say("compare.reasons.title"), say("compare.reasons.note"), chart, heads, tuple(rows))


def _waits(result: Result, say: Words) -> Figure:
    heads = (say("compare.days"), *(say(f"compare.wait.{one}") for one in WAITS))
    rows = []
    for low, high in RANGES:
        name = f"{low}" if low == high else f"{low}–{high}" if high is not None else f"> {low - 1}"
        rows.append((name, *(
            sum(one["count"] for one in result["waits"]["days"]
                if one["known"] == kind and low <= one["days"] and (high is None or one["days"] <= high))
            for kind in WAITS
        )))
    series = tuple((head, tuple(int(row[place]) for row in rows)) for place, head in enumerate(heads) if place > 0)
    chart = Chart("stacked", tuple(str(row[0]) for row in rows), series)
    return Figure("waits", say("compare.waits.title"), say("compare.waits.note"), chart, heads, tuple(rows))
