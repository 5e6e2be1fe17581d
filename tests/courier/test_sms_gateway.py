"""The HTTP gateway over a real socket."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from registry.courier.delivery_settings import Server, Sms
from registry.courier.outbox import Message, MessageRefusedError, NoAnswerError
from registry.courier.sms_gateway import SmsGateway
from registry.errors import UnavailableError
from tests.courier.carriers import HOST, Authority, Gateway, authority, free_port, gateway_server
from tests.courier.world import PHONE, START

MESSAGE = Message(id="cd" * 16, at=START, medium="sms", to=PHONE, template="use-contact", language="zh",
                  text="正文 https://demo.invalid/r/1", code=None)


def gateway_at(port: int, trust: Authority | None = None, patience: float = 5) -> SmsGateway:
    server = Server(HOST, port, trust is not None, "/v2", ca_file=None if trust is None else trust.ca_file)
    return SmsGateway(Sms(server, "token-1", "+8610000009999", "sms-carrier"), patience)


def test_a_message_goes_as_json_under_its_own_key() -> None:
    with gateway_server(Gateway()) as gateway:
        assert gateway_at(gateway.port).send(MESSAGE) is None
    assert gateway.sent == [{"id": MESSAGE.id, "to": PHONE, "from": "+8610000009999", "text": MESSAGE.text}]
    [(method, path, headers)] = gateway.calls
    assert (method, path) == ("POST", "/v2/messages")
    assert headers["Idempotency-Key"] == MESSAGE.id
    assert headers["Authorization"] == "Bearer token-1"
    assert PHONE not in path


def test_the_same_message_again_is_taken_and_not_sent_again() -> None:
    with gateway_server(Gateway()) as gateway:
        transport = gateway_at(gateway.port)
        assert [transport.send(MESSAGE) for _ in range(3)] == [None] * 3
    assert gateway.ids() == [MESSAGE.id]


@pytest.mark.parametrize(("status", "error"), [
    (400, MessageRefusedError), (404, MessageRefusedError), (422, MessageRefusedError),
    (401, UnavailableError), (403, UnavailableError), (408, UnavailableError), (429, UnavailableError),
    (302, UnavailableError), (500, NoAnswerError), (502, NoAnswerError), (503, NoAnswerError),
])
def test_a_refusal_is_for_good_for_now_or_in_doubt(status: int, error: type[Exception]) -> None:
    with gateway_server(Gateway(status=status)) as gateway, pytest.raises(error) as caught:
        gateway_at(gateway.port).send(MESSAGE)
    assert type(caught.value) is error
    assert PHONE not in str(caught.value)
    assert len(gateway.calls) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 409])
def test_these_mean_that_the_gateway_has_it(status: int) -> None:
    with gateway_server(Gateway(status=status)) as gateway:
        assert gateway_at(gateway.port).send(MESSAGE) is None


def test_silence_leaves_it_in_doubt_and_absence_does_not() -> None:
    with gateway_server(Gateway(before_answer=lambda: time.sleep(0.5))) as gateway:
        with pytest.raises(NoAnswerError):
            gateway_at(gateway.port, patience=0.1).send(MESSAGE)
        with pytest.raises(UnavailableError):
            gateway_at(gateway.port, patience=0.1).asked(MESSAGE.id, "sms")
    with pytest.raises(UnavailableError) as caught:
        gateway_at(free_port()).send(MESSAGE)
    assert type(caught.value) is UnavailableError


def test_a_gateway_can_be_asked_what_it_has() -> None:
    with gateway_server(Gateway()) as gateway:
        transport = gateway_at(gateway.port)
        assert transport.asked(MESSAGE.id, "sms") is False
        transport.send(MESSAGE)
        assert transport.asked(MESSAGE.id, "sms") is True
        gateway.can_be_asked = False
        assert transport.asked(MESSAGE.id, "sms") is None


def test_over_tls_the_gateway_must_prove_who_it_is(tmp_path: Path) -> None:
    trusted, other = authority(tmp_path / "a"), authority(tmp_path / "b")
    with gateway_server(Gateway(), tls=trusted.context) as gateway:
        assert gateway_at(gateway.port, trusted).send(MESSAGE) is None
        with pytest.raises(UnavailableError) as caught:
            gateway_at(gateway.port, other).send(MESSAGE)
    assert type(caught.value) is UnavailableError
    assert len(gateway.sent) == 1
