"""Auditors find lookups by any member: the right ones, by indexes, with few statements, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bench.auditing import AGENCIES, SEARCHES, account_of, fill
from registry.model.times import DAY, date_of
from registry.store import counting, schema, searching
from registry.store.database import open_engine
from registry.store.store import Store
from registry.usecases.searching import Search
from tests.databases import at

MANY = 5_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine(at(tmp_path_factory.mktemp("many") / "web.db"))
    schema.upgrade(made)
    fill(made, MANY, days=100)
    yield made
    made.dispose()


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def everything(engine: Engine, search: Search) -> list[dict[str, Any]]:
    """All rows of a search, page by page."""
    found, place = [], -1
    while True:
        page = Store(engine).search_lookups(Search(
            search.where, search.since, search.until, place, 37, search.newest, search.updated_after))
        found += page.rows
        if page.next is None:
            return found
        place = page.next


def expected(rows: list[dict[str, Any]], search: Search) -> list[str]:
    """The ids of a search by comparing every row."""
    def fits(row: dict[str, Any]) -> bool:
        members = {name: value for name, value in search.where.items() if name != "reason"}
        day = date_of(row["decided_at"] // DAY)
        return (all(row[name] == value for name, value in members.items())
                and search.where.get("reason", "") in (*row["reasons"], *row["system"], "")
                and (search.since or "") <= day <= (search.until or "9999"))

    ids = [row["id"] for row in rows if fits(row)]
    return ids[::-1] if search.newest else ids


MORE = {
    "a borrower's permits": Search({"borrower": f"b{1:031x}", "verdict": "permit"}),
    "a contact's reason": Search({"contact": f"c{2:031x}", "reason": "sign-of-life"}, newest=True),
    "an account of another agency": Search({"account": account_of(4), "client": AGENCIES[5]}),
    "since a day": Search(since="2025-12-24", newest=True),
    "until a day": Search({"purpose": "relay-message"}, until="2025-10-20"),
    "a period without any": Search(since="2031-01-01", until="2031-12-31"),
    "one by its id": Search({"id": f"e{77:031x}"}),
    "one by its index": Search({"place": 10 * 99 + 5}),
    "one by its index, and another's agency": Search({"place": 10 * 99 + 5, "client": "0" * 32}),
}


@pytest.mark.parametrize("name", [*SEARCHES, *MORE])
def test_a_search_finds_all_that_match_and_nothing_else(engine: Engine, name: str) -> None:
    search = (SEARCHES | MORE)[name]
    rows = everything(engine, Search())
    assert len(rows) == MANY
    assert [row["id"] for row in everything(engine, search)] == expected(rows, search)


def test_what_is_rare_is_looked_for_part_by_part(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SCANNED", 200)
    search = Search({"verdict": "deny", "mode": "message"}, newest=True)
    page = Store(engine).search_lookups(search)
    assert page.rows == [], "a page may be empty"
    assert page.next is not None, "and yet there is more"
    rows = everything(engine, Search())
    assert [row["id"] for row in everything(engine, search)] == expected(rows, search)


@pytest.mark.parametrize("name", [*SEARCHES, *MORE])
def test_a_page_takes_few_statements_and_each_goes_by_an_index(
    engine: Engine, statements: list[tuple[str, Any]], name: str
) -> None:
    Store(engine).search_lookups((SEARCHES | MORE)[name])
    heard = list(statements)
    assert 0 < len(heard) <= 3
    personal = any(member in (SEARCHES | MORE)[name].where for member in searching.PERSONAL)
    if engine.dialect.name == "postgresql":
        for statement, parameters in heard:
            plan = plan_of(engine, statement, parameters)
            assert "Seq Scan" not in plan, (statement, plan)
            assert personal or "Sort" not in plan or "lookups_pkey" in plan, (statement, plan)
        return
    with engine.connect() as connection:
        for statement, parameters in heard:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not [step for step in plan if scans(step)], (statement, plan)
            assert personal or not [step for step in plan if "TEMP B-TREE" in step], (statement, plan)


def plan_of(engine: Engine, statement: str, parameters: Any) -> str:
    """How PostgreSQL goes about it where an index can serve: so few rows it would rather read whole."""
    with engine.connect() as connection:
        for method in ("seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{method} = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


def scans(step: str) -> bool:
    """Whether a step reads a whole table; in the order of an index it ends with the page."""
    return step.startswith("SCAN") and "USING" not in step and "CONSTANT ROW" not in step


def test_a_search_without_an_index_would_be_noticed(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        plan = plan_of(engine, "SELECT id FROM lookups WHERE opening = 'none' ORDER BY updated_at", {})
        assert "Seq Scan" in plan
        assert "Sort" in plan
        return
    with engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM lookups WHERE opening = 'none' ORDER BY updated_at")]
    assert any(scans(step) for step in plan)
    assert any("TEMP B-TREE" in step for step in plan)


def test_counts_of_days_are_those_of_the_lookups(engine: Engine) -> None:
    rows = everything(engine, Search(since="2025-11-01", until="2025-11-30"))
    counted = Store(engine).lookups_counted("2025-11-01", "2025-11-30")
    assert sum(count for _, _, _, reason, count in counted if not reason) == len(rows) > 0
    permits = sum(count for _, _, verdict, reason, count in counted if verdict == "permit" and not reason)
    assert permits == sum(1 for row in rows if row["verdict"] == "permit")
    frequent = sum(count for _, _, _, reason, count in counted if reason == "sign-of-life")
    assert frequent == sum(1 for row in rows if "sign-of-life" in row["reasons"])


def test_months_are_the_sums_of_their_days(engine: Engine) -> None:
    span = "2025-10-15", "2026-01-10"
    days, months = Store(engine).lookups_counted(*span), Store(engine).lookups_counted(*span, by_month=True)
    summed: Counter[tuple[str, ...]] = Counter()
    for day, *rest, count in days:
        summed[day[:7], *rest] += count
    assert {tuple(key): count for *key, count in months} == dict(summed)
    assert len(months) < len(days)


@pytest.mark.parametrize("by_month", [False, True])
def test_counting_a_period_reads_that_period_alone(engine: Engine, by_month: bool) -> None:
    statement = counting.BY_MONTH if by_month else counting.BY_DAY
    if engine.dialect.name == "postgresql":
        plan = plan_of(engine, statement.postgresql, {"since": "2025-11-01", "until": "2025-11-30"})
        assert "Index Cond: (((day)::text >= " in plan
        assert "Seq Scan" not in plan
        return
    with engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement.sqlite}", {"since": "2025-11-01", "until": "2025-11-30"})]
    assert plan[0] == "SEARCH lookup_days USING INDEX sqlite_autoindex_lookup_days_1 (day>? AND day<?)"
    assert not [step for step in plan if scans(step)]
