"""Huawei VoiceCall: a digest that covers no body, Chinese time under a Z, and states of a call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers import huawei
from registry.courier.providers.event import Callback, Signed
from registry.errors import MalformedError
from registry.model.times import HOUR, MINUTE, SECOND
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import URL, Desk, body_of, class_of, code_of, meanings
from tests.courier.world import PHONE, START

SECRET = json.dumps({"app_key": "anInventedAppKey", "app_secret": "an-invented-app-secret"})
KEY = huawei.secret(SECRET)
TABLE = shipped_outcomes("huawei")
NONCE = "66C92B11FF8A425FB8D4CCFE0ED9ED1F"


def written(at: int, shift: int = 0) -> str:
    """A time as digits, `shift` hours east of UTC."""
    return datetime.fromtimestamp(at // SECOND + shift * 3600, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def created(at: int, shift: int = 8) -> str:
    """A time as Huawei writes `Created`: its own clock, eight hours ahead, and a Z."""
    return written(at, shift).replace(" ", "T") + "Z"


def callback(
    body: bytes = b"{}", at: int = START, url: str = URL, sent_to: str = URL, **parts: str,
) -> Callback:
    told = {"Username": "anInventedAppKey", "Nonce": NONCE, "Created": created(at), **parts}
    content = f"{url}\n{told['Nonce']}\n{told['Created']}".encode()
    digest = base64.b64encode(hmac.new(b"an-invented-app-secret", content, hashlib.sha256).digest()).decode()
    value = ('UsernameToken Username="{}", PasswordDigest="{}", Nonce="{}", Created="{}"'.format(
        told["Username"], parts.get("PasswordDigest", digest), told["Nonce"], told["Created"]))
    return Callback({"x-aksk": value}, body, sent_to)


def state(kind: str = "disconnect", code: object = 8004, at: int = START, **changes: Any) -> dict[str, Any]:
    told = {"sessionId": "1201_612_4294967295_20190124030424@callenabler245.demo.invalid", "timestamp": written(at),
            "caller": "+8610000009999", "called": PHONE, "stateCode": code, "stateDesc": "whatever", **changes}
    return {"eventType": kind, "statusInfo": {name: one for name, one in told.items() if one is not None}}


def read(told: object, pushed_at: int = START) -> Any:
    body = body_of(told)
    return huawei.read(Callback({}, body), TABLE, Signed("x", pushed_at, body))[0]


def test_a_push_with_our_digest_verifies_and_its_clock_is_read_as_chinese_time() -> None:
    assert huawei.verify(KEY, callback(), START).at == START


def test_the_eight_hours_a_clock_that_means_its_z_is_eight_hours_off_and_refused() -> None:
    for shift in (0, 16):
        one = callback(Created=created(START, shift))
        assert code_of(lambda given=one: huawei.verify(KEY, given, START)) == "timestamp-outside"


@pytest.mark.parametrize(("skew", "taken"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_a_clock_up_to_300_seconds_off_is_fine(skew: int, taken: bool) -> None:
    one = callback(at=START + skew * SECOND)
    if taken:
        assert huawei.verify(KEY, one, START).at == START + skew * SECOND
    else:
        assert code_of(lambda: huawei.verify(KEY, one, START)) == "timestamp-outside"


@pytest.mark.parametrize("parts", [
    {"sent_to": URL + "&more=1"}, {"url": "https://elsewhere.invalid/"}, {"PasswordDigest": "AAAA"},
    {"Username": "anotherAppKey"},
])
def test_another_address_digest_or_application_is_refused(parts: dict[str, str]) -> None:
    assert code_of(lambda: huawei.verify(KEY, callback(**parts), START)) == "signature-invalid"


@pytest.mark.parametrize("change", [
    lambda good: "", lambda good: good + "\n", lambda good: good.lower(), lambda good: good.replace(", ", "; "),
    lambda good: good.replace('Z"', '+08:00"'), lambda good: good.replace("Nonce", "nonce"), lambda good: good * 2,
])
def test_a_header_in_another_form_is_refused_before_anything_else(change: Any) -> None:
    good = callback().headers["x-aksk"]
    assert code_of(lambda: huawei.verify(KEY, Callback({"x-aksk": change(good)}, b"{}", URL), START)) == (
        "headers-malformed")


@pytest.mark.parametrize("given", ["", "{}", '{"app_key":"a"}', '{"app_key":"a","app_secret":""}'])
def test_a_secret_in_another_form_is_refused(given: str) -> None:
    with pytest.raises(MalformedError) as caught:
        huawei.secret(given)
    assert caught.value.code == "secret-malformed"


MEANS = {
    "answer": "voicemail", "disconnect/0": "reached-person", "disconnect/8003": "no-answer",
    "disconnect/8004": "declined", "disconnect/8002": "unknown", "disconnect/522": "caller-fault",
    **dict.fromkeys((f"disconnect/700{n}" for n in range(1, 6)), "caller-fault"),
}


def test_each_code_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("huawei") == MEANS


@pytest.mark.parametrize(("code", "outcome"), [
    (8003, "unknown"),  # for how long it rang, no one state says
    (8004, "declined"), ("8004", "declined"), (0, "reached-person"), (8002, "unknown"), (8105, "unknown"),
    (None, "unknown"), (True, "unknown"), ("8004 ", "unknown"), (7004, "caller-fault"),
])
def test_the_end_of_a_call_means_what_its_code_means(code: object, outcome: str) -> None:
    assert class_of(read(state(code=code)), TABLE) == outcome


def test_an_answer_is_told_at_once() -> None:
    assert class_of(read(state("answer", None)), TABLE) == "voicemail"


@pytest.mark.parametrize("kind", ["callout", "alerting", "collectInfo", "fee", "aNewOne"])
def test_other_states_are_not_used(kind: str) -> None:
    assert code_of(lambda: read(state(kind))) == "event-type-unused"


@pytest.mark.parametrize("shift", [0, 8])
@pytest.mark.parametrize("ago", [0, MINUTE, 6 * HOUR])
def test_a_time_without_a_zone_is_read_so_that_the_push_can_tell_of_it(shift: int, ago: int) -> None:
    told = state(timestamp=written(START - ago, shift))
    assert read(told).began_at == START - ago


@pytest.mark.parametrize("shift", [16, -9])
def test_a_time_that_no_reading_explains_is_refused(shift: int) -> None:
    assert code_of(lambda: read(state(timestamp=written(START, shift)))) == "event-malformed"


@pytest.mark.parametrize("changes", [
    {"sessionId": None}, {"called": None}, {"timestamp": None}, {"timestamp": "2026-09-21T10:00:00Z"},
    {"timestamp": "2026-13-01 00:00:00"},
])
def test_a_state_without_what_names_it_is_refused(changes: dict[str, Any]) -> None:
    assert code_of(lambda: read(state(**changes))) == "event-malformed"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "huawei", "C", secret=SECRET)


def test_a_refusal_is_logged_at_once_though_its_grade_is_c(desk: Desk) -> None:
    assert desk.post(callback(body_of(state()))) == "recorded"
    assert desk.attempts() == [("declined", "C")]


def test_a_captured_header_with_another_body_is_refused_as_a_nonce_used_twice(desk: Desk) -> None:
    assert desk.post(callback(body_of(state("answer")))) == "recorded"
    assert desk.post(callback(body_of(state(code=0)))) == "webhook-id-reused"
    assert desk.post(callback(body_of(state("answer")))) == "repeated"
    assert desk.attempts() == [("voicemail", "C")]
