"""Telnyx Voice: who signed it, what of it is read, what it means, and what becomes of calls that nobody numbers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.courier.providers.event import Callback, RefusedEvent
from registry.courier.providers.telnyx import content_of, verify
from registry.courier.providers.webhooks import PublicKey
from registry.errors import UnavailableError
from registry.jose import b64url
from registry.model.times import DAY, MINUTE, SECOND, stamp
from registry.shipped import shipped_outcomes
from tests.courier.world import BORROWER, CHANNEL, LINE, PHONE, PROVIDER, START, World

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NAME = "telnyx-voice"
# Over `1700000000|{"a":1}` with KEY, made with `openssl pkeyutl -sign -rawin`.
VECTOR = b"mRsJcmgU3UbvO9Dxi37s9IavjUeHxI+g772wxai1FOi6RJvplQW2kwqduU2F88W77ZeBWWqz26NB2x+X3rwUCA=="


class Telnyx:
    """The provider's side: makes, signs and posts."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.made = 0
        self.world.vault.put("provider-registered/1", {
            "provider": PROVIDER, "name": NAME, "adapter": "telnyx", "grade": "A", "owner": "registry",
            "public_key": b64url(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        })

    def event(self, kind: str = "call.hangup", ident: str | None = None, **changes: Any) -> dict[str, Any]:
        """A call that rang out; `changes` replace or (None) remove members of the payload."""
        self.made += 1
        now = self.world.clock.now()
        payload: dict[str, Any] = {
            "call_control_id": f"v3:call-{self.made}", "connection_id": "7267", "call_leg_id": f"leg-{self.made}",
            "client_state": "aGF2ZSBhIG5pY2UgZGF5ID1d", "from": "+8610000009999", "to": PHONE,
            "start_time": stamp(now - MINUTE), "state": "hangup", "hangup_cause": "timeout",
            "hangup_source": "unknown", "sip_hangup_cause": "487", "call_quality_stats": {"inbound": {"mos": "4.50"}},
        }
        payload.update(changes)
        return {"data": {
            "record_type": "event", "event_type": kind, "id": ident or f"0ccc7b54-0000-{self.made}",
            "occurred_at": stamp(now), "payload": {name: one for name, one in payload.items() if one is not None},
        }, "meta": {"attempt": 1, "delivered_to": "https://demo.invalid"}}

    def post(
        self, event: dict[str, Any] | bytes, *, key: Ed25519PrivateKey = KEY, sent: bytes | None = None,
        headers: dict[str, str] | None = None, at: int | None = None,
    ) -> str:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        timestamp = str((self.world.clock.wall() if at is None else at) // SECOND)
        signature = base64.b64encode(key.sign(content_of(timestamp, body))).decode()
        given = {"telnyx-timestamp": timestamp, "telnyx-signature-ed25519": signature, **(headers or {})}
        return self.world.courier.handle_callback(NAME, self.world.clock.wall(), given, sent or body)

    def attempts(self) -> list[dict[str, Any]]:
        return self.world.attempts()

    def status(self) -> dict[str, Any]:
        return self.world.courier.provider_status(NAME)


@pytest.fixture
def telnyx(tmp_path: Path) -> Telnyx:
    return Telnyx(tmp_path)


# Who signed it.


def test_what_is_signed_is_the_time_a_bar_and_the_raw_body() -> None:
    assert content_of("1700000000", b'{"a":1}') == b'1700000000|{"a":1}'
    telnyx = PublicKey(KEY.public_key())
    headers = {"telnyx-timestamp": "1700000000", "telnyx-signature-ed25519": VECTOR.decode()}
    with pytest.raises(RefusedEvent) as refused:
        verify(telnyx, Callback(headers, b'{"a":1}'), 1_700_000_000_000)
    assert refused.value.code == "event-malformed", "the signature holds, and only then is the body read"


def test_a_call_as_telnyx_signs_it_becomes_one_entry_of_grade_a(telnyx: Telnyx) -> None:
    assert telnyx.post(telnyx.event()) == "recorded"
    [body] = telnyx.attempts()
    assert {name: body[name] for name in body if name not in ("attempt", "local", "line_local", "agency")} == {
        "provider": PROVIDER, "seq": 1, "grade": "A", "medium": "voice", "direction": "outbound",
        "borrower": BORROWER, "channel": CHANNEL, "line": LINE, "cause": {"status": "rang-out", "sip": 487},
        "class": "no-answer", "began_at": stamp(START - MINUTE), "ended_at": stamp(START), "ring_seconds": 52,
        "signed_at": stamp(START), "table": shipped_outcomes("telnyx").value(),
    }


@pytest.mark.parametrize(("spoilt", "why"), [
    ({"key": STRANGER}, "signature-invalid"),
    ({"sent": b'{"data":{}}'}, "signature-invalid"),
    ({"headers": {"telnyx-timestamp": str((START - 5 * DAY) // SECOND - 1)}}, "signature-invalid"),
    ({"headers": {"telnyx-timestamp": "1790000000.0"}}, "headers-malformed"),
    ({"headers": {"telnyx-timestamp": ""}}, "headers-malformed"),
    ({"headers": {"telnyx-signature-ed25519": ""}}, "signature-invalid"),
    ({"headers": {"telnyx-signature-ed25519": "not base64!"}}, "signature-invalid"),
    ({"at": START - 5 * DAY - 301 * SECOND}, "timestamp-outside"),
    ({"at": START - 5 * DAY + 301 * SECOND}, "timestamp-outside"),
])
def test_a_callback_that_is_altered_stale_or_anybody_elses_is_refused(
    telnyx: Telnyx, spoilt: dict[str, Any], why: str,
) -> None:
    assert telnyx.post(telnyx.event(), **spoilt) == why
    assert telnyx.attempts() == []
    assert [one["why"] for one in telnyx.status()["refused"]] == [why]


def test_a_signature_is_good_to_the_last_of_its_300_seconds(telnyx: Telnyx) -> None:
    for at in (-300 * SECOND, 300 * SECOND):
        assert telnyx.post(telnyx.event(), at=telnyx.world.clock.wall() + at) == "recorded"


def test_a_body_with_one_space_more_is_another_body(telnyx: Telnyx) -> None:
    body = json.dumps(telnyx.event()).encode()
    assert telnyx.post(body, sent=body + b" ") == "signature-invalid"


def test_a_replayed_callback_makes_no_second_entry(telnyx: Telnyx) -> None:
    event = telnyx.event()
    assert [telnyx.post(event), telnyx.post(event)] == ["recorded", "repeated"]
    telnyx.world.clock.pass_(MINUTE)
    event["meta"]["attempt"] = 2
    assert telnyx.post(event) == "repeated", "Telnyx tries again with a new time, signature and count of tries"
    assert len(telnyx.attempts()) == 1


def test_the_id_of_an_event_with_another_body_is_refused(telnyx: Telnyx) -> None:
    telnyx.post(telnyx.event(ident="same"))
    assert telnyx.post(telnyx.event(ident="same")) == "webhook-id-reused"
    assert telnyx.status()["refused"] == [{"webhook_id": "same", "why": "webhook-id-reused"}]


# What of it is read.


def test_members_that_telnyx_adds_one_day_change_nothing(telnyx: Telnyx) -> None:
    event = telnyx.event(tags=["a"], sip_headers=[], custom_headers=[{"name": "x", "value": "+8610000007777"}])
    event["data"]["flavour"] = "new"
    assert telnyx.post(event) == "recorded"
    assert "+8610000007777" not in json.dumps(telnyx.world.vault.leaves)


@pytest.mark.parametrize("missing", ["call_control_id", "from", "to"])
def test_a_call_without_what_names_it_is_refused_and_shown(telnyx: Telnyx, missing: str) -> None:
    event = telnyx.event(**{missing: None})
    assert telnyx.post(event) == "event-malformed"
    assert telnyx.status()["refused"] == [{"webhook_id": event["data"]["id"], "why": "event-malformed"}]


@pytest.mark.parametrize("broken", [
    {"occurred_at": None}, {"occurred_at": "yesterday"}, {"id": None}, {"id": "a b"}, {"id": 7}, {"event_type": None},
    {"payload": None}, {"payload": []},
])
def test_an_event_that_is_none_is_refused(telnyx: Telnyx, broken: dict[str, Any]) -> None:
    event = telnyx.event()
    event["data"].update(broken)
    assert telnyx.post(event) == "event-malformed"
    assert telnyx.attempts() == []


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data":[]}', b'{"data":{"id":"a","id":"b"}}', b"\xff", b"NaN"])
def test_a_body_that_is_no_event_at_all_is_refused(telnyx: Telnyx, body: bytes) -> None:
    assert telnyx.post(body) == "event-malformed"


def test_other_events_are_refused_by_name_and_never_crowd_out_what_matters(telnyx: Telnyx) -> None:
    telnyx.post(telnyx.event(), key=STRANGER)
    for kind in ("call.initiated", "call.answered", "call.machine.detection.ended", "call.bridged") * 40:
        event = telnyx.event(kind)
        assert telnyx.post(event) == "event-type-unused"
    assert telnyx.status()["refused"] == [
        {"webhook_id": "", "why": "signature-invalid"},
        {"webhook_id": event["data"]["id"], "why": "event-type-unused"},
    ]
    assert telnyx.attempts() == []


def test_a_call_with_no_start_is_recorded_by_its_end_and_rang_for_no_known_time(telnyx: Telnyx) -> None:
    telnyx.post(telnyx.event(start_time=None))
    [body] = telnyx.attempts()
    assert (body["began_at"], body["class"]) == (stamp(START), "unknown")
    assert "ring_seconds" not in body


def test_a_call_that_ended_before_it_began_is_refused(telnyx: Telnyx) -> None:
    assert telnyx.post(telnyx.event(start_time=stamp(START + SECOND))) == "event-malformed"


# What it means.


@pytest.mark.parametrize(("told", "outcome"), [
    ({"hangup_cause": "call_rejected", "hangup_source": "callee", "sip_hangup_cause": "603"}, "declined"),
    ({"hangup_cause": "call_rejected", "hangup_source": "callee", "sip_hangup_cause": "486"}, "declined"),
    ({"hangup_cause": "call_rejected", "hangup_source": "caller", "sip_hangup_cause": "603"}, "caller-fault"),
    ({"hangup_cause": "call_rejected", "hangup_source": "unknown", "sip_hangup_cause": "603"}, "unknown"),
    ({"hangup_cause": "call_rejected", "hangup_source": None, "sip_hangup_cause": "403"}, "unknown"),
    ({"hangup_cause": "normal_clearing", "hangup_source": "callee", "sip_hangup_cause": "200"}, "voicemail"),
    ({"hangup_cause": "normal_clearing", "hangup_source": "caller", "sip_hangup_cause": "200"}, "voicemail"),
    ({"hangup_cause": "time_limit", "hangup_source": "caller", "sip_hangup_cause": "200"}, "voicemail"),
    ({"hangup_cause": "time_limit", "sip_hangup_cause": "unspecified"}, "voicemail"),
    ({"hangup_cause": "user_busy", "hangup_source": "callee", "sip_hangup_cause": "486"}, "busy"),
    ({"hangup_cause": "no_answer", "hangup_source": "callee", "sip_hangup_cause": "480"}, "no-answer"),
    ({"hangup_cause": "timeout", "hangup_source": "unknown", "sip_hangup_cause": "487"}, "no-answer"),
    ({"hangup_cause": "timeout", "hangup_source": "caller", "sip_hangup_cause": "487"}, "caller-fault"),
    ({"hangup_cause": "timeout", "sip_hangup_cause": "408"}, "no-answer"),
    ({"hangup_cause": "not_found", "hangup_source": "callee", "sip_hangup_cause": "404"}, "dead-address"),
    ({"hangup_cause": "not_found", "hangup_source": "caller", "sip_hangup_cause": "404"}, "caller-fault"),
    ({"hangup_cause": "not_found", "sip_hangup_cause": "503"}, "unknown"),
    ({"hangup_cause": "originator_cancel", "hangup_source": "caller", "sip_hangup_cause": "487"}, "caller-fault"),
    ({"hangup_cause": "unspecified", "sip_hangup_cause": "unspecified"}, "unknown"),
    ({"hangup_cause": "unspecified", "sip_hangup_cause": "404"}, "unknown"),
    ({"hangup_cause": "out_of_credit", "sip_hangup_cause": "402"}, "unknown"),
    ({"hangup_cause": None, "sip_hangup_cause": None}, "unknown"),
    ({"hangup_cause": 19, "sip_hangup_cause": "404"}, "unknown"),
    ({"hangup_cause": "not_found", "hangup_source": "ghost"}, "unknown"),
    ({"hangup_cause": "not_found", "sip_hangup_cause": "4040"}, "unknown"),
    ({"hangup_cause": "not_found", "sip_hangup_cause": 404}, "unknown"),
])
def test_each_end_of_a_call_has_its_class(telnyx: Telnyx, told: dict[str, Any], outcome: str) -> None:
    assert telnyx.post(telnyx.event(**told)) == "recorded"
    assert telnyx.attempts()[0]["class"] == outcome


@pytest.mark.parametrize(("seconds", "outcome"), [(28, "no-answer"), (27, "unknown"), (0, "unknown")])
def test_the_time_of_setting_up_is_no_ringing(telnyx: Telnyx, seconds: int, outcome: str) -> None:
    telnyx.post(telnyx.event(start_time=stamp(START - seconds * SECOND)))
    assert telnyx.attempts()[0]["class"] == outcome


def test_detection_of_a_machine_decides_nothing(telnyx: Telnyx) -> None:
    event = telnyx.event("call.machine.detection.ended", result="human")
    assert telnyx.post(event) == "event-type-unused"
    telnyx.post(telnyx.event(hangup_cause="normal_clearing", result="human", sip_hangup_cause="200"))
    assert telnyx.attempts()[0]["class"] == "voicemail"


def test_a_call_from_the_borrowers_line_is_the_borrower(telnyx: Telnyx) -> None:
    telnyx.post(telnyx.event(**{"from": PHONE}, to="+8610000009999", hangup_cause="normal_clearing"))
    [body] = telnyx.attempts()
    assert (body["direction"], body["class"], body["borrower"]) == ("inbound", "reached-person", BORROWER)


def test_a_call_at_nobodys_line_is_no_entry(telnyx: Telnyx) -> None:
    assert telnyx.post(telnyx.event(to="+8610000000099")) == "recorded"
    assert telnyx.post(telnyx.event(to="sip:someone@demo.invalid")) == "recorded"
    assert telnyx.attempts() == []
    telnyx.post(telnyx.event())
    assert [one["seq"] for one in telnyx.attempts()] == [1]


# Calls that nobody numbers.


def test_calls_are_numbered_as_they_are_accepted_and_leave_no_gap(telnyx: Telnyx) -> None:
    for _ in range(3):
        telnyx.post(telnyx.event())
    telnyx.world.restart()
    telnyx.post(telnyx.event())
    assert [one["seq"] for one in telnyx.attempts()] == [1, 2, 3, 4]
    assert telnyx.status() == {"next_seq": 5, "gaps": [], "refused": [], "waiting": 0}


def test_a_later_reach_overrides_and_a_later_failure_does_not(telnyx: Telnyx) -> None:
    call = {"call_control_id": "v3:one"}
    declined = {"hangup_cause": "call_rejected", "hangup_source": "callee", "sip_hangup_cause": "603"}
    telnyx.post(telnyx.event(**call))
    telnyx.post(telnyx.event(**call))
    telnyx.post(telnyx.event(**call, **declined))
    telnyx.post(telnyx.event(**call, **declined))
    telnyx.post(telnyx.event(**call))
    first, second = telnyx.attempts()
    assert (first["attempt"], first["seq"]) == (second["attempt"], second["seq"])
    assert [first["class"], second["class"]] == ["no-answer", "declined"]


def test_a_refusal_that_comes_too_late_is_still_a_sign_of_life(telnyx: Telnyx) -> None:
    event = telnyx.event(hangup_cause="call_rejected", hangup_source="callee", start_time=stamp(START - 3 * DAY))
    event["data"]["occurred_at"] = stamp(START - 3 * DAY + MINUTE)
    assert telnyx.post(event) == "recorded"
    assert [one["source"] for one in telnyx.world.vault.bodies("sign-of-life/1")] == ["reach-late"]


def test_after_the_database_was_lost_a_repeat_is_known_and_numbers_go_on(telnyx: Telnyx) -> None:
    event = telnyx.event()
    telnyx.post(event)
    telnyx.post(telnyx.event())
    for leftover in (telnyx.world.folder / "courier").glob("courier.db*"):
        leftover.unlink()
    telnyx.world.restart()
    telnyx.post(event)
    telnyx.post(telnyx.event())
    assert [one["seq"] for one in telnyx.attempts()] == [1, 2, 3]


def test_what_waits_for_the_vault_keeps_its_number(telnyx: Telnyx) -> None:
    def away(op: str) -> None:
        if op == "append":
            raise UnavailableError("away")

    event = telnyx.event()
    telnyx.world.courier.follow()
    telnyx.world.vault.before = away
    with pytest.raises(UnavailableError):
        telnyx.post(event)
    telnyx.world.vault.before = lambda op: None
    telnyx.post(telnyx.event())
    assert telnyx.post(event) == "repeated"
    assert sorted(one["seq"] for one in telnyx.attempts()) == [1, 2]


def test_the_providers_ids_are_neither_in_the_log_nor_in_the_database(telnyx: Telnyx) -> None:
    telnyx.post(telnyx.event(call_control_id="v3:8610000000001-call", ident="event-8610000000001"))
    assert "8610000000001" not in json.dumps(telnyx.world.vault.leaves)
    for path in (telnyx.world.folder / "courier").iterdir():
        assert b"8610000000001" not in path.read_bytes()


def test_a_kind_of_provider_that_this_courier_cannot_read_is_refused(telnyx: Telnyx) -> None:
    telnyx.world.vault.put("provider-registered/1", {
        "provider": "f" * 32, "name": "carrier-pigeon", "adapter": "pigeon", "grade": "A", "owner": "registry",
        "public_key": "AAAA",
    })
    assert telnyx.world.courier.handle_callback("carrier-pigeon", 0, {}, b"") == "adapter-unknown"
