"""Complaints, ratings, alarms, holds and staff's passkeys as a program asks for them."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any

import pytest

from registry import officer
from registry.demo.acts import PROVIDER
from registry.demo.provider import Attempt, signed
from registry.model.entries import ACT_CONTEXT
from registry.model.ids import new_id
from registry.model.times import DAY, date_of, parse_stamp
from tests.officer.desk import Officer, kinds, size
from tests.web.world import As, World


def file(world: World, who: str = "lender", **changes: Any) -> Any:
    person = world.someone()
    body = {"from": "borrower", "borrower": person["borrower"], "about": "lender", "text": "words", **changes}
    return world.using(who).post("/v1/complaints", body)


def test_a_complaint_is_listed_with_its_deadline_and_never_with_its_words(world: World) -> None:
    ident = file(world, text="invented words").json["complaint"]
    listed = world.officer.get("/v1/complaints?state=open&limit=200")
    (found,) = [one for one in listed.json["items"] if one["complaint"] == ident]
    assert parse_stamp(found["deadline"]) == parse_stamp(found["filed_at"]) + 15 * DAY
    assert (found["overdue"], found["has_text"], found["from"]) == (False, True, "borrower")
    assert "invented words" not in listed.text


def test_one_complaint_is_opened_with_its_words_after_an_entry_that_says_so(world: World) -> None:
    ident = file(world, text="invented words").json["complaint"]
    before = size(world)
    assert world.officer.get(f"/v1/complaints/{ident}").json["text"] == "invented words"
    assert kinds(world, before) == ["viewed/2"]
    seen = world.bench.vault.call("entry", {"index": before})["entry"]
    assert (seen["by"]["id"], seen["body"]) == (world.made["officer"].id, {"what": "complaint", "about": ident})


def test_an_officer_takes_one_down_too_and_no_other_lender_does(world: World) -> None:
    assert file(world, "officer").status_code == 201
    stranger = world.token("lender", new_id(lambda count: bytes(range(count))))
    person = world.someone()
    body = {"from": "borrower", "borrower": person["borrower"], "about": "lender", "text": "words"}
    assert As(world.app.test_client(), stranger).post("/v1/complaints", body).status_code == 404
    assert world.collector.post("/v1/complaints", body).status_code == 403


def test_a_complaint_is_settled_and_paid_in_two_steps_each(world: World) -> None:
    ident = file(world).json["complaint"]
    path = f"/v1/complaints/{ident}"
    early = world.officer.post(f"{path}/payment?draft=1", {"paid_on": "2026-09-21"})
    assert (early.status_code, early.json["code"]) == (409, "remedy-not-due")
    body = {"verdict": "upheld", "remedy": "compensation", "amount_minor": 20_000, "currency": "CNY", "note": "why"}
    settled = world.done(f"{path}/settlement", body)
    assert (settled.status_code, settled.json["remedy"]) == (201, "compensation"), settled.text
    again = world.officer.post(f"{path}/settlement?draft=1", body)
    assert (again.status_code, again.json["code"]) == (409, "complaint-settled")
    paid_on = date_of(world.clock.now() // DAY)
    assert world.done(f"{path}/payment", {"paid_on": paid_on}).json["paid_on"] == paid_on
    again = world.officer.post(f"{path}/payment?draft=1", {"paid_on": paid_on})
    assert (again.status_code, again.json["code"]) == (409, "remedy-paid")
    (found,) = [one for one in world.officer.get("/v1/complaints?state=settled&limit=200").json["items"]
                if one["complaint"] == ident]
    assert (found["verdict"], found["amount_minor"], found["paid_on"]) == ("upheld", 20_000, paid_on)
    assert found["officer"] == world.made["officer"].id


@pytest.mark.parametrize("body", [
    {"verdict": "upheld", "remedy": "compensation"}, {"verdict": "upheld", "remedy": "none", "amount_minor": 1},
    {"verdict": "upheld", "remedy": "compensation", "amount_minor": 0, "currency": "CNY"},
    {"verdict": "perhaps", "remedy": "none"}, {"verdict": "upheld", "remedy": "none", "extra": 1},
])
def test_a_settlement_of_another_shape_is_refused(world: World, body: dict[str, Any]) -> None:
    ident = file(world).json["complaint"]
    assert world.officer.post(f"/v1/complaints/{ident}/settlement?draft=1", body).status_code == 422


def test_an_agency_is_rated_in_two_steps(world: World) -> None:
    agency, lender = world.made["rival"].id, world.made["lender"].id
    path = f"/v1/agencies/{agency}/evaluations"
    body = {"lender": lender, "from": "2026-01-01", "until": "2026-06-30", "score": 40, "result": "insufficient",
            "licence": "LIC-3", "licence_until": "2027-01-01"}
    made = world.done(path, body)
    assert (made.status_code, made.json["score"]) == (201, 40), made.text
    assert world.officer.get(path).json["items"][-1]["licence"] == "LIC-3"
    assert world.officer.post(f"{path}?draft=1", {**body, "until": "2025-01-01"}).status_code == 422
    assert world.officer.post(f"/v1/agencies/{lender}/evaluations?draft=1", body).status_code == 404


def test_holds_of_everybody_are_listed_for_an_officer(world: World) -> None:
    person = world.someone()
    hold = world.lender.post(f"/v1/borrowers/{person['borrower']}/holds", {"type": "cease"}).json["hold"]
    assert hold in [one["hold"] for one in world.officer.get("/v1/holds?state=placed&limit=200").json["items"]]
    world.done(f"/v1/holds/{hold}/lift", {"note": "settled by an invented letter"})
    assert hold not in [one["hold"] for one in world.officer.get("/v1/holds?state=placed&limit=200").json["items"]]


def report(world: World, seq: int) -> None:
    """A signed report of an attempt under that number, settled."""
    at = world.clock.now()
    event = Attempt(new_id(os.urandom), seq, "voice", world.number(), {"status": "failed"}, at).event()
    headers, body = signed(event, world.secret, f"msg_{new_id(os.urandom)}", world.clock.wall())
    sent = world.app.test_client().post(f"/v1/attempts/{PROVIDER}", data=body, headers=headers)
    assert sent.status_code == 202
    world.settle()


def test_a_provider_that_contradicts_itself_raises_an_alarm_that_is_listed_and_shown(
    world: World, desk: Officer,
) -> None:
    before = world.officer.get("/v1/alarms").json["items"]
    for _ in range(2):
        report(world, 1)
    (found,) = [one for one in world.officer.get("/v1/alarms").json["items"] if one not in before]
    assert (found["alarm"], found["state"]) == ("attempt-sequence-conflict", "open")
    desk.get("/officer/alarms")
    assert "two different attempts under one number" in desk.page
    assert PROVIDER in desk.page


def test_a_draft_tells_a_passkey_what_to_sign_and_a_signature_by_one_has_all_its_parts(world: World) -> None:
    draft = world.officer.post("/v1/releases/resume?draft=1").json
    signed = base64.urlsafe_b64decode(draft["to_sign"] + "=" * (-len(draft["to_sign"]) % 4))
    message = ACT_CONTEXT + hashlib.sha256(signed).digest()
    challenge = base64.urlsafe_b64decode(draft["challenge"] + "=")
    assert challenge == hashlib.sha256(message).digest()
    whole = {"officer": "0" * 32, "alg": "webauthn", "passkey": "1" * 32, "client_data": "e30", "sig": "AA",
             "authenticator_data": "AA"}
    refused = world.officer.post("/v1/releases/resume", {"auth": [whole]})
    assert (refused.status_code, refused.json["code"]) == (403, "signature-invalid")
    for missing in ("passkey", "client_data", "authenticator_data"):
        part = {name: value for name, value in whole.items() if name != missing}
        assert world.officer.post("/v1/releases/resume", {"auth": [part]}).status_code == 422
    bare = officer.sign(draft, world.keys.officers[0])
    assert world.officer.post("/v1/releases/resume", {"auth": [{**bare, "passkey": "1" * 32}]}).status_code == 422


def test_the_packs_in_force_are_told_in_either_language(world: World) -> None:
    told = {language: world.officer.get(f"/v1/packs/in-force?language={language}").json for language in ("zh", "en")}
    assert [one["name"] for one in told["zh"]["packs"]][:2] == ["floor", "cn"]
    assert told["zh"]["packs"][0]["rows"][0]["sentence"].startswith("只有")
    assert told["en"]["packs"][0]["rows"][0]["sentence"].startswith("A third person")
    assert world.officer.get("/v1/packs/in-force?language=fr").status_code == 422
    assert world.lender.get("/v1/packs/in-force").status_code == 403
