"""Telnyx over HTTP: registered by its key, its own two headers carried through, its calls in the log and replayed."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.audit.replay import replay
from registry.courier.providers.telnyx import content_of
from registry.jose import b64url
from registry.model.times import MINUTE, SECOND, stamp
from registry.shipped import outcome_tables, shipped_outcomes
from tests.web.world import World

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BODY = {"name": "telnyx-voice", "kind": "telnyx", "owner": "registry",
        "public_key": b64url(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}


def post(world: World, payload: dict[str, Any], ident: str, key: Ed25519PrivateKey = KEY) -> int:
    """A call as Telnyx posts it."""
    now = world.clock.now()
    body = json.dumps({"data": {
        "record_type": "event", "event_type": "call.hangup", "id": ident, "occurred_at": stamp(now), "payload": {
            "call_control_id": f"v3:{ident}", "from": "+8610000009999", "start_time": stamp(now - MINUTE),
            "state": "hangup", "hangup_source": "unknown", **payload,
        }}}).encode()
    timestamp = str(world.clock.wall() // SECOND)
    signature = base64.b64encode(key.sign(content_of(timestamp, body))).decode()
    headers = {"Telnyx-Timestamp": timestamp, "Telnyx-Signature-Ed25519": signature}
    answer = world.app.test_client().post("/v1/attempts/telnyx-voice", data=body, headers=headers)
    assert answer.json == {}
    return answer.status_code


def test_telnyx_is_registered_by_its_public_key_alone(world: World) -> None:
    secret = {name: value for name, value in BODY.items() if name != "public_key"} | {"secret": world.secret}
    refused = world.officer.post("/v1/providers?draft=1", secret)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json["errors"]] == ["/public_key"]
    assert world.officer.post("/v1/providers?draft=1", {**BODY, "kind": "pigeon"}).status_code == 422


def test_a_call_reported_by_telnyx_is_an_entry_of_grade_a_and_replays(world: World) -> None:
    done = world.done("/v1/providers", BODY)
    assert (done.status_code, done.json["grade"]) == (201, "A")
    world.settle()
    person = world.borrower()
    world.lender.post("/v1/borrowers", person)
    number = person["channels"][0]["value"]
    told = {"to": number, "hangup_cause": "call_rejected", "hangup_source": "callee", "sip_hangup_cause": "603"}
    assert post(world, told, "one") == 202
    assert post(world, {"to": number, "hangup_cause": "no_answer"}, "two") == 202
    assert post(world, told, "three", Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))) == 202
    world.settle()
    status = world.officer.get("/v1/providers/telnyx-voice").json
    assert (status["kind"], status["grade"], status["next_seq"], status["gaps"]) == ("telnyx", "A", 3, [])
    assert status["refused"] == [{"webhook_id": "", "why": "signature-invalid"}]
    log = world.bench.vault.desk.log
    entries = [log.entry(index) for index in range(log.size)]
    table = shipped_outcomes("telnyx").value()
    told = [one.body["class"] for one in entries
            if one is not None and one.kind == "attempt-recorded/2" and one.body["table"] == table]
    assert told == ["declined", "no-answer"]
    leaves = [leaf for _, leaf in log.leaves(0, log.size)]
    report = replay(leaves, *outcome_tables())
    assert report.ok, str(report)
    assert not replay(leaves, shipped_outcomes()).ok, "an auditor without Telnyx's table cannot agree"
