"""Searching and counting a million lookups: `python -m bench.auditing [--lookups N] [--keep FILE]`.

The rows are put into the web database directly: what is measured is how the auditor's pages read them.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, insert

from registry.model.times import DAY, date_of
from registry.store import schema
from registry.store.database import open_engine, writing
from registry.store.mirrors import Account, Contact, Lookup
from registry.store.mirrors_portal import LookupDay, LookupReason
from registry.store.store import Store
from registry.usecases.searching import Search

AGENCIES = [f"{number:032x}" for number in range(0xA0, 0xB4)]
REASONS = (
    "attempts-too-few", "notice-missing", "approval-missing", "contact-consent-absent", "sign-of-life",
    "outside-hours", "line-cap", "notice-running", "hold-dispute", "account-not-placed",
)
PURPOSES, MODES = ("restore-contact", "confirm-whereabouts", "relay-message"), ("number", "call", "message")
LOOKUPS, REASONS_OF, DAYS, ACCOUNTS, CONTACTS = (
    cast(Table, one.__table__) for one in (Lookup, LookupReason, LookupDay, Account, Contact))
BEGAN = 1_760_000_000_000
BATCH = 20_000


def fill(engine: Engine, lookups: int, *, days: int = 365, seed: int = 1) -> None:
    """Fills an empty web database with so many lookups over so many days, a tenth as many accounts, 20 agencies.

    One in a hundred is a permit, one in ten thousand has the mode `message`, one the reason `attempt-unlawful`.
    """
    counts: Counter[tuple[str, str, str, str]] = Counter()
    first: dict[tuple[str, str, str, str], int] = {}
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    with writing(engine) as connection:
        _people(connection, max(1, lookups // 10))
        for batch in _batches(lookups, days, dice):
            for one in batch:
                for reason in ("", *one["reasons"]):
                    key = (date_of(one["decided_at"] // DAY), one["client"], one["verdict"], reason)
                    counts[key] += 1
                    first.setdefault(key, one["place"])
            connection.execute(insert(LOOKUPS), batch)
            connection.execute(insert(REASONS_OF), [
                {"reason": reason, "place": one["place"]} for one in batch for reason in one["reasons"]])
        connection.execute(insert(DAYS), [
            dict(zip(("day", "agency", "verdict", "reason"), key, strict=True), count=count, first=first[key])
            for key, count in counts.items()])


def account_of(number: int) -> str:
    """The account, the borrower and the contact of that number differ in their first digit."""
    return f"d{number:031x}"


def _people(connection: Connection, accounts: int) -> None:
    for start in range(0, accounts, BATCH):
        numbers = range(start, min(accounts, start + BATCH))
        connection.execute(insert(ACCOUNTS), [{
            "id": account_of(one), "place": one, "updated_at": 0, "borrower": f"b{one:031x}", "lender": "aa" * 16,
            "liability": "principal", "due_since": "2026-01-01", "balance_minor": 1, "currency": "CNY",
            "limitation_until": "2029-01-01", "state": "open", "as_of": "2026-01-01"} for one in numbers])
        connection.execute(insert(CONTACTS), [{
            "id": f"c{one:031x}", "place": one, "updated_at": 0, "borrower": f"b{one:031x}", "lender": "aa" * 16,
            "rank": 1, "relation": "sibling", "languages": ["zh-CN"], "state": "usable"} for one in numbers])


def _batches(lookups: int, days: int, dice: random.Random) -> Iterator[list[dict[str, Any]]]:
    accounts = max(1, lookups // 10)
    for start in range(0, lookups, BATCH):
        yield [_lookup(number, BEGAN + number * days * DAY // lookups, accounts, dice)
               for number in range(start, min(lookups, start + BATCH))]


def _lookup(number: int, at: int, accounts: int, dice: random.Random) -> dict[str, Any]:
    who, rare = dice.randrange(accounts), number % 10_000 == 77
    permit = number % 100 == 0
    reasons = [] if permit else dice.sample(REASONS, 1 + dice.randrange(3)) + (["attempt-unlawful"] if rare else [])
    return {
        "id": f"e{number:031x}", "place": 10 * number + 5, "updated_at": at, "account": account_of(who),
        "client": AGENCIES[who % len(AGENCIES)], "agent": f"agent-{dice.randrange(500)}", "about": "contact",
        "purpose": dice.choice(PURPOSES), "mode": "message" if rare else dice.choice(MODES[:2]),
        "verdict": "permit" if permit else "deny", "borrower": f"b{who:031x}", "contact": f"c{who:031x}",
        "approval": None, "opening": "none", "message": None, "continues": None, "reasons": reasons, "system": [],
        "decided_at": at, "answer": None,
    }


SEARCHES: dict[str, Search] = {
    "everything, newest first": Search(newest=True),
    "one account": Search({"account": account_of(7)}),
    "one borrower": Search({"borrower": f"b{8:031x}"}, newest=True),
    "one contact": Search({"contact": f"c{9:031x}"}),
    "an agency": Search({"client": AGENCIES[3]}, newest=True),
    "an agent": Search({"agent": "agent-123"}),
    "permits": Search({"verdict": "permit"}, newest=True),
    "a frequent reason": Search({"reason": "attempts-too-few"}, newest=True),
    "a rare reason": Search({"reason": "attempt-unlawful"}),
    "a rare mode": Search({"mode": "message"}),
    "what there is none of": Search({"about": "visit"}),
    "a month of an agency's permits": Search(
        {"client": AGENCIES[5], "verdict": "permit"}, since="2026-03-01", until="2026-03-31"),
    "an agent's rare reason": Search({"agent": "agent-9", "reason": "attempt-unlawful"}),
    "frequent, and never together": Search({"verdict": "permit", "purpose": "relay-message", "mode": "message"}),
}


def main() -> None:
    """Fills a database and prints the milliseconds of each search, the slowest of three."""
    parser = argparse.ArgumentParser(prog="bench.auditing", description=__doc__)
    parser.add_argument("--lookups", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="where to keep the database, or find it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as folder:
        path = options.keep or Path(folder) / "web.db"
        known = path.exists()
        engine = open_engine(path)
        if not known:
            schema.upgrade(engine)
            print(f"{options.lookups} lookups made in {_seconds(lambda: fill(engine, options.lookups)):.0f} s, "
                  f"{path.stat().st_size / 1e6:.0f} MB")
        store = Store(engine)
        for name, search in SEARCHES.items():
            seconds = max(_seconds(lambda: store.search_lookups(search)) for _ in range(3))  # noqa: B023
            found = store.search_lookups(search)
            print(f"{name:<36} {seconds * 1000:>8.1f} ms  {len(found.rows):>3} rows"
                  f"{'' if found.next is None else ', and more'}")
        for name, span, by_month in (("counted: a month, by day", ("2025-11-01", "2025-11-30"), False),
                                     ("counted: a year, by month", ("2025-10-09", "2026-10-08"), True)):
            seconds = max(_seconds(lambda: store.lookups_counted(*span, by_month=by_month))  # noqa: B023
                          for _ in range(3))
            print(f"{name:<36} {seconds * 1000:>8.1f} ms")
        engine.dispose()


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
