"""Limits on tries: for a network, over all workers, after a restart; and nobody's address is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from registry.model.times import DAY, HOUR, SECOND
from registry.store.database import open_engine, reading
from registry.store.store import Store
from registry.web.factory import create_app
from registry.web.portal import limits
from registry.web.settings import WebSettings
from tests.databases import everything_in
from tests.portal.visitor import Visitor
from tests.web.world import URL, World

ASKS, TRIES = limits.ASKING[0], limits.ENTERING[0]


def database(world: World) -> str:
    return str(world.app.config["SQLALCHEMY_DATABASE_URI"])


def worker(world: World, **options: int) -> Flask:
    """Another worker on the same database."""
    settings = WebSettings(database(world), Path("/nowhere"), Path("/nowhere"), URL, **options)
    return create_app(settings, vault=world.bench.vault, courier=world.bench.courier, wall=world.clock.wall,
                      sleep=lambda _: None)


def ask(app: Flask, address: str, **headers: str) -> int:
    """The status of one JSON request for a code from a network address."""
    return app.test_client().post("/v1/sign-in", json={"role": "contact", "address": "+8610000009100"}, headers={
        name.replace("_", "-"): value for name, value in headers.items()
    }, environ_base={"REMOTE_ADDR": address}).status_code


def test_so_many_codes_an_hour_for_a_network_over_two_workers_and_a_restart(world: World) -> None:
    address, two = "192.0.2.1", [world.app, worker(world)]
    assert [ask(two[place % 2], address) for place in range(ASKS)] == [202] * ASKS
    assert [ask(app, address) for app in two] == [429] * 2
    assert ask(worker(world), address) == 429, "a new start remembers"
    assert ask(world.app, "192.0.2.2") == 202, "another network is not to blame"
    world.clock.move_to(world.clock.now() + HOUR)
    assert ask(world.app, address) == 202
    world.settle()


def test_pages_and_json_share_the_limit_and_both_say_when_to_come_back(world: World) -> None:
    visitor = Visitor(world.app, address="192.0.2.3")
    for _ in range(ASKS - 1):
        assert ask(world.app, "192.0.2.3") == 202
    visitor.get("/sign-in")
    assert visitor.send("/sign-in", role="contact", address="+8610000009101").status_code == 200
    visitor.get("/sign-in")
    world.clock.move_to(world.clock.now() + HOUR // 2)
    page = visitor.send("/sign-in", role="contact", address="+8610000009101")
    asked = world.app.test_client().post("/v1/sign-in", json={"role": "contact", "address": "+8610000009101"},
                                         environ_base={"REMOTE_ADDR": "192.0.2.3"})
    for answer in (page, asked):
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= HOUR // 2 // SECOND
    assert "次数太多" in page.text
    assert asked.json["code"] == "too-many-tries"
    world.settle()


def test_so_many_tries_of_codes_an_hour_then_also_the_right_one_is_refused(world: World) -> None:
    client = world.app.test_client()

    def enter(path: str, body: dict[str, str]) -> int:
        return client.post(path, json=body, environ_base={"REMOTE_ADDR": "192.0.2.4"}).status_code

    found = [enter(f"/v1/sign-in/{place:032x}/code", {"code": "000000"}) for place in range(TRIES - 10)]
    found += [enter("/v1/sign-in/link", {"token": f"cnl_{place:043d}"}) for place in range(10)]
    assert found == [422] * (TRIES - 10) + [404] * 10
    person = world.someone()
    link = world.lender.post(f"/v1/borrowers/{person['borrower']}/portal-links").json["token"]
    assert enter("/v1/sign-in/link", {"token": link}) == 429
    client = world.app.test_client()
    assert client.post("/v1/sign-in/link", json={"token": link}, environ_base={"REMOTE_ADDR": "192.0.2.5"}
                       ).status_code == 201


@pytest.mark.parametrize(("one", "other", "same"), [
    ("2001:db8::1", "2001:db8::ffff:1", True), ("2001:db8::1", "2001:db8:0:1::1", False),
    ("::ffff:192.0.2.9", "192.0.2.9", True), ("192.0.2.10", "192.0.2.11", False),
])
def test_a_household_is_one_network_however_it_is_written(world: World, one: str, other: str, same: bool) -> None:
    assert [ask(world.app, one) for _ in range(ASKS)] == [202] * ASKS
    assert ask(world.app, other) == (429 if same else 202)
    world.clock.move_to(world.clock.now() + HOUR)
    world.settle()


def test_who_asks_is_told_by_our_own_proxies_only(world: World) -> None:
    behind = worker(world, proxies=1)
    for place in range(ASKS):
        assert ask(behind, "127.0.0.1", X_Forwarded_For=f"203.0.113.{place}, 198.51.100.7") == 202
    assert ask(behind, "127.0.0.1", X_Forwarded_For="203.0.113.99, 198.51.100.7") == 429, "what a client wrote itself"
    assert ask(behind, "127.0.0.1", X_Forwarded_For="198.51.100.8") == 202
    assert [ask(world.app, "192.0.2.12", X_Forwarded_For=f"203.0.113.{place}") for place in range(ASKS + 1)] == (
        [202] * ASKS + [429]), "without a proxy of ours the header is anybody's word"


def test_no_address_is_kept_and_the_key_behind_the_buckets_lives_a_day(world: World) -> None:
    assert ask(world.app, "192.0.2.13") == 202
    engine = open_engine(database(world))
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT * FROM tried")).all()
        [key] = connection.execute(text("SELECT key FROM limit_keys")).scalars()
    assert rows
    assert all(len(row.bucket) == 32 for row in rows)
    assert "192.0.2.13" not in everything_in(database(world))
    world.clock.move_to(world.clock.now() + DAY)
    world.settle()
    assert ask(world.app, "192.0.2.14") == 202
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM tried")).scalar_one() == 1
        assert connection.execute(text("SELECT key FROM limit_keys")).scalar_one() != key
    engine.dispose()


def test_a_clock_set_back_keeps_nobody_waiting_for_longer(world: World) -> None:
    engine = open_engine(database(world))
    store, at = Store(engine), 100 * DAY + 5 * HOUR
    options = {"most": 1, "period": HOUR, "random": os.urandom}
    assert store.tried("a", "b", at=at, **options) == 0  # type: ignore[arg-type]
    assert store.tried("a", "b", at=at + 1, **options) == HOUR - 1  # type: ignore[arg-type]
    assert store.tried("a", "b", at=at - 1, **options) == 0  # type: ignore[arg-type]
    assert store.tried("a", "c", at=at, **options) == 0  # type: ignore[arg-type]
    assert store.tried("d", "b", at=at, **options) == 0  # type: ignore[arg-type]
    engine.dispose()
