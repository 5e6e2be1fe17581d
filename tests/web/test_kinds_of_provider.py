"""Every kind of provider over HTTP: registered or refused with words, told whether it counts, carried on."""

from __future__ import annotations

import base64
import json
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

import pytest

from registry.courier.providers import twilio
from registry.model.providers import KINDS
from registry.model.times import MINUTE, SECOND, stamp
from registry.shipped import shipped_outcomes
from tests.courier.providers.test_cdr import csv_of
from tests.courier.providers.test_twilio import CALL, SECRET, content_of, ended
from tests.courier.world import signed
from tests.web.world import URL, World

SHARED = "whsec_" + base64.b64encode(bytes(range(24))).decode()
KEY = "A" * 43


def draft(world: World, **body: str) -> Any:
    return world.officer.post("/v1/providers?draft=1", {"name": "their-account", "owner": "registry", **body})


def first_error(answer: Any) -> tuple[int, str]:
    found = answer.json.get("errors") or [{}]
    return answer.status_code, found[0].get("pointer", "")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_refuses_a_credential_that_cannot_be_its_own_unrepeated(world: World, kind: str) -> None:
    for member, wrong in (("secret", "not-a-credential-of-any-kind"), ("public_key", "bm90LWEta2V5")):
        answer = draft(world, kind=kind, **{member: wrong})
        assert first_error(answer)[0] == 422
        assert first_error(answer)[1] in ("/secret", "/public_key")
        assert wrong not in answer.get_data(as_text=True)


def test_a_provider_shows_its_kind_its_grade_and_its_state(world: World) -> None:
    for kind, given, grade in (("twilio-voice", {"secret": SECRET}, "B"), ("cdr", {"secret": SHARED}, "B"),
                               ("cdr", {"public_key": KEY}, "A")):
        name = f"p-{kind}-{grade.lower()}"
        done = world.done("/v1/providers", {"name": name, "kind": kind, "owner": "registry", **given})
        assert (done.status_code, done.json["grade"]) == (201, grade)
        world.settle()
        status = world.officer.get(f"/v1/providers/{name}").json
        assert {one: status[one] for one in ("kind", "grade", "owner", "waiting", "gaps", "refused", "next_seq")} == {
            "kind": kind, "grade": grade, "owner": "registry", "waiting": 0, "gaps": [], "refused": [], "next_seq": 1}


def send(world: World, name: str, data: bytes, headers: dict[str, str], rest: str = "") -> Any:
    return world.app.test_client().post(f"/v1/attempts/{name}{rest}", data=data, headers=headers)


def file_of(world: World, number: str, ident: str = "file-1") -> tuple[bytes, dict[str, str]]:
    body = csv_of(
        {"attempt_id": "a", "seq": 1, "direction": "outbound", "to": number, "from": "+8610000009999", "q850": 19,
         "began_at": stamp(world.clock.now() - MINUTE), "ring_seconds": 30},
        {"attempt_id": "b", "seq": 2, "direction": "outbound", "to": "nobody", "from": "+8610000009999", "sip": "x"})
    return body, {**signed(ident, world.clock.wall() // SECOND, body, SHARED), "Content-Type": "text/csv"}


def test_a_file_is_taken_at_its_own_address_and_its_bad_rows_are_named(world: World) -> None:
    world.done("/v1/providers", {"name": "switch", "kind": "cdr", "owner": "registry", "secret": SHARED})
    world.settle()
    person = world.borrower()
    world.lender.post("/v1/borrowers", person)
    data, headers = file_of(world, person["channels"][0]["value"])
    assert send(world, "switch", data, headers).status_code == 409
    taken = send(world, "switch", data, headers, "/batch")
    assert (taken.status_code, taken.json) == (202, {})
    world.settle()
    status = world.officer.get("/v1/providers/switch").json
    assert (status["refused"], status["next_seq"]) == (
        [{"webhook_id": "file-1", "why": "row-malformed", "rows": [2]}], 2)
    mismatched = send(world, "demo-dialler", b"{}", {}, "/batch")
    assert (mismatched.status_code, mismatched.json["code"]) == (409, "batch-mismatch")
    assert send(world, "switch", b"x" * (256 * 1024 + 1), {}, "/batch").status_code == 413
    assert send(world, "nobody", b"x", {}, "/batch").status_code == 404


def test_an_account_that_the_agency_owns_never_counts_and_is_told_so(world: World) -> None:
    told = {"counts": False, "why": "owner-agency"}
    world.done("/v1/providers", {"name": "their-switch", "kind": "cdr", "owner": "agency", "secret": SHARED})
    world.done("/v1/providers", {"name": "their-voice", "kind": "twilio-voice", "owner": "agency", "secret": SECRET})
    cloud = json.dumps({"token": "t" * 32, "access_key_id": "k", "access_key_secret": "s"})
    world.done("/v1/providers", {"name": "cloud", "kind": "aliyun-sms", "owner": "agency", "secret": cloud})
    world.settle()
    data, headers = file_of(world, "+8610000000001")
    assert send(world, "their-switch", data, headers, "/batch").json == told
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert send(world, "their-voice", b"CallStatus=busy", form).json == told
    answer = send(world, "cloud", b"[]", {"Content-Type": "application/json"})
    assert (answer.status_code, {name: answer.json[name] for name in told}) == (200, told)


def test_a_form_of_twilios_is_verified_over_the_address_as_it_was_called(world: World) -> None:
    world.done("/v1/providers", {"name": "voice", "kind": "twilio-voice", "owner": "registry", "secret": SECRET})
    world.settle()
    person = world.borrower()
    world.lender.post("/v1/borrowers", person)
    key = twilio.secret(SECRET)
    at = world.clock.now() // SECOND

    def post(path: str, called: str, seconds: int, status: str) -> None:
        form = ended(status, To=person["channels"][0]["value"], Called="", CallSid=CALL,
                     Timestamp=formatdate(at + seconds).replace("-0000", "+0000"))
        signature = key.sign(content_of(f"{URL}/v1/attempts/{called}", form))
        answer = world.app.test_client().post(
            f"/v1/attempts/{path}", data=urlencode(form),
            headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 202

    post("voice?leg=a%20b", "voice?leg=a%20b", -40, "ringing")
    post("voice", "voice?leg=1", -1, "no-answer")
    post("voice", "voice", -5, "no-answer")
    world.settle()
    assert [one["why"] for one in world.officer.get("/v1/providers/voice").json["refused"]] == ["signature-invalid"]
    log, table = world.bench.vault.desk.log, shipped_outcomes("twilio-voice").value()
    entries = [one.body for one in (log.entry(index) for index in range(log.size)) if one is not None]
    [entry] = [one for one in entries if one.get("table") == table]
    assert (entry["ring_seconds"], entry["grade"]) == (35, "B")
