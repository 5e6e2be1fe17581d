"""Numbers as figures: each a chart and a table of the same numbers, with words in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from registry.model.times import SECOND
from registry.reporting.numbers import Numbers

VERDICTS = ("permit", "deny")
STEPS = ("asked", "given", "refused", "withdrawn", "expired")
GIVERS = ("borrower", "contact")
SETTLED = ("open", "upheld", "partly-upheld", "not-upheld")
SHOWN_REASONS = 6  # lines in one chart that can still be told apart
Cell = str | int
Rows = list[tuple[Cell, ...]]


class Words(Protocol):
    """Texts of `texts/pages/` in one language."""

    def __call__(self, key: str, /, **params: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind` is `stacked`, `bars`, `across` (horizontal) or `lines`; each series has a value for each label."""

    kind: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart and its table: `heads` in words, each row as wide; `note` says what is to be known of it."""

    key: str
    title: str
    note: str
    chart: Chart
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for _, values in self.chart.series for value in values)


def figures(numbers: Numbers, say: Words, reason: Callable[[str], str]) -> list[Figure]:
    """All figures of a period. `reason` gives a reason's code in words."""
    found = [_verdicts(numbers, say), _reasons(numbers, say, reason), _reasons_over_time(numbers, say),
             _agencies(numbers, say), _consents(numbers, say), _approvals(numbers, say), _seconds(numbers, say),
             _complaints(numbers, say)]
    return found if numbers.attempts is None else [*found, _attempts(numbers, say)]


def _figure(key: str, say: Words, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]], chart: Chart) -> Figure:
    return Figure(key, say(f"figures.{key}.title"), say(f"figures.{key}.note"), chart, tuple(heads), tuple(rows))


def _columns(key: str, say: Words, kind: str, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> Figure:
    """A figure whose chart has a series for each column of numbers, and whose labels are the first column."""
    series = tuple((name, tuple(int(row[place]) for row in rows)) for place, name in enumerate(heads) if place > 0)
    return _figure(key, say, heads, rows, Chart(kind, tuple(str(row[0]) for row in rows), series))


def _parts(numbers: Numbers) -> tuple[Callable[[str], str], list[str]]:
    """What part of the period a day belongs to, and all parts: its days, or the months of a long one."""
    since, until = numbers.period.since, numbers.period.until
    days = [date.isoformat() for date in (since.fromordinal(one) for one in range(since.toordinal(),
                                                                                 until.toordinal() + 1))]
    length = 7 if numbers.period.by_month else 10
    return lambda day: day[:length], list(dict.fromkeys(day[:length] for day in days))


def _verdicts(numbers: Numbers, say: Words) -> Figure:
    part, parts = _parts(numbers)
    counts: Counter[tuple[str, str]] = Counter()
    for day, _, verdict, reason, count in numbers.lookups:
        if not reason:
            counts[part(day), verdict] += count
    rows: Rows = [(one, *(counts[one, verdict] for verdict in VERDICTS)) for one in parts]
    heads = [say("figures.when"), *(say(f"verdict.{one}") for one in VERDICTS)]
    return _columns("verdicts", say, "stacked", heads, rows)


def _frequent(numbers: Numbers) -> list[tuple[str, int]]:
    """Reasons and how many lookups had them, the most frequent first."""
    counts: Counter[str] = Counter()
    for _, _, _, reason, count in numbers.lookups:
        if reason:
            counts[reason] += count
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _reasons(numbers: Numbers, say: Words, words: Callable[[str], str]) -> Figure:
    found = _frequent(numbers)
    heads = (say("figures.reason"), say("figures.in-words"), say("figures.lookups"))
    chart = Chart("across", tuple(code for code, _ in found), ((heads[2], tuple(count for _, count in found)),))
    return _figure("reasons", say, heads, [(code, words(code), count) for code, count in found], chart)


def _reasons_over_time(numbers: Numbers, say: Words) -> Figure:
    part, parts = _parts(numbers)
    shown = [code for code, _ in _frequent(numbers)[:SHOWN_REASONS]]
    counts: Counter[tuple[str, str]] = Counter()
    for day, _, _, reason, count in numbers.lookups:
        counts[part(day), reason] += count
    rows: Rows = [(one, *(counts[one, code] for code in shown)) for one in parts]
    return _columns("reasons-over-time", say, "lines", [say("figures.when"), *shown], rows)


def _agencies(numbers: Numbers, say: Words) -> Figure:
    counts: Counter[tuple[str, str]] = Counter()
    for _, agency, verdict, reason, count in numbers.lookups:
        if not reason:
            counts[agency, verdict] += count
    agencies = sorted({agency for agency, _ in counts}, key=lambda one: (_name(numbers, one), one))
    rows: Rows = [(_name(numbers, one), one, *(counts[one, verdict] for verdict in VERDICTS)) for one in agencies]
    heads = (say("figures.agency"), say("figures.id"), *(say(f"verdict.{one}") for one in VERDICTS))
    series = tuple((head, tuple(int(row[place]) for row in rows)) for place, head in enumerate(heads) if place > 1)
    return _figure("agencies", say, heads, rows, Chart("across", tuple(str(row[0]) for row in rows), series))


def _consents(numbers: Numbers, say: Words) -> Figure:
    rows: Rows = [
        (say(f"step.{step}"), *(numbers.consents.get((giver, step), 0) for giver in GIVERS)) for step in STEPS]
    return _columns("consents", say, "bars", [say("figures.step"), *(say(f"role.{one}") for one in GIVERS)], rows)


def _approvals(numbers: Numbers, say: Words) -> Figure:
    counts = Counter((officer, verdict) for officer, verdict, _ in numbers.approvals)
    rows: Rows = [
        (_name(numbers, one), one, counts[one, "approved"], counts[one, "refused"]) for one in _officers(numbers)]
    heads = (say("figures.officer"), say("figures.id"), say("figures.approved"), say("figures.refused"))
    series = tuple((head, tuple(int(row[place]) for row in rows)) for place, head in enumerate(heads) if place > 1)
    return _figure("approvals", say, heads, rows, Chart("bars", tuple(str(row[0]) for row in rows), series))


def _seconds(numbers: Numbers, say: Words) -> Figure:
    waited = {one: [ms for officer, _, ms in numbers.approvals if officer == one] for one in _officers(numbers)}
    rows: Rows = [(_name(numbers, one), round(median(all_) / SECOND)) for one, all_ in waited.items()]
    return _columns("seconds", say, "bars", [say("figures.officer"), say("figures.median-seconds")], rows)


def _complaints(numbers: Numbers, say: Words) -> Figure:
    rows: Rows = [(say(f"settled.{one}"), numbers.complaints.get(one, 0)) for one in SETTLED]
    return _columns("complaints", say, "bars", [say("figures.settled"), say("figures.complaints-count")], rows)


def _attempts(numbers: Numbers, say: Words) -> Figure:
    part, parts = _parts(numbers)
    counts: Counter[tuple[str, bool]] = Counter()
    for day, _, unlawful, count in numbers.attempts or ():
        counts[part(day), unlawful] += count
    rows: Rows = [(one, counts[one, False], counts[one, True]) for one in parts]
    return _columns("attempts", say, "stacked", [say("figures.when"), say("figures.lawful"), say("figures.unlawful")],
                    rows)


def _officers(numbers: Numbers) -> list[str]:
    return sorted({officer for officer, _, _ in numbers.approvals}, key=lambda one: (_name(numbers, one), one))


def _name(numbers: Numbers, party: str) -> str:
    return numbers.names.get(party, party[:8])
