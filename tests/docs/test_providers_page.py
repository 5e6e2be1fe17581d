"""docs/providers.md is what the data files say; every row of every outcome table means what it says."""

from __future__ import annotations

import pytest

from registry.courier.providers.adapters import ADAPTERS
from registry.model.providers import KINDS
from registry.policy.outcomes.table import LEAST_FAVOURABLE_FIRST, OutcomeTable
from registry.shipped import outcome_tables
from scripts.providers.page import PAGE, page

TABLES = [pytest.param(table, id=f"{table.name}@{table.version}") for table in outcome_tables()]


def test_the_page_is_the_one_that_the_data_make() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m scripts.providers.page`"


def test_every_kind_that_can_be_registered_is_read_and_no_other() -> None:
    assert set(ADAPTERS) == set(KINDS)
    for kind, adapter in ADAPTERS.items():
        assert (adapter.secret is None, adapter.public_key is None, adapter.pull is None) == (
            KINDS[kind].secret is None, KINDS[kind].public_key is None, not KINDS[kind].pull), kind


@pytest.mark.parametrize("table", TABLES)
def test_each_row_alone_means_its_class_where_it_needs_nothing_beside_it(table: OutcomeTable) -> None:
    assert table.name in KINDS
    for (field, value), meant in table.classes.items():
        hung_up = {"hangup_by": "callee"} if (field, value) in table.needs_callee else {}
        assert table.classify({field: value, **hung_up}, table.min_ring_seconds) == meant, (field, value)
        if hung_up:
            assert table.classify({field: value}, table.min_ring_seconds) == "unknown"
        if meant == "no-answer":
            assert table.classify({field: value}, table.min_ring_seconds - 1) == "unknown"
            assert table.classify({field: value}) == "unknown"


@pytest.mark.parametrize("table", TABLES)
def test_a_value_that_no_row_names_is_unknown_and_nothing_beside_it_makes_it_better(table: OutcomeTable) -> None:
    strange = {"q850": 127, "sip": 699, "status": "no-such-status"}
    for field, value in strange.items():
        assert table.classify({field: value}, 60) == "unknown"
        for (other, known), meant in table.classes.items():
            if other != field and meant in ("no-answer", "not-alerted", "dead-address"):
                assert table.classify({field: value, other: known}, 60) == "unknown"
    assert table.classify({}, 60) == "unknown"
    assert set(table.classes.values()) <= set(LEAST_FAVOURABLE_FIRST)
