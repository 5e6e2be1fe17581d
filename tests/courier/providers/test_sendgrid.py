"""SendGrid: a signature over the raw body with its last line break, many events in one, and what each means."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.courier.providers import sendgrid
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.errors import MalformedError
from registry.model.times import SECOND
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import Desk, class_of, code_of, meanings
from tests.courier.world import PHONE, START

KEY = ec.derive_private_key(20_261_122, ec.SECP256R1())
STRANGER = ec.derive_private_key(20_261_123, ec.SECP256R1())
TABLE = shipped_outcomes("sendgrid")
# sendgrid/sendgrid-python, test/unit/test_eventwebhook.py: the vector that their own library tests itself with.
THEIR_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eN"
    "Ec6wEA3F+g==")
THEIR_SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
THEIR_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n')
THEIR_TIME = 1_600_112_502


def given(key: ec.EllipticCurvePublicKey) -> str:
    """A key as an officer gives it."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(der).rstrip(b"=").decode()


OURS = sendgrid.public_key(given(KEY.public_key()))


def callback(
    body: bytes, at: int = START, key: ec.EllipticCurvePrivateKey = KEY, sent: bytes | None = None, **headers: str,
) -> Callback:
    timestamp = str(at // SECOND)
    mac = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    found = {"timestamp": timestamp, "signature": base64.b64encode(mac).decode(), **headers}
    return Callback({f"x-twilio-email-event-webhook-{name}": value for name, value in found.items()},
                    body if sent is None else sent)


def event(kind: str = "delivered", **changes: Any) -> dict[str, Any]:
    told = {"email": "someone@demo.invalid", "event": kind, "sg_event_id": "event-1", "sg_message_id": "message-1.0",
            "smtp-id": "<a@demo.invalid>", "timestamp": START // SECOND, "our_own_argument": "whatever", **changes}
    return {name: value for name, value in told.items() if value is not None}


def bodied(*events: Any) -> bytes:
    return json.dumps(list(events)).encode() + b"\r\n"


def read(*events: Any) -> list[Any]:
    body = bodied(*events)
    return list(sendgrid.read(Callback({}, body), TABLE, Signed("x", START, body)))


def test_their_own_vector_verifies_with_its_last_line_break_and_not_without() -> None:
    key = sendgrid.public_key(THEIR_KEY.replace("+", "-").replace("/", "_").rstrip("="))
    headers = {"x-twilio-email-event-webhook-timestamp": str(THEIR_TIME),
               "x-twilio-email-event-webhook-signature": THEIR_SIGNATURE}
    signed = sendgrid.verify(key, Callback(headers, THEIR_BODY), THEIR_TIME * SECOND)
    assert signed.at == THEIR_TIME * SECOND
    [found] = sendgrid.read(Callback(headers, THEIR_BODY), TABLE, signed)
    assert class_of(found, TABLE) == "caller-fault", "a suppression of our own account: nothing was sent"
    for body in (THEIR_BODY[:-2], THEIR_BODY[:-1], THEIR_BODY + b"\n", THEIR_BODY.replace(b"dropped", b"bounce")):
        altered = Callback(headers, body)
        assert code_of(lambda one=altered: sendgrid.verify(key, one, THEIR_TIME * SECOND)) == "signature-invalid"


@pytest.mark.parametrize(("spoilt", "why"), [
    ({"key": STRANGER}, "signature-invalid"), ({"sent": b"[]"}, "signature-invalid"),
    ({"signature": ""}, "signature-invalid"), ({"signature": "not base64!"}, "signature-invalid"),
    ({"signature": "AAAA"}, "signature-invalid"), ({"timestamp": str(START // SECOND + 1)}, "signature-invalid"),
    ({"timestamp": ""}, "headers-malformed"), ({"timestamp": f"{START // SECOND}\n"}, "headers-malformed"),
    ({"timestamp": f" {START // SECOND}"}, "headers-malformed"), ({"timestamp": "1.79e9"}, "headers-malformed"),
    ({"at": START - 301 * SECOND}, "timestamp-outside"), ({"at": START + 301 * SECOND}, "timestamp-outside"),
])
def test_a_callback_that_is_altered_stale_or_anybody_elses_is_refused(spoilt: dict[str, Any], why: str) -> None:
    one = callback(b"[{}]", **spoilt)
    assert code_of(lambda: sendgrid.verify(OURS, one, START)) == why


def test_the_second_valid_form_of_an_ecdsa_signature_makes_no_second_message() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3
    one = callback(bodied(event()))
    name = "x-twilio-email-event-webhook-signature"
    r, s = decode_dss_signature(base64.b64decode(one.headers[name]))
    twin = base64.b64encode(encode_dss_signature(r, order - s)).decode()
    first, second = (sendgrid.verify(OURS, Callback({**one.headers, name: mac}, one.body), START)
                     for mac in (one.headers[name], twin))
    assert twin != one.headers[name]
    assert first == second


def test_a_body_over_256_kib_is_refused() -> None:
    body = b"[" + b" " * 256 * 1024 + b"]"
    assert code_of(lambda: sendgrid.verify(OURS, callback(body), START)) == "body-too-long"


@pytest.mark.parametrize("key", [
    "", "AAAA", THEIR_KEY, given(ec.derive_private_key(7, ec.SECP384R1()).public_key()),
    base64.urlsafe_b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).rstrip(b"=").decode(),
])
def test_a_public_key_of_another_form_or_curve_is_refused(key: str) -> None:
    with pytest.raises(MalformedError) as caught:
        sendgrid.public_key(key)
    assert caught.value.code == "secret-malformed"


MEANS = {
    "delivered": "delivered", "bounce/bounce": "dead-address", "bounce/blocked": "unknown",
    "dropped/Invalid": "dead-address", "dropped/Bounced Address": "caller-fault",
    "dropped/Unsubscribed Address": "caller-fault", "dropped/Spam Reporting Address": "caller-fault",
    "dropped/Spam Content": "caller-fault", "dropped/Recipient List over Package Quota": "caller-fault",
    "dropped/Invalid SMTPAPI header": "caller-fault", "spamreport": "declined", "unsubscribe": "declined",
    "group_unsubscribe": "declined",
}


def test_each_word_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("sendgrid") == MEANS


@pytest.mark.parametrize(("told", "outcome"), [
    ({"kind": "bounce", "type": "bounce", "status": "5.1.1"}, "dead-address"),
    ({"kind": "bounce", "type": "bounce", "bounce_classification": "Invalid Address"}, "dead-address"),
    ({"kind": "bounce", "type": "bounce", "status": "5.0.0"}, "dead-address"),
    ({"kind": "bounce", "type": "bounce"}, "dead-address"),
    ({"kind": "bounce", "type": "bounce", "status": "5.2.2"}, "unknown"),  # a full mailbox
    ({"kind": "bounce", "type": "bounce", "status": "5.7.1"}, "unknown"),  # a filter: our doing
    ({"kind": "bounce", "type": "bounce", "status": "5.1.1\n"}, "unknown"),
    ({"kind": "bounce", "type": "bounce", "status": 511}, "unknown"),
    ({"kind": "bounce", "type": "bounce", "bounce_classification": "Reputation"}, "unknown"),
    ({"kind": "bounce", "type": "blocked", "status": "5.1.1"}, "unknown"),
    ({"kind": "bounce"}, "unknown"), ({"kind": "bounce", "type": "expired"}, "unknown"),
    ({"kind": "dropped", "reason": "Invalid"}, "dead-address"),
    ({"kind": "dropped", "reason": "Invalid SMTPAPI header"}, "caller-fault"),
    ({"kind": "dropped", "reason": "a new reason"}, "unknown"), ({"kind": "dropped"}, "unknown"),
    ({"kind": "spamreport"}, "declined"), ({"kind": "a_new_event"}, "unknown"),
])
def test_an_event_means_what_its_words_mean(told: dict[str, Any], outcome: str) -> None:
    [found] = read(event(**told))
    assert class_of(found, TABLE) == outcome


@pytest.mark.parametrize("kind", ["processed", "deferred", "open", "click", "group_resubscribe"])
def test_opens_clicks_and_what_ends_nothing_decide_nothing(kind: str) -> None:
    [found] = read(event(kind, sg_machine_open=False))
    assert isinstance(found, RefusedEvent)
    assert found.code == "event-type-unused"


def test_one_bad_event_does_not_take_the_others_with_it() -> None:
    found = read(event(), event(email=None), event(timestamp="yesterday"), event("spamreport", sg_message_id="m2"))
    assert [one.code if isinstance(one, RefusedEvent) else class_of(one, TABLE) for one in found] == [
        "delivered", "event-malformed", "event-malformed", "declined"]


def test_two_recipients_of_one_message_are_two_attempts_and_capitals_make_no_third() -> None:
    first, second, third = read(event(), event(email="other@demo.invalid"), event(email="Someone@demo.invalid"))
    assert isinstance(first, Event)
    assert first.attempt == third.attempt != second.attempt


@pytest.mark.parametrize("body", [
    b"{}", b"[]", b"[1]", b"[[]]", b"", b"null", b'[{"a":1,"a":2}]', b"[NaN]", b"\xff", b'[{}],"x":[{}]', b"[{}]]",
])
def test_a_body_that_is_no_list_of_events_is_refused(body: bytes) -> None:
    assert code_of(lambda: sendgrid.read(Callback({}, body), TABLE, Signed("x", START, body))) == "event-malformed"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "sendgrid", "A", public_key=given(KEY.public_key()))


def test_events_as_sendgrid_signs_them_become_entries_of_grade_a(desk: Desk) -> None:
    # The small world knows one address, a telephone number: whose it is is the vault's to say, in any medium.
    own = {"email": PHONE}
    body = bodied(event("bounce", type="bounce", status="5.1.1", **own), event("processed", **own),
                  event("bounce", type="bounce", status="5.1.1", **own), event("unsubscribe", **own))
    assert desk.post(callback(body)) == "recorded"
    assert desk.attempts() == [("dead-address", "A"), ("declined", "A")]
    assert desk.refused() == ["event-type-unused"]
    assert desk.post(callback(body)) == "repeated"
    assert desk.post(callback(body, at=START + SECOND)) == "recorded", "sent again later, it is another message"
    assert len(desk.attempts()) == 2


def test_a_strangers_signature_makes_no_entry(desk: Desk) -> None:
    assert desk.post(callback(bodied(event(email=PHONE)), key=STRANGER)) == "signature-invalid"
    assert desk.attempts() == []
