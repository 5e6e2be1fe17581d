"""Callbacks: committed encrypted, 202, and what is refused at the door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from registry.demo.provider import Attempt, signed
from registry.model.times import SECOND
from registry.usecases.callbacks import MOST_WAITING
from tests.databases import everything_in
from tests.web.world import World

CANARY = "+8610000008888"


def post(world: World, headers: dict[str, str], data: bytes, name: str = "demo-dialler") -> TestResponse:
    return world.app.test_client().post(f"/v1/attempts/{name}", data=data, headers=headers)


def event(world: World, to: str, seq: int, **changes: Any) -> tuple[dict[str, str], bytes]:
    attempt = Attempt(f"at-{seq}", seq, "voice", to, {"q850": 19}, world.clock.now() - 40 * SECOND, 30)
    return signed(attempt.event(), changes.get("secret", world.secret), f"msg_{seq}", world.clock.wall())


def test_a_report_is_committed_sealed_and_then_an_entry(world: World) -> None:
    body = world.borrower()
    world.lender.post("/v1/borrowers", body)
    headers, data = event(world, body["channels"][0]["value"], 1)
    answer = post(world, headers, data)
    assert (answer.status_code, answer.json) == (202, {})
    (item,) = world.bench.store.oldest_inbox(10)
    assert item.provider == "demo-dialler"
    assert body["channels"][0]["value"] not in item.jwe
    assert world.lender.get("/v1/providers/demo-dialler").json["waiting"] == 1
    world.settle()
    assert world.bench.store.oldest_inbox(10) == []
    status = world.officer.get("/v1/providers/demo-dialler").json
    assert (status["next_seq"], status["waiting"], status["refused"]) == (2, 0, [])


def test_a_bad_signature_is_202_too_and_shows_in_the_status(world: World) -> None:
    headers, data = event(world, CANARY, 77, secret="whsec_" + "QUJD" * 8)
    assert post(world, headers, data).status_code == 202
    world.settle()
    refused = world.officer.get("/v1/providers/demo-dialler").json["refused"]
    assert refused[-1]["webhook_id"] == "msg_77"


def test_an_unknown_provider_is_404_and_stores_nothing(world: World) -> None:
    for name in ("nobody", "Nobody", "a" * 65, "..%2f"):
        answer = post(world, {"webhook-id": "m"}, b"{}", name)
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert world.bench.store.oldest_inbox(1) == []


def test_a_body_over_64_kib_is_413_and_one_of_64_is_taken(world: World) -> None:
    assert post(world, {"webhook-id": "m"}, b" " * (64 * 1024 + 1)).status_code == 413
    assert post(world, {"webhook-id": "m"}, b" " * 64 * 1024).status_code == 202
    world.settle()


def test_more_than_500_waiting_for_one_provider_is_429_and_nothing_promised(world: World) -> None:
    store = world.bench.store
    for place in range(MOST_WAITING):
        assert store.put_callback(f"w{place}", "demo-dialler", world.clock.wall(), "sealed", counts=False, most=500)
    answer = post(world, {"webhook-id": "m"}, b"{}")
    assert (answer.status_code, answer.json["code"]) == (429, "too-many-waiting")
    assert int(answer.headers["Retry-After"]) >= 1
    assert store.waiting("demo-dialler") == MOST_WAITING
    for place in range(MOST_WAITING):
        store.delete_inbox(f"w{place}")


def test_a_provider_owned_by_an_agency_is_told_that_it_cannot_count(world: World) -> None:
    body = {"name": "own-dialler", "kind": "neutral", "owner": "agency", "owner_party": world.made["agency"].id,
            "secret": world.secret}
    assert world.done("/v1/providers", body).status_code == 201
    answer = post(world, {"webhook-id": "m"}, b"{}", "own-dialler")
    assert (answer.status_code, answer.json) == (202, {"counts": False, "why": "owner-agency"})
    assert world.bench.store.offered("0" * 32, "contact")[1] is None, "it must not be able to stop openings"
    world.settle()


@pytest.mark.parametrize("data", [b"\x00\xff", json.dumps({"to": CANARY}).encode(), b""])
def test_any_bytes_are_taken_and_none_is_stored_in_clear(world: World, data: bytes) -> None:
    assert post(world, {"webhook-id": "m", "x-secret": CANARY}, data).status_code == 202
    path = world.app.config["SQLALCHEMY_DATABASE_URI"]
    assert CANARY not in everything_in(path)
    world.settle()


def test_a_gap_is_accepted_by_signature(world: World) -> None:
    path, gap = "/v1/providers/demo-dialler", {"from_seq": 1, "through_seq": 2}
    assert world.done(f"{path}/gaps", gap).status_code == 422, "there is no gap before a later number has arrived"
    post(world, *event(world, CANARY, 3))
    world.settle()
    done = world.done(f"{path}/gaps", gap)
    assert (done.status_code, done.json["through_seq"]) == (201, 2)
    unknown = world.officer.post("/v1/providers/nobody/gaps?draft=1", gap)
    assert unknown.status_code == 404
