"""Provider webhooks, signed with the secret of demo.json."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

import pytest

from tests.contract.client import World, later, until
from tests.contract.story import sign

Event = dict[str, Any]
NAME = "on-hold"


def _event(world: World, seq: int, **data: Any) -> Event:
    person, now = world.people[NAME], later(world.now())
    voice = next(row["address"] for row in person["channels"] if row["medium"] == "voice")
    return {"type": "contact.attempt", "timestamp": now, "data": {
        "attempt_id": secrets.token_hex(8), "seq": seq, "account": person["account"], "medium": "voice",
        "direction": "outbound", "to": voice, "from": "+8610000009999", "cause": {"q850": 17},
        "began_at": now, **data}}


def _provider(world: World) -> Event:
    answer = world.ask("GET", f"/v1/providers/{world.card['provider']['name']}", who="officer")
    assert answer.status == 200
    return dict(answer.json)


def _settled(world: World, seq: int) -> Event:
    return dict(until(lambda: (seen := _provider(world))["next_seq"] == seq and seen, f"sequence number {seq}"))


def _refused(world: World, webhook: str) -> str:
    def why() -> str | None:
        return next((row["why"] for row in _provider(world)["refused"] if row["webhook_id"] == webhook), None)
    return str(until(why, "the refusal"))


def test_a_provider_shows_its_sequence_gaps_waiting_and_refused(world: World) -> None:
    shown = _provider(world)
    assert {"next_seq", "gaps", "waiting", "refused"} <= set(shown)
    assert shown["next_seq"] >= world.card["provider"]["next_seq"]
    path = f"/v1/providers/{world.card['provider']['name']}"
    assert world.ask("GET", path, who="lender").status == 200
    assert world.ask("GET", path, who="collector").code == "scope-missing"
    assert "secret" not in str(shown)


def test_a_good_event_is_taken_with_202_and_counted_once(world: World) -> None:
    seq = _provider(world)["next_seq"]
    event = _event(world, seq)
    began = time.monotonic()
    taken = world.hook(event, webhook_id="msg_once")
    assert time.monotonic() - began < 2
    assert taken.status == 202
    assert taken.headers["content-type"].startswith("application/json")
    _settled(world, seq + 1)
    size = len([row for row in world.entries() if row["entry"]["kind"] == "attempt-recorded/2"])
    assert world.hook(event, webhook_id="msg_once").status == 202
    assert world.hook(event).status == 202
    world.hook(_event(world, seq + 1))
    _settled(world, seq + 2)
    assert len([row for row in world.entries() if row["entry"]["kind"] == "attempt-recorded/2"]) == size + 1


def test_a_bad_signature_is_answered_202_and_shown_as_refused(world: World) -> None:
    seq = _provider(world)["next_seq"]
    for name, signature in (("wrong", "v1," + base64.b64encode(bytes(32)).decode()), ("junk", "nonsense")):
        ident = f"msg_{name}_{secrets.token_hex(4)}"
        assert world.hook(_event(world, seq), webhook_id=ident, signature=signature).status == 202
        assert _refused(world, ident) == "signature-invalid"
    assert _provider(world)["next_seq"] == seq


def test_an_old_message_is_refused(world: World) -> None:
    seq = _provider(world)["next_seq"]
    ident = f"msg_old_{secrets.token_hex(4)}"
    assert world.hook(_event(world, seq), webhook_id=ident, stamp=str(int(time.time()) - 400)).status == 202
    _refused(world, ident)
    assert _provider(world)["next_seq"] == seq


def test_a_sequence_number_used_by_another_attempt_is_refused(world: World) -> None:
    seq = _provider(world)["next_seq"]
    world.hook(_event(world, seq))
    _settled(world, seq + 1)
    ident = f"msg_again_{secrets.token_hex(4)}"
    assert world.hook(_event(world, seq), webhook_id=ident).status == 202
    _refused(world, ident)
    assert _provider(world)["next_seq"] == seq + 1


def test_a_gap_opens_and_closes_in_any_order_of_arrival(world: World) -> None:
    seq = _provider(world)["next_seq"]
    world.hook(_event(world, seq + 2))
    gap = until(lambda: _provider(world)["gaps"], "the gap")
    assert str(seq) in str(gap)
    world.hook(_event(world, seq + 1))
    world.hook(_event(world, seq))
    assert until(lambda: (seen := _provider(world))["next_seq"] == seq + 3 and not seen["gaps"] and seen, "no gap")


def test_an_unknown_status_is_class_unknown_and_never_an_http_error(world: World) -> None:
    seq = _provider(world)["next_seq"]
    event = _event(world, seq, cause={"status": "abducted-by-aliens"})
    assert world.hook(event).status == 202
    _settled(world, seq + 1)
    entry = [row["entry"] for row in world.entries() if row["entry"]["kind"] == "attempt-recorded/2"][-1]
    assert "unknown" in str(entry["body"])
    assert not _provider(world)["gaps"]


def test_an_unknown_member_of_an_event_is_refused_by_the_courier(world: World) -> None:
    seq = _provider(world)["next_seq"]
    ident = f"msg_extra_{secrets.token_hex(4)}"
    assert world.hook(_event(world, seq, colour="red"), webhook_id=ident).status == 202
    _refused(world, ident)


def test_an_unknown_provider_is_404_and_a_body_over_64_kib_413(world: World) -> None:
    assert world.hook(_event(world, 1), name="nobody").status == 404
    big = world.hook(None, raw=b"x" * (64 * 1024 + 1))
    assert (big.status, big.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("key", ["abc", "A" * 42, "A" * 44, "A" * 43 + "=", "A" * 42 + "B", "A" * 42 + "+"])
def test_a_public_key_that_could_verify_nothing_is_refused_before_anybody_signs(world: World, key: str) -> None:
    body = {"name": f"p-{secrets.token_hex(3)}", "kind": "telnyx", "owner": "registry", "public_key": key}
    refused = world.ask("POST", "/v1/providers?draft=1", body, who="officer")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/public_key")
    assert key not in refused.json["errors"][0]["detail"]
    assert world.ask("POST", "/v1/providers?draft=1", {**body, "public_key": "A" * 43}, who="officer").status == 200


def test_a_provider_is_registered_by_an_officers_signature_in_two_steps(world: World) -> None:
    body = {"name": f"p-{secrets.token_hex(3)}", "kind": "neutral", "owner": "agency",
            "secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()}
    draft = world.ask("POST", "/v1/providers?draft=1", body, who="officer")
    assert draft.status == 200, draft.body
    assert body["secret"] not in draft.body.decode()
    unsigned = world.ask("POST", "/v1/providers", body, who="officer")
    assert unsigned.status in (403, 422)
    signed = {**body, "auth": [sign(world, 0, draft.json["to_sign"])]}
    done = world.ask("POST", "/v1/providers", signed, who="officer")
    assert done.status == 201, done.body
    taken = until(lambda: (answer := world.hook({}, name=body["name"])).status == 202 and answer, "the provider")
    assert taken.json == {"counts": False, "why": "owner-agency"}
