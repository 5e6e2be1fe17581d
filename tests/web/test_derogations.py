"""Derogations over HTTP: drawn up by an officer, signed by two, read by officers and auditors, named by decisions."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.times import DAY, stamp
from tests.web.world import World


def body(world: World, **changes: Any) -> dict[str, Any]:
    at = world.clock.now()
    scope = {} if "lender" in changes else {"pack": "cn"}
    return {"parameter": "borrower.max_dials_7d", "value": "9", **scope, "effective_from": stamp(at),
            "until": stamp(at + 30 * DAY), "reason": "A pilot that the regulator asked for.", **changes}


def test_two_officers_grant_one_and_everybody_who_may_reads_it(world: World) -> None:
    asked = body(world)
    draft = world.officer.post("/v1/derogations?draft=1", asked)
    assert draft.status_code == 200
    entry = draft.json["entry"]["body"]
    assert entry["value"] == "9"
    assert "pilot" not in str(entry)
    done = world.done("/v1/derogations", asked, officers=2)
    assert done.status_code == 201
    for reader in (world.officer, world.auditor):
        *_, found = reader.get("/v1/derogations").json["derogations"]
        assert (found["derogation"], found["state"], found["pack"]) == (done.json["derogation"], "in-force", "cn")
        assert found["sentence"] == "The borrower is dialled at most 9 times on seven local days in a row."
        assert found["instead_of"] == "The borrower is dialled at most 7 times on seven local days in a row."
    assert world.collector.get("/v1/derogations").status_code == 403
    world.clock.move_to(world.clock.now() + 31 * DAY)
    *_, found = world.officer.get("/v1/derogations").json["derogations"]
    assert found["state"] == "expired"


@pytest.mark.parametrize(("changes", "officers", "status", "code"), [
    ({}, 1, 403, "second-signature"),
    ({"parameter": "consent.contact_assurance", "value": '"recorded"'}, 2, 422, "derogation-forbidden"),
    ({"parameter": "contact.stop_on_refusal", "value": "false"}, 2, 422, "derogation-forbidden"),
    ({"parameter": "line.cooldown_days", "value": "30"}, 2, 422, "derogation-forbidden"),
    ({"parameter": "visit.approvals", "value": "0"}, 2, 422, "derogation-forbidden"),
    ({"value": "15"}, 2, 422, "derogation-forbidden"),
    ({"value": "7"}, 2, 422, "derogation-idle"),
    ({"parameter": "account.min_days_past_due", "value": "20"}, 2, 422, "derogation-idle"),  # China says 60
    ({"pack": "zz"}, 2, 422, "malformed"),
    ({"lender": "0" * 32}, 2, 422, "party-unknown"),
    ({"lender": "0" * 32, "pack": "cn"}, 2, 422, "malformed"),
    ({"value": "a word"}, 2, 422, "malformed"),
    ({"until": "2020-01-01T00:00:00.000Z"}, 2, 422, "malformed"),
    ({"until": "2099-01-01T00:00:00.000Z"}, 2, 422, "malformed"),
    ({"parameter": "no.such"}, 2, 422, "derogation-forbidden"),
])
def test_what_is_no_derogation_is_refused_with_its_reason_before_two_have_signed(
    world: World, changes: dict[str, Any], officers: int, status: int, code: str,
) -> None:
    before = world.officer.get("/v1/derogations").json["derogations"]
    asked = body(world, **changes)
    answer = world.officer.post("/v1/derogations?draft=1", asked)
    if officers == 1:
        answer = world.officer.post("/v1/derogations", asked | {"auth": world.vouched(answer.json, 1)})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert world.officer.get("/v1/derogations").json["derogations"] == before


def test_no_more_than_four_are_granted_at_once(world: World) -> None:
    loosened = {"borrower.max_dials_7d": "9", "borrower.max_dials_per_number_day": "4",
                "borrower.max_conversations_day": "2", "hours.borrower": '["08:00", "22:00"]'}
    codes = [world.done("/v1/derogations", body(world, parameter=name, value=value), officers=2).status_code
             for name, value in loosened.items()]
    beside = body(world, parameter="unreachable.max_staleness_days", value="20", pack="us")
    codes.append(world.officer.post("/v1/derogations?draft=1", beside).status_code)
    assert codes == [201, 201, 201, 201, 409]


@pytest.mark.parametrize("wrong", [
    {"value": None}, {"value": 48}, {"value": ""}, {"value": "x" * 201}, {"reason": ""}, {"parameter": "No Such"},
])
def test_a_body_of_another_shape_is_refused_before_anything_is_drawn_up(world: World, wrong: dict[str, Any]) -> None:
    assert world.officer.post("/v1/derogations?draft=1", body(world, **wrong)).status_code == 422
