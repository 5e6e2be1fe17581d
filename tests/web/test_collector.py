"""What collectors ask and report; the decisions themselves are tested with the policy and the vault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from registry.model.times import HOUR, stamp
from tests.web.demo import Demo
from tests.web.watching import statements
from tests.web.world import World, decoded

EXPECTED = {
    "reachable": ("deny", "not-eligible"), "attempts-missing": ("deny", "trying"),
    "notice-running": ("deny", "notice-running"), "no-borrower-consent": ("deny", "not-eligible"),
    "no-contact-consent": ("deny", "not-eligible"), "withdrawn": ("deny", "not-eligible"),
    "contact-objected": ("deny", "not-eligible"), "on-hold": ("deny", "paused"),
    "not-placed": ("deny", "not-eligible"), "not-overdue": ("deny", "not-eligible"),
}


def test_both_verdicts_are_201_and_a_permit_opens_only_with_the_agencys_key(demo: Demo) -> None:
    demo.bench.settle()
    body = demo.lookup("unreachable")
    given = demo.using("collector").post("/v1/lookups", body, idempotency_key="permit-1")
    assert (given.status_code, given.json["verdict"]) == (201, "permit"), given.text
    assert given.headers["Cache-Control"] == "no-store"
    assert set(given.json) == {"lookup", "verdict", "log_index", "proof", "expires_at", "obligations", "release"}
    number = demo.person("unreachable")["contact_number"]
    assert number not in given.text
    key = ECKey.import_key({
        name: value for name, value in json.loads(Path(demo.card["collector_jwk"]).read_text()).items()
        if name in ("kty", "crv", "x", "y", "d")})
    claims = decoded((jwe.decrypt_compact(given.json["release"]["jwe"], key).plaintext or b"").decode())
    assert (claims["number"], claims["jti"], claims["aud"]) == (
        number, given.json["lookup"], demo.card["parties"]["agency"])

    status = demo.using("collector").get(f"/v1/lookups/{given.json['lookup']}")
    assert (status.status_code, status.json["verdict"]) == (200, "permit")
    assert "release" not in status.json
    assert demo.using("rival_collector").get(f"/v1/lookups/{given.json['lookup']}").status_code == 404

    path = f"/v1/lookups/{given.json['lookup']}/outcomes"
    report = {"outcome": "will-relay", "at": stamp(demo.bench.clock.now()), "agent": demo.card["agent"]}
    assert demo.using("collector").post(path, report).json["code"] == "idempotency-key-missing"
    told = demo.using("collector").post(path, report, idempotency_key="outcome-1")
    assert (told.status_code, set(told.json)) == (201, {"outcome", "log_index", "proof"})
    assert demo.using("rival_collector").post(path, report, idempotency_key="outcome-1").status_code == 404
    late = {**report, "at": stamp(demo.bench.clock.now() + HOUR)}
    assert demo.using("collector").post(path, late, idempotency_key="outcome-2").status_code == 422


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_refusals_are_201_with_state_missing_and_next(demo: Demo, name: str) -> None:
    demo.bench.settle()
    answer = demo.using("collector").post("/v1/lookups", demo.lookup(name), idempotency_key=f"deny-{name}")
    assert answer.status_code == 201
    assert (answer.json["verdict"], answer.json["state"]) == EXPECTED[name], answer.text
    assert {"missing", "channels", "next", "log_index", "proof"} <= set(answer.json)


def test_unknown_and_another_agencys_account_are_answered_alike(demo: Demo) -> None:
    demo.bench.settle()
    placed_elsewhere = demo.using("rival_collector").post(
        "/v1/lookups", demo.lookup("reachable"), idempotency_key="r-1")
    unknown = demo.using("rival_collector").post(
        "/v1/lookups", {**demo.lookup("reachable"), "account": "f" * 32}, idempotency_key="r-2")
    own = ("lookup", "log_index", "proof")
    bodies = [{name: value for name, value in one.json.items() if name not in own}
              for one in (placed_elsewhere, unknown)]
    assert bodies[0] == bodies[1]
    assert (bodies[0]["state"], bodies[0]["channels"]) == ("not-eligible", [])
    account = demo.person("reachable")["account"]
    missing = [demo.using("rival_collector").get(f"/v1/accounts/{id_}") for id_ in (account, "f" * 32)]
    assert [one.status_code for one in missing] == [404, 404]
    assert missing[0].json == missing[1].json


def test_a_lookup_reads_once_and_writes_nothing_in_the_web_database(world: World) -> None:
    account = world.someone()["account"]
    world.collector.get(f"/v1/accounts/{account}")  # the token is remembered from here on
    with world.app.app_context():
        used = world.app.extensions["sqlalchemy"].engines[None]
    with statements(used) as seen:
        world.collector.post("/v1/lookups", world.lookup(account), idempotency_key="quiet-1")
    assert [one.split(maxsplit=1)[0] for one in seen] == ["SELECT"]


def test_an_old_callback_that_could_count_stops_openings_and_one_that_cannot_does_not(demo: Demo) -> None:
    demo.bench.settle()
    store, clock = demo.bench.store, demo.bench.clock

    def state(key: str) -> str:
        answer = demo.using("collector").post("/v1/lookups", demo.lookup("on-hold"), idempotency_key=key)
        found: str = answer.json["state"]
        return found

    store.put_callback("c1", "demo-dialler", clock.wall() - 6_000, "sealed", counts=False, most=500)
    assert state("inbox-1") == "paused"
    store.put_callback("c2", "demo-dialler", clock.wall() - 4_000, "sealed", counts=True, most=500)
    assert state("inbox-2") == "paused"
    store.put_callback("c3", "demo-dialler", clock.wall() - 6_000, "sealed", counts=True, most=500)
    assert state("inbox-3") == "unavailable"
    for item in ("c1", "c2", "c3"):
        store.delete_inbox(item)


def test_a_notice_is_asked_for_once_a_day(world: World) -> None:
    account = world.someone()["account"]
    path = f"/v1/accounts/{account}/notices"
    assert world.collector.post(path).json["code"] == "idempotency-key-missing"
    first = world.collector.post(path, idempotency_key="n-1")
    assert (first.status_code, set(first.json)) == (201, {"notice", "log_index", "proof"})
    assert world.collector.post(path, idempotency_key="n-1").json["notice"] == first.json["notice"]
    again = world.lender.post(path, idempotency_key="n-2")
    assert (again.status_code, again.json["code"]) == (409, "notice-today")
    assert world.using("rival_collector").post(path, idempotency_key="n-3").status_code == 404


@pytest.mark.parametrize("changes", [
    {"about": "neighbour"}, {"purpose": "gossip"}, {"mode": "drone"}, {"agent": "7"},
    {"account": "x"}, {"continues": "0" * 32},
])
def test_an_ill_lookup_is_422_and_no_entry(world: World, changes: dict[str, Any]) -> None:
    size = world.bench.vault.call("status", {})["size"]
    answer = world.collector.post("/v1/lookups", {**world.lookup("0" * 32), **changes}, idempotency_key="ill-1")
    assert answer.status_code == 422
    assert world.bench.vault.call("status", {})["size"] == size
