"""Vonage Voice: a token that must name this very body, and what its words mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers import vonage
from registry.courier.providers.event import Callback, Ringing
from registry.errors import MalformedError
from registry.model.times import MINUTE, SECOND, stamp
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import Desk, body_of, class_of, code_of, meanings
from tests.courier.world import PHONE, START

SECRET = "an-invented-signature-secret-of-32"
GIVEN = json.dumps({"signature_secret": SECRET})
KEY = vonage.secret(GIVEN)
TABLE = shipped_outcomes("vonage")
CLAIMS = {"iss": "Vonage", "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5", "api_key": "a1b2c3d4"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: dict[str, Any], secret: str = SECRET, header: str = '{"alg":"HS256","typ":"JWT"}') -> str:
    """A JWT made by hand (RFC 7515 section 5.1), with nothing of the code under test."""
    content = f"{b64(header.encode())}.{b64(json.dumps(claims).encode())}"
    return f"{content}.{b64(hmac.digest(secret.encode(), content.encode(), hashlib.sha256))}"


def callback(
    body: bytes, at: int = START, sent: bytes | None = None, bearer: str | None = None, **claims: Any,
) -> Callback:
    made = {**CLAIMS, "iat": at // SECOND, "payload_hash": hashlib.sha256(body).hexdigest(), **claims}
    made = {name: value for name, value in made.items() if value is not None}
    return Callback({"authorization": bearer or f"Bearer {token(made)}"}, body if sent is None else sent)


def event(status: str = "timeout", at: int = START, **changes: Any) -> dict[str, Any]:
    told = {
        "from": "442079460000", "to": PHONE.removeprefix("+"), "uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
        "conversation_uuid": "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab", "status": status, "direction": "outbound",
        "timestamp": stamp(at), **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def refused(given: Callback, at: int = START) -> str:
    return code_of(lambda: vonage.verify(KEY, given, at))


def test_a_webhook_signed_with_our_secret_verifies_and_its_jti_is_its_id() -> None:
    signed = vonage.verify(KEY, callback(b'{"status":"busy"}'), START)
    assert (signed.webhook_id, signed.at, signed.told) == (CLAIMS["jti"], START, b'{"status":"busy"}')


@pytest.mark.parametrize("sent", [b'{"status":"busy"}\n', b' {"status":"busy"}', b"", b'{"status":"timeout"}'])
def test_a_good_token_beside_another_body_is_refused_though_their_own_sdk_takes_it(sent: bytes) -> None:
    assert refused(callback(b'{"status":"busy"}', sent=sent)) == "signature-invalid"


def test_a_body_signed_with_its_trailing_newline_verifies() -> None:
    assert vonage.verify(KEY, callback(b"{}\n"), START).told == b"{}\n"


@pytest.mark.parametrize("hash_", [None, "", "0" * 63, 7, "e3b0c442" * 8 + "\n"])
def test_a_token_that_names_no_body_is_refused(hash_: object) -> None:
    assert refused(callback(b"{}", payload_hash=hash_)) == "signature-invalid"


def test_the_digest_may_be_written_in_capitals() -> None:
    digest = hashlib.sha256(b"{}").hexdigest().upper()
    assert vonage.verify(KEY, callback(b"{}", payload_hash=digest), START).at == START


@pytest.mark.parametrize("header", [
    '{"alg":"none"}', '{"alg":"HS512"}', '{"alg":"hs256"}', '{"alg":"RS256"}', "{}", '{"alg":"HS256","crit":["x"]}',
])
def test_no_other_algorithm_is_taken_whatever_the_token_asks_for(header: str) -> None:
    claims = {**CLAIMS, "iat": START // SECOND, "payload_hash": hashlib.sha256(b"{}").hexdigest()}
    assert refused(callback(b"{}", bearer="Bearer " + token(claims, header=header))) == "signature-invalid"


def test_a_token_of_another_secret_is_refused() -> None:
    claims = {**CLAIMS, "iat": START // SECOND, "payload_hash": hashlib.sha256(b"{}").hexdigest()}
    given = callback(b"{}", bearer="Bearer " + token(claims, "another-secret-altogether"))
    assert refused(given) == "signature-invalid"


@pytest.mark.parametrize("change", [
    lambda good: "", lambda good: good + "\n", lambda good: good[7:], lambda good: "Basic " + good[7:],
    lambda good: good + "=", lambda good: "Bearer  " + good[7:], lambda good: good.replace(".", "..", 1),
])
def test_a_header_in_another_form_is_refused_before_anything_else(change: Any) -> None:
    good = callback(b"{}").headers["authorization"]
    given = Callback({"authorization": change(good)}, b"{}")
    assert code_of(lambda: vonage.verify(KEY, given, START)) == "headers-malformed"


@pytest.mark.parametrize(("claims", "why"), [
    ({"iss": "Nobody"}, "signature-invalid"), ({"iss": None}, "signature-invalid"),
    ({"jti": None}, "signature-invalid"), ({"jti": "a b"}, "signature-invalid"),
    ({"iat": None}, "timestamp-outside"), ({"iat": str(START // SECOND)}, "timestamp-outside"),
    ({"iat": True}, "timestamp-outside"),
])
def test_a_token_that_lacks_who_or_when_is_refused(claims: dict[str, Any], why: str) -> None:
    assert refused(callback(b"{}", **claims)) == why


@pytest.mark.parametrize(("skew", "taken"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_a_clock_up_to_300_seconds_off_is_fine(skew: int, taken: bool) -> None:
    given = callback(b"{}", at=START + skew * SECOND)
    if taken:
        assert vonage.verify(KEY, given, START).at == START + skew * SECOND
    else:
        assert refused(given) == "timestamp-outside"


def test_with_an_application_named_only_its_webhooks_are_taken() -> None:
    own = vonage.secret(json.dumps({"signature_secret": SECRET, "application_id": "ours"}))
    assert vonage.verify(own, callback(b"{}", application_id="ours"), START).at == START
    assert code_of(lambda: vonage.verify(own, callback(b"{}", application_id="theirs"), START)) == "signature-invalid"
    assert code_of(lambda: vonage.verify(own, callback(b"{}"), START)) == "signature-invalid"


@pytest.mark.parametrize("given", ["", "{}", '{"signature_secret":"short"}', '{"signature_secret":7}', SECRET])
def test_a_secret_in_another_form_is_refused_without_being_repeated(given: str) -> None:
    with pytest.raises(MalformedError) as caught:
        vonage.secret(given)
    assert caught.value.code == "secret-malformed"
    assert SECRET not in caught.value.detail


def read(told: dict[str, Any]) -> Any:
    body = body_of(told)
    return vonage.read(Callback({}, body), TABLE, vonage.Signed("x", START, body))[0]


MEANS = {
    "answered": "voicemail", "completed": "voicemail", "busy": "busy", "rejected": "declined",
    "rejected/declined": "declined", "rejected/restricted": "unknown", "rejected/invalid_number": "unknown",
    "timeout": "no-answer", "unanswered": "unknown", "failed": "unknown", "cancelled": "caller-fault",
}


def test_each_word_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("vonage") == MEANS


@pytest.mark.parametrize(("told", "outcome"), [
    ({"status": "timeout"}, "unknown"),  # for how long it rang, no one event says
    ({"status": "busy"}, "busy"), ({"status": "rejected", "detail": "declined"}, "declined"),
    ({"status": "rejected", "detail": "a-new-word"}, "unknown"), ({"status": "failed", "detail": None}, "unknown"),
    ({"status": "failed", "detail": "number_out_of_service"}, "unknown"),
    ({"status": "unanswered", "detail": "unavailable"}, "unknown"), ({"status": "answered"}, "voicemail"),
    ({"status": "completed", "detail": "a-new-word", "start_time": stamp(START - MINUTE)}, "voicemail"),
    ({"status": "rejected", "detail": ["declined"]}, "unknown"),
])
def test_an_event_means_what_its_words_mean(told: dict[str, Any], outcome: str) -> None:
    assert class_of(read(event(**told)), TABLE) == outcome


@pytest.mark.parametrize("status", ["started", "human", "machine", "record", "transfer", "", "a-new-one"])
def test_steps_that_end_nothing_and_detection_of_machines_are_not_used(status: str) -> None:
    assert code_of(lambda: read(event(status=status))) == "event-type-unused"


def test_that_it_rings_is_remembered_and_is_no_attempt() -> None:
    assert read(event(status="ringing")) == Ringing("aaaaaaaa-bbbb-cccc-dddd-0123456789ab", START)
    assert read(event(status="timeout")).rang
    assert not read(event(status="unanswered")).rang


def test_a_call_from_the_borrower_is_the_borrowers_at_its_first_step() -> None:
    found = read(event(status="started", direction="inbound", **{"from": PHONE.removeprefix("+")}, to="442079460000"))
    assert (found.direction, found.dialled) == ("inbound", PHONE)


def test_members_that_vonage_adds_one_day_change_nothing() -> None:
    assert read(event(flavour="new", network={"code": 1})) == read(event())


@pytest.mark.parametrize("changes", [
    {"uuid": None}, {"uuid": "a b"}, {"to": None}, {"to": 7}, {"timestamp": "yesterday"}, {"direction": "sideways"},
    {"start_time": stamp(START + SECOND)},
])
def test_an_event_without_what_names_it_is_refused(changes: dict[str, Any]) -> None:
    assert code_of(lambda: read(event(**changes))) == "event-malformed"


def test_a_key_that_stands_twice_is_refused() -> None:
    body = b'{"status":"busy","status":"timeout"}'
    assert code_of(lambda: vonage.read(Callback({}, body), TABLE, vonage.Signed("x", 0, body))) == "event-malformed"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "vonage", "B", secret=GIVEN)


def test_a_call_as_vonage_signs_it_becomes_an_entry_of_grade_b(desk: Desk) -> None:
    assert desk.post(callback(body_of(event(status="busy")))) == "recorded"
    assert desk.attempts() == [("busy", "B")]


@pytest.mark.parametrize(("seconds", "outcome"), [(20, "no-answer"), (45, "no-answer"), (19, "unknown")])
def test_a_call_that_rang_for_long_enough_between_two_events_is_one_nobody_answered(
    desk: Desk, seconds: int, outcome: str,
) -> None:
    desk.post(callback(body_of(event(status="ringing", at=START - seconds * SECOND)), jti="one"))
    assert desk.attempts() == []
    assert desk.post(callback(body_of(event(status="timeout")), jti="two")) == "recorded"
    assert desk.attempts() == [(outcome, "B")]


def test_when_the_ringing_is_told_after_the_end_the_call_stays_unknown(desk: Desk) -> None:
    desk.post(callback(body_of(event(status="timeout")), jti="one"))
    desk.post(callback(body_of(event(status="ringing", at=START - MINUTE)), jti="two"))
    assert desk.attempts() == [("unknown", "B")]


def test_a_replay_makes_no_second_entry_and_a_late_refusal_overrides(desk: Desk) -> None:
    first = callback(body_of(event(status="unanswered")))
    assert [desk.post(first), desk.post(first)] == ["recorded", "repeated"]
    assert desk.post(callback(body_of(event(status="rejected")), jti="another")) == "recorded"
    assert desk.post(callback(body_of(event(status="busy")), jti="third")) == "recorded"
    assert desk.attempts() == [("unknown", "B"), ("declined", "B")]


def test_an_altered_body_is_refused_and_shown(desk: Desk) -> None:
    assert desk.post(callback(b"{}", sent=body_of(event()))) == "signature-invalid"
    assert (desk.attempts(), desk.refused()) == ([], ["signature-invalid"])
