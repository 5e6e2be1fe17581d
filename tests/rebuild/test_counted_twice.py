"""A period is counted from the web database and from the log alone: both say the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from registry.audit.counting import counted
from registry.model.entries import Entry, leaf
from registry.model.times import DAY, parse_date
from registry.reporting.numbers import Numbers, Period
from tests.rebuild.conftest import Web


@pytest.fixture
def lived_entries(web: Web) -> list[Entry]:
    found: list[Entry] = []
    while more := web.follow(len(found)):
        found += more
    return found


def periods(entries: list[Entry]) -> list[Period]:
    """All of it, its first days, its last days, a day in the middle, and before it began."""
    first, last = (parse_date("1970-01-01") + timedelta(days=one.at // DAY) for one in (entries[0], entries[-1]))
    middle, day = first + (last - first) / 2, timedelta(days=1)
    return [Period(first, last + 400 * day), Period(first, middle), Period(last - 2 * day, last),
            Period(middle, middle), Period(first - 9 * day, first - day)]


@pytest.mark.parametrize("which", range(5), ids=["all", "first half", "last days", "one day", "before"])
def test_the_database_and_the_log_count_the_same(web: Web, lived_entries: list[Entry], which: int) -> None:
    over = periods(lived_entries)[which]
    offline, _, size, at = counted((leaf(one.draft, one.at) for one in lived_entries), over)
    store = web.store
    days = over.since.isoformat(), over.until.isoformat()
    online = Numbers(
        over, store.lookups_counted(*days), store.consents_counted(over.start, over.end),
        store.approvals_settled(over.start, over.end), store.complaints_counted(over.start, over.end), None, {})
    assert (size, at) == (len(lived_entries), lived_entries[-1].at)
    assert sorted(offline.lookups) == sorted(online.lookups)
    assert dict(offline.consents) == dict(online.consents)
    assert offline.approvals == online.approvals
    assert dict(offline.complaints) == dict(online.complaints)
    if which == 0:
        assert all((online.lookups, online.consents, online.approvals, online.complaints)), "all of it is there"
        assert {step for _, step in online.consents} == {"asked", "given", "refused", "withdrawn", "expired"}
    if which == 4:
        assert not any((online.lookups, online.consents, online.approvals, online.complaints))


def test_names_are_those_of_the_parties(web: Web, lived_entries: list[Entry]) -> None:
    over = periods(lived_entries)[0]
    offline, *_ = counted((leaf(one.draft, one.at) for one in lived_entries), over)
    assert offline.names == {one["id"]: one["name"] for one in web.store.records("parties", {})}
