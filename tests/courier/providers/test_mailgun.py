"""Mailgun: a signature that covers no body, taken once; and the record that confirms a message."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers import mailgun
from registry.courier.providers.event import Callback, Signed
from registry.courier.providers.pull import Asking, Reply
from registry.errors import MalformedError, UnavailableError
from registry.model.times import DAY, SECOND
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import Answers, Desk, body_of, class_of, code_of, meanings
from tests.courier.world import PHONE, START

SIGNING = "an-invented-signing-key"
SECRET = json.dumps({"signing_key": SIGNING, "api_key": "an-invented-api-key", "domain": "mg.demo.invalid"})
KEY = mailgun.secret(SECRET)
TABLE = shipped_outcomes("mailgun")
TOKEN = "1b3c" * 12 + "ab"


def signature(at: int = START, token: str = TOKEN, key: str = SIGNING, **changes: Any) -> dict[str, Any]:
    timestamp = str(at // SECOND)
    mac = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": mac, **changes}


def data(event: str = "delivered", **changes: Any) -> dict[str, Any]:
    told = {"event": event, "id": "event-1", "timestamp": START / SECOND - 60.25, "recipient": "someone@demo.invalid",
            "message": {"headers": {"message-id": "<message-1@mg.demo.invalid>", "subject": "…"}},
            "user-variables": {"event": "delivered"}, **changes}
    return {name: value for name, value in told.items() if value is not None}


def callback(event: Any = None, **signed: Any) -> Callback:
    return Callback({}, body_of({"signature": signature(**signed), "event-data": event or data()}))


def read(event: dict[str, Any]) -> Any:
    return mailgun.read(callback(event), TABLE, Signed("x", START, b""))[0]


def test_a_webhook_signed_with_our_key_verifies_and_its_token_is_its_id() -> None:
    signed = mailgun.verify(KEY, callback(), START)
    assert (signed.webhook_id, signed.at) == (TOKEN, START)


@pytest.mark.parametrize(("signed", "why"), [
    ({"key": "another"}, "signature-invalid"), ({"signature": "0" * 64}, "signature-invalid"),
    ({"signature": "é"}, "event-malformed"), ({"signature": None}, "event-malformed"),
    ({"timestamp": START // SECOND}, "event-malformed"), ({"timestamp": f"{START // SECOND} "}, "event-malformed"),
    ({"token": "a b"}, "event-malformed"), ({"at": START - 301 * SECOND}, "timestamp-outside"),
    ({"at": START + 301 * SECOND}, "timestamp-outside"),
])
def test_a_webhook_that_is_stale_or_anybody_elses_is_refused(signed: dict[str, Any], why: str) -> None:
    assert code_of(lambda: mailgun.verify(KEY, callback(**signed), START)) == why


def test_time_and_token_are_signed_as_one_text_but_cannot_be_cut_elsewhere() -> None:
    # HMAC("1790000000" + "1ab…") is that of "17900000001" + "ab…" too: the other cut lies 500 years off.
    moved = signature(token="1" + TOKEN)
    moved |= {"timestamp": moved["timestamp"] + "1", "token": TOKEN}
    one = Callback({}, body_of({"signature": moved, "event-data": data()}))
    assert code_of(lambda: mailgun.verify(KEY, one, START)) == "timestamp-outside"


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b'{"signature":[]}', b'{"signature":{},"signature":{}}', b"timestamp=1&token=a&signature=b",
])
def test_a_body_without_a_signature_is_refused(body: bytes) -> None:
    assert code_of(lambda: mailgun.verify(KEY, Callback({}, body), START)) == "event-malformed"


@pytest.mark.parametrize("given", [
    "", "{}", json.dumps({"signing_key": "a", "api_key": "b"}),
    json.dumps({"signing_key": "a", "api_key": "b", "domain": "../v3"}),
    json.dumps({"signing_key": "a", "api_key": "b", "domain": "d.invalid", "endpoint": "http://d.invalid"}),
])
def test_a_secret_in_another_form_is_refused(given: str) -> None:
    with pytest.raises(MalformedError) as caught:
        mailgun.secret(given)
    assert caught.value.code == "secret-malformed"


MEANS = {
    "delivered": "delivered", "failed/bounce": "dead-address", "failed/suppress-bounce": "caller-fault",
    "failed/suppress-unsubscribe": "caller-fault", "failed/suppress-complaint": "caller-fault",
    "rejected": "caller-fault", "complained": "declined", "unsubscribed": "declined",
}


def test_each_word_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("mailgun") == MEANS


@pytest.mark.parametrize(("told", "outcome"), [
    ({"event": "delivered"}, "delivered"), ({"event": "complained"}, "declined"),
    ({"event": "failed", "severity": "permanent", "reason": "bounce"}, "dead-address"),
    ({"event": "failed", "severity": "permanent", "reason": "generic"}, "unknown"),
    ({"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}, "caller-fault"),
    ({"event": "failed", "severity": "permanent"}, "unknown"), ({"event": "failed", "reason": "bounce"}, "unknown"),
    ({"event": "failed", "severity": "a-new-one", "reason": "bounce"}, "unknown"),
])
def test_an_event_means_what_its_words_mean(told: dict[str, Any], outcome: str) -> None:
    found = read(data(**told))
    assert class_of(found, TABLE) == outcome
    assert found.began_at == START - 60_250


@pytest.mark.parametrize("told", [
    {"event": "opened"}, {"event": "clicked"}, {"event": "accepted"}, {"event": "a_new_one"},
    {"event": "failed", "severity": "temporary", "reason": "bounce"},
])
def test_opens_clicks_and_what_ends_nothing_decide_nothing(told: dict[str, Any]) -> None:
    assert code_of(lambda: read(data(**told))) == "event-type-unused"


@pytest.mark.parametrize("changes", [
    {"recipient": None}, {"message": {}}, {"message": None}, {"timestamp": "1790000000"}, {"timestamp": True},
    {"timestamp": -1}, {"timestamp": 1e300},
])
def test_an_event_without_what_names_it_is_refused(changes: dict[str, Any]) -> None:
    assert code_of(lambda: read(data(**changes))) == "event-malformed"


def pulled(*items: Any, status: int = 200, answer: Any = None) -> Any:
    answers = Answers({"items": list(items), "paging": {}} if answer is None else answer, status)
    event = read(data("failed", severity="permanent", reason="bounce"))
    return mailgun.pull(KEY, event, Asking(answers, TABLE, START + DAY, "0" * 32))


def test_the_newest_end_in_the_record_counts() -> None:
    bounced = data("failed", severity="permanent", reason="bounce")
    assert class_of(pulled(data("delivered"), data("opened"), bounced), TABLE) == "dead-address"
    assert class_of(pulled(data("delivered"), data("clicked")), TABLE) == "delivered"


def test_while_the_record_has_no_end_it_is_asked_for_again() -> None:
    assert pulled() is None
    assert pulled(data("accepted"), data("failed", severity="temporary")) is None


def test_the_record_of_another_message_confirms_nothing() -> None:
    other = data("delivered", message={"headers": {"message-id": "<message-2@mg.demo.invalid>"}})
    assert code_of(lambda: pulled(other)) == "pull-mismatch"


def test_what_became_of_the_same_message_to_somebody_else_confirms_nothing() -> None:
    bounced = data("failed", severity="permanent", reason="bounce")
    assert pulled(data("delivered", recipient="other@demo.invalid")) is None
    assert class_of(pulled(bounced, data("delivered", recipient="other@demo.invalid")), TABLE) == "dead-address"
    assert pulled(bounced, *[data("opened")] * 299) is None, "the newest may stand on another page"


@pytest.mark.parametrize(("answer", "status"), [(b"Forbidden", 401), ({"items": []}, 500), (b"<html>", 200)])
def test_an_answer_that_is_none_says_nothing_about_the_message(answer: Any, status: int) -> None:
    with pytest.raises(UnavailableError):
        pulled(answer=answer, status=status)


def test_the_record_is_asked_for_with_the_api_key_and_not_with_the_one_that_signs() -> None:
    asked: list[tuple[str, str]] = []

    class Kept(Answers):
        def get(self, url: str, headers: Any) -> Reply:
            asked.append((url, headers["authorization"]))
            return super().get(url, headers)

    mailgun.pull(KEY, read(data()), Asking(Kept({"items": []}), TABLE, START, "0" * 32))
    [(url, basic)] = asked
    assert url.startswith("https://api.mailgun.net/v3/mg.demo.invalid/events?message-id=message-1%40mg.demo.invalid&")
    assert "someone" not in url
    assert "%40demo" not in url
    assert base64.b64decode(basic.removeprefix("Basic ")) == b"api:an-invented-api-key"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "mailgun", "C", secret=SECRET)


def test_a_complaint_is_logged_at_once_though_its_grade_is_c(desk: Desk) -> None:
    assert desk.post(callback(data("complained", recipient=PHONE))) == "recorded"
    assert desk.attempts() == [("declined", "C")]


def test_a_captured_signature_with_another_body_is_refused(desk: Desk) -> None:
    assert desk.post(callback(data("unsubscribed", recipient=PHONE))) == "recorded"
    assert desk.post(callback(data("failed", severity="permanent", reason="bounce", recipient=PHONE))) == (
        "webhook-id-reused")
    assert desk.attempts() == [("declined", "C")]
