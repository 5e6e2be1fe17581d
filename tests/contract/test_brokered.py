"""A brokered call and a visit over HTTP, against real processes and telephones that really ring (ADR 28)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.contract import story
from tests.contract.client import Answer, World, served, until
from tests.promises.canaries import Scanner, files_of
from tests.seeded import seeded_world
from tests.system.world import copy

Step = dict[str, Any]
CALLER = "+8610000005432"
WHO = "unreachable"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("brokered") / "data")) as up:
        yield up


def call(world: World) -> Answer:
    return world.look(WHO, mode="call", caller=CALLER)


def approve(world: World, approval: str, officer: int = 0) -> None:
    body = {"approval": approval, "verdict": "approve"}
    draft = world.ask("POST", "/v1/approvals?draft=1", body, who="officer").json
    done = world.ask("POST", "/v1/approvals", {**body, "auth": [story.sign(world, officer, draft["to_sign"])]},
                     who="officer")
    assert done.status == 201, done.body


def state(world: World, lookup: str) -> Step:
    return dict(world.ask("GET", f"/v1/lookups/{lookup}", who="collector").json["call"])


def dial(world: World, number: str, **more: Any) -> Answer:
    return world.ask("POST", "/v1/demo/calls", {"from": CALLER, "to": number, "outcome": "talked", **more},
                     who="collector")


@pytest.fixture(scope="module")
def bound(world: World) -> Step:
    """The permit of a call, once the bridge connects."""
    approve(world, call(world).json["approval"])
    permit = call(world).json
    until(lambda: state(world, permit["lookup"])["state"] == "bound", "the bridge to connect")
    return {"permit": permit, **state(world, permit["lookup"])}


def test_the_answer_is_queued_and_seconds_later_there_is_a_number_to_dial(world: World, bound: Step) -> None:
    assert bound["permit"]["call"] == {"id": bound["permit"]["lookup"], "state": "queued"}
    assert "release" not in bound["permit"]
    assert bound["number"] not in (CALLER, world.people[WHO]["contact_number"])


def test_the_call_its_record_and_a_stop_on_it_are_an_objection(world: World, bound: Step) -> None:
    lookup = bound["permit"]["lookup"]
    assert dial(world, "+8617000009999").status == 404
    assert dial(world, bound["number"], seconds=42, said="拒收").status == 200
    until(lambda: state(world, lookup)["state"] == "over", "the connection to end")
    [record] = state(world, lookup)["calls"]
    assert (record["talk_seconds"], record["outcome"]) == (42, "talked")
    assert dial(world, bound["number"]).status == 404
    again = world.look(WHO).json
    assert (again["state"], again["missing"]) == ("not-eligible", [])
    view = world.ask("GET", f"/v1/audit/lookups/{again['lookup']}", who="auditor").json
    assert {"contact-objected", "line-cap"} <= set(view["reasons"])


def test_borrower_and_contact_are_told_that_nobody_got_the_number(world: World, bound: Step) -> None:
    to = world.people[WHO]["contact_number"]
    told = until(lambda: [one for one in world.outbox(to) if one["template"] == "use-contact"], "the contact to hear")
    assert "中介号码" in told[-1]["text"]


def test_neither_number_is_kept_in_clear_by_web_tier_vault_or_courier(world: World, bound: Step) -> None:
    scanner = Scanner([world.people[WHO]["contact_number"], CALLER], [])
    for folder in ("web", "vault", "courier"):
        for name, data in files_of(world.data / folder).items():
            assert not scanner.hits(data), f"{folder}: {name}"


def test_a_call_without_a_line_is_a_request_to_be_mended(world: World) -> None:
    answer = world.look(WHO, mode="call").json
    assert (answer["state"], answer["missing"]) == ("fix-request", [{"code": "mode-not-allowed"}])
    assert world.look(WHO, mode="number", caller=CALLER).status == 422
    assert world.look(WHO, mode="call", caller="nobody").status in (400, 422)


def test_a_visit_goes_from_two_officers_of_two_roles_to_the_door(world: World) -> None:
    account = late(world)
    visit = {"account": account, "about": "visit", "purpose": "contact-borrower", "mode": "number",
             "agent": world.card["agent"], "visitors": ["agent-17", "agent-18"]}
    asked = world.ask("POST", "/v1/lookups", visit, who="collector", key=True).json
    assert asked["missing"] == [{"code": "approval-missing", "have": 0, "need": 2}]
    role = {"officer": world.card["officers"][1]["id"], "role": "operations"}
    draft = world.ask("POST", "/v1/officers/roles?draft=1", role, who="officer").json
    auth = [story.sign(world, one, draft["to_sign"]) for one in (0, 1)]
    assert world.ask("POST", "/v1/officers/roles", {**role, "auth": auth}, who="officer").status == 201
    for officer in (0, 1):
        approve(world, asked["approval"], officer)
    permit = world.ask("POST", "/v1/lookups", visit, who="collector", key=True).json
    assert (permit["verdict"], permit["obligations"]["visit_between"]) == ("permit", ["09:00", "18:00"])
    assert "示例路" not in json.dumps(permit, ensure_ascii=False)
    outcome = {"outcome": "not-home", "at": world.now().isoformat(), "agent": "agent-17"}
    done = world.ask("POST", f"/v1/lookups/{permit['lookup']}/outcomes", outcome, who="collector", key=True)
    assert done.status == 201, done.body


def late(world: World) -> str:
    """The account of somebody 120 days past due, whose address the lender knows."""
    today = world.now().date()

    def day(days: int) -> str:
        return (today + timedelta(days=days)).isoformat()

    borrower = world.ask("POST", "/v1/borrowers", {
        "ref": "late", "name": {"given": "小晚"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": "post", "value": "示例市示例路18号", "use": "personal"}],
    }, who="lender").json["borrower"]
    account = world.ask("POST", "/v1/accounts", {
        "ref": "late", "borrower": borrower, "liability": "principal", "due_since": day(-120), "balance_minor": 5,
        "currency": "CNY", "limitation_until": day(900), "state": "open", "as_of": day(0),
    }, who="lender").json["account"]
    world.ask("POST", f"/v1/accounts/{account}/placements", {
        "agency": world.card["parties"]["agency"], "from": day(-1), "until": day(300)}, who="lender")
    world.feed()
    return str(account)
