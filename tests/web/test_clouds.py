"""Providers that sign nothing, over HTTP: the token in the address gets to the courier, and the answer is theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.model.times import SECOND
from registry.shipped import outcome_tables
from tests.courier.providers import test_aliyun, test_tencent, test_vonage
from tests.courier.providers.desk import TOKEN, body_of
from tests.courier.providers.test_huawei import written
from tests.web.world import World


def registered(world: World, kind: str, secret: str) -> str:
    """A provider of that kind, and a borrower's number to be called."""
    body = {"name": kind, "kind": kind, "owner": "registry", "secret": secret}
    assert world.done("/v1/providers", body).status_code == 201
    world.settle()
    person = world.borrower()
    world.lender.post("/v1/borrowers", person)
    return str(person["channels"][0]["value"])


def send(world: World, kind: str, told: object, rest: str = "", **headers: str) -> Any:
    return world.app.test_client().post(f"/v1/attempts/{kind}{rest}", data=body_of(told), headers=headers)


def logged(world: World, kind: str) -> list[tuple[str, str]]:
    """Class and grade of each attempt that a kind told, in a log that replays."""
    world.settle()
    log = world.bench.vault.desk.log
    assert replay([leaf for _, leaf in log.leaves(0, log.size)], *outcome_tables()).ok
    entries = [log.entry(index) for index in range(log.size)]
    return [(one.body["class"], one.body["grade"])
            for one in entries
            if one is not None and one.kind == "attempt-recorded/2" and one.body["table"]["name"] == kind]


@pytest.mark.parametrize(("kind", "secret", "arrived"), [
    ("aliyun-vms", test_aliyun.VOICE_SECRET, {"code": 0, "msg": "OK"}),
    ("tencent-voice", test_tencent.VOICE_SECRET, {"result": 0, "errmsg": "OK"}),
])
def test_a_refused_call_comes_in_by_its_token_and_is_answered_as_the_provider_expects(
    world: World, kind: str, secret: str, arrived: dict[str, Any],
) -> None:
    number = registered(world, kind, secret).removeprefix("+86")
    at = world.clock.now()
    told: Any = [test_aliyun.call("200111", callee=number, originate_time=written(at - 60 * SECOND, 8))]
    if kind == "tencent-voice":
        told = test_tencent.status("0", mobile=number, start_calltime=str(at // SECOND - 60),
                                   end_calltime=str(at // SECOND))
    for rest in ("", f"?token={TOKEN[:-1]}"):
        assert send(world, kind, told, rest).status_code == 200, "whether it counts is never in the answer"
    answer = send(world, kind, told, f"?token={TOKEN}")
    assert (answer.status_code, json.loads(answer.data)) == (200, arrived)
    assert logged(world, kind) == [("declined" if kind == "aliyun-vms" else "reached-person", "C")]
    assert [one["why"] for one in world.officer.get(f"/v1/providers/{kind}").json["refused"]] == ["signature-invalid"]


def test_the_bearer_token_of_vonage_gets_to_the_courier_and_opens_nothing_here(world: World) -> None:
    number = registered(world, "vonage", test_vonage.GIVEN)
    told = test_vonage.event("rejected", world.clock.now(), to=number.removeprefix("+"))
    signed = test_vonage.callback(body_of(told), world.clock.wall()).headers["authorization"]
    assert send(world, "vonage", told, authorization=signed).status_code == 202
    assert world.app.test_client().get("/v1/providers", headers={"authorization": signed}).status_code == 401
    assert logged(world, "vonage") == [("declined", "B")]
