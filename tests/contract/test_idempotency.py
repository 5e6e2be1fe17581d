"""The same key gives the same answer; another body is a conflict."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.contract.client import World, later

Step = dict[str, Any]


def test_the_four_posts_that_need_a_key_say_so_with_400(world: World) -> None:
    account = world.people["on-hold"]["account"]
    consent = _consent(world)
    for path, body, who in (
        ("/v1/lookups", world.request("on-hold"), "collector"),
        (f"/v1/lookups/{'0' * 32}/outcomes",
         {"outcome": "relayed", "at": later(world.now()), "agent": world.card["agent"]}, "collector"),
        (f"/v1/accounts/{account}/notices", {}, "collector"),
        ("/v1/consents", consent, "lender"),
    ):
        answer = world.ask("POST", path, body, who=who)
        assert (answer.status, answer.code) == (400, "idempotency-key-missing"), path


def _consent(world: World) -> Step:
    person = world.people["on-hold"]
    return {
        "giver": "borrower", "borrower": person["borrower"],
        "scope": {"purposes": [world.card["purpose"]], "modes": ["number"], "data": ["phone"],
                  "grantee": {"role": "entrusted"}, "max_uses": 1},
        "notice": {"id": "n-1", "version": "1", "language": "zh-CN", "sha256": "0" * 64}, "method": "app",
        "separate": True, "given_at": later(world.now()), "expires_at": later(world.now(), days=90)}


@pytest.mark.parametrize("key", ["a b", "a" * 65, "ä", "a/b"])
def test_a_key_is_1_to_64_of_a_closed_alphabet(world: World, key: str) -> None:
    answer = world.ask("POST", "/v1/lookups", world.request("on-hold"), who="collector",
                       headers={"Idempotency-Key": key.encode().decode("latin-1")})
    assert answer.status == 400


def test_a_repeated_deny_is_the_stored_deny_and_no_new_entry(world: World) -> None:
    key = secrets.token_hex(8)
    first = world.look("on-hold", key=key)
    size = world.ask("GET", "/readyz").json["size"]
    again = world.look("on-hold", key=key)
    assert (again.status, again.json) == (201, first.json)
    assert world.ask("GET", "/readyz").json["size"] == size


def test_the_same_key_with_another_body_is_a_conflict(world: World) -> None:
    key = secrets.token_hex(8)
    world.look("on-hold", key=key)
    conflict = world.look("on-hold", key=key, agent="agent-18")
    assert (conflict.status, conflict.code) == (409, "idempotency-conflict")


def test_another_client_may_use_the_same_key(world: World) -> None:
    key = secrets.token_hex(8)
    mine = world.look("on-hold", key=key).json
    theirs = world.look("on-hold", key=key, who="rival_collector").json
    assert mine["lookup"] != theirs["lookup"]


def test_a_repeated_permit_gives_the_number_again_and_says_so_in_the_log(world: World, permit: Step) -> None:
    before = world.ask("GET", "/readyz").json["size"]
    again = world.look("unreachable", key="the-permit")
    assert again.status == 201
    assert again.json["verdict"] == "permit"
    for name in ("lookup", "log_index", "expires_at", "obligations"):
        assert again.json[name] == permit[name]
    assert again.json["release"]["jwe"] != permit["release"]["jwe"]
    told = [row["entry"] for row in world.entries() if row["index"] >= before]
    assert [(entry["kind"], entry["body"]["lookup"]) for entry in told
            if entry["kind"].startswith("lookup-redelivered/")] == [("lookup-redelivered/1", permit["lookup"])]


def test_an_optional_key_works_on_other_writes(world: World) -> None:
    body = {"ref": secrets.token_hex(4), "name": {"given": "小明"}, "residence": "CN", "languages": ["zh-CN"],
            "channels": []}
    key = secrets.token_hex(8)
    first = world.ask("POST", "/v1/borrowers", body, who="lender", key=key)
    again = world.ask("POST", "/v1/borrowers", body, who="lender", key=key)
    assert first.status == again.status == 201
    assert first.json["borrower"] == again.json["borrower"]
    other = world.ask("POST", "/v1/borrowers", {**body, "ref": "another"}, who="lender", key=key)
    assert (other.status, other.code) == (409, "idempotency-conflict")
