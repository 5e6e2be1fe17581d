"""Lists: oldest first, continued at `next`, stable under inserts, filtered by ref and updated_after."""

from __future__ import annotations

from typing import Any

import pytest

from registry.demo import parties
from registry.errors import MalformedError
from registry.model.ids import new_id
from registry.model.times import MINUTE, stamp
from registry.usecases.paging import cursor_at, read_cursor
from tests.web.world import As, World


@pytest.fixture
def lender(world: World) -> As:
    """A lender of its own, registered as such, with nobody yet."""
    party = new_id(world.bench.ports.random)
    parties.act(world.bench.ports, world.keys, world.made["officer"], "party-registered/1",
                {"party": party, "role": "lender", "name": "另一家示例", "regulator": "CN"})
    return As(world.app.test_client(), world.token("lender", party))


def pages(who: As, path: str, limit: int) -> list[list[dict[str, Any]]]:
    """All pages."""
    found, cursor = [], ""
    while True:
        body = who.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}").json
        found.append(body["items"])
        if body["next"] is None:
            return found
        cursor = f"&cursor={body['next']}"


def test_pages_hold_everything_once_and_in_order(world: World, lender: As) -> None:
    made = [lender.post("/v1/borrowers", world.borrower()).json["borrower"] for _ in range(5)]
    for limit, sizes in ((2, [2, 2, 1]), (5, [5]), (1, [1] * 5)):
        got = pages(lender, "/v1/borrowers", limit)
        assert [len(page) for page in got] == sizes
        assert [one["borrower"] for page in got for one in page] == made


def test_an_insert_between_two_pages_shifts_nothing(world: World, lender: As) -> None:
    made = [lender.post("/v1/borrowers", world.borrower()).json["borrower"] for _ in range(3)]
    first = lender.get("/v1/borrowers?limit=2").json
    late = lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    rest = lender.get(f"/v1/borrowers?limit=2&cursor={first['next']}").json
    assert [one["borrower"] for one in first["items"] + rest["items"]] == [*made, late]
    assert rest["next"] is None


def test_a_change_moves_nothing_either(world: World, lender: As) -> None:
    borrower = lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    made = [lender.post("/v1/accounts", world.account(borrower)).json["account"] for _ in range(3)]
    first = lender.get("/v1/accounts?limit=1").json
    lender.patch(f"/v1/accounts/{made[0]}", {"balance_minor": 7, "as_of": "2026-09-21"})
    rest = lender.get(f"/v1/accounts?cursor={first['next']}").json
    assert [one["account"] for one in rest["items"]] == made[1:]


def test_filters_by_ref_and_by_time_of_change(world: World, lender: As) -> None:
    borrower = lender.post("/v1/borrowers", world.borrower(ref="mine-1")).json["borrower"]
    lender.post("/v1/borrowers", world.borrower(ref="mine-2"))
    assert [one["borrower"] for one in lender.get("/v1/borrowers?ref=mine-1").json["items"]] == [borrower]
    assert lender.get("/v1/borrowers?ref=nobodys").json == {"items": [], "next": None}
    account = lender.post("/v1/accounts", world.account(borrower)).json["account"]
    lender.post("/v1/accounts", world.account(borrower))
    before = stamp(world.clock.now())
    assert lender.get(f"/v1/accounts?updated_after={before}").json["items"] == []
    world.clock.move_to(world.clock.now() + MINUTE)
    lender.patch(f"/v1/accounts/{account}", {"balance_minor": 7, "as_of": "2026-09-21"})
    found = lender.get(f"/v1/accounts?updated_after={before}").json["items"]
    assert [one["account"] for one in found] == [account]


def test_a_ref_of_a_lender_finds_nothing_for_a_collector(world: World) -> None:
    ids = world.someone()
    ref = world.lender.get(f"/v1/accounts/{ids['account']}").json["ref"]
    assert world.collector.get(f"/v1/accounts?ref={ref}").json["items"] == []
    placed = world.collector.get("/v1/accounts?limit=200").json["items"]
    assert ids["account"] in [one["account"] for one in placed]


def test_a_cursor_is_read_back_and_nothing_else_is_one() -> None:
    assert read_cursor(cursor_at(12_345)) == 12_345
    for text in ("", "YWZ0ZXIg", cursor_at(1)[:-1], "****", cursor_at(1) + "A", "YWZ0ZXIgLTE"):
        with pytest.raises(MalformedError):
            read_cursor(text)
