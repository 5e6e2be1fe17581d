"""The fake provider signs as Standard Webhooks says: our own courier and the specification's words agree."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from registry.courier.providers import neutral, webhooks
from registry.courier.providers.event import RefusedEvent
from registry.demo.provider import Attempt, new_secret, signed
from registry.errors import MalformedError
from registry.model.times import MINUTE

WALL = 1_795_000_000_000
SECRET = new_secret(bytes(range(32)))
ATTEMPT = Attempt("a-1", 7, "voice", "+8610000000101", {"q850": 19}, WALL - MINUTE, 30, "ab" * 16)


def test_the_signature_is_an_hmac_over_id_timestamp_and_body() -> None:
    headers, body = signed(ATTEMPT.event(), SECRET, "msg_1", WALL)
    text = b"msg_1." + headers["webhook-timestamp"].encode() + b"." + body
    expected = hmac.new(base64.b64decode(SECRET[6:]), text, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


def test_the_courier_accepts_it_and_reads_the_attempt() -> None:
    headers, body = signed(ATTEMPT.event(), SECRET, "msg_1", WALL)
    assert webhooks.verify(webhooks.shared_secret(SECRET), headers, body, WALL).webhook_id == "msg_1"
    event = neutral.read(body)
    assert (event.attempt, event.seq, event.dialled, event.ring_seconds) == ("a-1", 7, "+8610000000101", 30)


@pytest.mark.parametrize("late", [-301_000, 301_000])
def test_the_courier_refuses_it_more_than_five_minutes_off(late: int) -> None:
    headers, body = signed(ATTEMPT.event(), SECRET, "msg_1", WALL + late)
    with pytest.raises(RefusedEvent):
        webhooks.verify(webhooks.shared_secret(SECRET), headers, body, WALL)


def test_a_secret_of_another_kind_is_refused() -> None:
    with pytest.raises(MalformedError, match="whsec_"):
        signed(ATTEMPT.event(), "secret", "msg_1", WALL)
