"""Standard Webhooks v1: what verifies, and everything near it that must not."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.courier.providers import webhooks
from registry.courier.providers.event import RefusedEvent
from registry.errors import MalformedError
from registry.jose import b64url
from tests.courier.world import SECRET, World, signed

KEY = webhooks.shared_secret(SECRET)
AT = 1_674_087_231
BODY = b'{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z"}'


def verify(headers: dict[str, str], body: bytes = BODY, at: int = AT * 1000) -> Any:
    return webhooks.verify(KEY, headers, body, at)


def headers(**changes: str) -> dict[str, str]:
    return signed("msg_1", AT, BODY) | {name.replace("_", "-"): value for name, value in changes.items()}


def test_the_published_vector_of_the_reference_libraries_verifies() -> None:
    # standard-webhooks/standard-webhooks, the vector that every reference library tests itself with.
    key = webhooks.shared_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    given = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    found = webhooks.verify(key, given, b'{"test": 2432232314}', 1_614_265_330_000)
    assert (found.webhook_id, found.at) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330_000)


def test_a_message_signed_with_our_secret_verifies() -> None:
    assert verify(headers()).webhook_id == "msg_1"


@pytest.mark.parametrize("body", [BODY + b"\n", b" " + BODY, BODY.replace(b":", b": "), BODY[:-1], b""])
def test_one_byte_more_or_less_in_the_body_does_not_verify(body: bytes) -> None:
    with pytest.raises(RefusedEvent) as caught:
        verify(headers(), body)
    assert caught.value.code == "signature-invalid"


def test_a_body_signed_with_its_trailing_newline_verifies() -> None:
    assert verify(signed("msg_1", AT, BODY + b"\n"), BODY + b"\n").webhook_id == "msg_1"


def test_the_signature_covers_id_and_timestamp() -> None:
    for changed in (headers(webhook_id="msg_2"), headers(webhook_timestamp=str(AT + 1))):
        with pytest.raises(RefusedEvent) as caught:
            verify(changed)
        assert caught.value.code == "signature-invalid"


def test_one_good_signature_among_others_is_enough_while_a_secret_is_rotated() -> None:
    good = headers()["webhook-signature"]
    assert verify(headers(webhook_signature=f"v1,{'A' * 43}= v1a,{'A' * 86}== {good}")).webhook_id == "msg_1"


def test_only_the_first_sixteen_signatures_are_tried() -> None:
    good = headers()["webhook-signature"]
    with pytest.raises(RefusedEvent):
        verify(headers(webhook_signature=" ".join([f"v1,{'A' * 43}="] * 16 + [good])))


@pytest.mark.parametrize("change", [
    lambda good: good.replace("v1,", "v1a,"), lambda good: good.replace("v1,", "v2,"), lambda good: good[3:],
    lambda good: good.replace("v1,", ""), lambda good: good + "\n", lambda good: good.replace("v1,", "v1,\n"),
    lambda good: good[:-1], lambda good: "v1,", lambda good: "", lambda good: "v1,é", lambda good: good.lower(),
])
def test_another_spelling_of_the_signature_does_not_verify(change: Any) -> None:
    with pytest.raises(RefusedEvent) as caught:
        verify(headers(webhook_signature=change(headers()["webhook-signature"])))
    assert caught.value.code == "signature-invalid"


@pytest.mark.parametrize(("name", "value"), [
    ("webhook_timestamp", f"{AT}\n"), ("webhook_timestamp", f" {AT}"), ("webhook_timestamp", f"+{AT}"),
    ("webhook_timestamp", f"0{AT}"), ("webhook_timestamp", "1_674_087_231"), ("webhook_timestamp", f"{AT}.0"),
    ("webhook_timestamp", "١٦٧٤٠٨٧٢٣١"), ("webhook_timestamp", ""), ("webhook_timestamp", "-5"),
    ("webhook_id", ""), ("webhook_id", "msg.1"), ("webhook_id", "msg_1\n"), ("webhook_id", "m" * 129),
])
def test_an_ill_formed_header_is_refused_before_anything_else(name: str, value: str) -> None:
    with pytest.raises(RefusedEvent) as caught:
        verify(headers(**{name: value}))
    assert caught.value.code == "headers-malformed"


def test_a_missing_header_is_refused() -> None:
    for name in webhooks.HEADERS:
        with pytest.raises(RefusedEvent):
            verify({other: value for other, value in headers().items() if other != name})


@pytest.mark.parametrize("skew", [-300_000, 300_000, 0])
def test_a_clock_up_to_300_seconds_off_is_fine(skew: int) -> None:
    assert verify(headers(), at=AT * 1000 + skew).at == AT * 1000


@pytest.mark.parametrize("skew", [-300_001, 300_001, 10**9])
def test_a_clock_further_off_is_refused(skew: int) -> None:
    with pytest.raises(RefusedEvent) as caught:
        verify(headers(), at=AT * 1000 + skew)
    assert caught.value.code == "timestamp-outside"


def test_a_body_over_64_kib_is_refused() -> None:
    body = b"x" * (64 * 1024 + 1)
    with pytest.raises(RefusedEvent) as caught:
        verify(signed("msg_1", AT, body), body)
    assert caught.value.code == "body-too-long"


@pytest.mark.parametrize("secret", [
    "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + base64.b64encode(b"x" * 23).decode(),
    "whsec_" + base64.b64encode(b"x" * 65).decode(), "whsec_????", "whsk_" + base64.b64encode(b"x" * 32).decode(),
])
def test_a_secret_of_another_form_is_refused(secret: str) -> None:
    with pytest.raises(MalformedError) as caught:
        webhooks.shared_secret(secret)
    assert caught.value.code == "secret-malformed"


PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = b64url(PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def signed_by_key(webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    mac = PRIVATE.sign(webhooks.content_of(webhook_id, str(timestamp), body))
    return signed(webhook_id, timestamp, body) | {"webhook-signature": "v1a," + base64.b64encode(mac).decode()}


def test_a_private_key_signs_with_scheme_v1a_and_no_other() -> None:
    key = webhooks.public_key(PUBLIC)
    given = signed_by_key("msg_1", AT, BODY)
    assert webhooks.verify(key, given, BODY, AT * 1000).webhook_id == "msg_1"
    for changed in (given["webhook-signature"].replace("v1a,", "v1,"), headers()["webhook-signature"], "v1a,AAAA"):
        with pytest.raises(RefusedEvent):
            webhooks.verify(key, given | {"webhook-signature": changed}, BODY, AT * 1000)
    with pytest.raises(RefusedEvent):
        webhooks.verify(key, given, BODY + b"\n", AT * 1000)


@pytest.mark.parametrize("key", ["", "AAAA", "A" * 44, PUBLIC + "=", PUBLIC[:-1] + "!"])
def test_a_public_key_of_another_form_is_refused(key: str) -> None:
    with pytest.raises(MalformedError):
        webhooks.public_key(key)


def test_an_event_signed_with_a_private_key_is_evidence_of_grade_a(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.register_provider_with_key(PUBLIC)
    body = json.dumps(world.event()).encode()
    at = world.clock.wall()
    given = signed_by_key("msg_1", at // 1000, body)
    assert world.courier.handle_callback("neutral-voice", at, given, body) == "recorded"
    assert world.attempts()[0]["grade"] == "A"
    assert world.courier.handle_callback("neutral-voice", at, signed("msg_2", at // 1000, body), body) == (
        "signature-invalid")


def test_a_key_that_is_none_refuses_every_event_of_its_provider(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.register_provider_with_key("AAAA")
    assert world.post(world.event()) == "secret-malformed"
