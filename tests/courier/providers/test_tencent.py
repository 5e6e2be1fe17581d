"""Tencent Cloud voice and SMS: unsigned callbacks to an address with a token, and the record of a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers import tencent_sms, tencent_voice
from registry.courier.providers.event import Callback, RefusedEvent, Signed
from registry.courier.providers.pull import Asking
from registry.errors import MalformedError, UnavailableError
from registry.model.times import DAY, SECOND, parse_rfc3339
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import TOKEN, URL, Answers, Desk, body_of, class_of, code_of, meanings
from tests.courier.providers.test_huawei import written
from tests.courier.world import PHONE, START

VOICE, SMS = shipped_outcomes("tencent-voice"), shipped_outcomes("tencent-sms")
LOCAL = PHONE.removeprefix("+86")
VOICE_SECRET = json.dumps({"token": TOKEN})
SMS_SECRET = json.dumps({
    "token": TOKEN, "secret_id": "AnInventedId", "secret_key": "an-invented-key", "sdk_app_id": "1400006666",
    "region": "ap-guangzhou"})


def status(result: object = "1", kind: str = "voiceprompt_callback", **changes: Any) -> dict[str, Any]:
    """cloud.tencent.com/document/api/1128/37725"""
    told = {"result": result, "accept_time": "0", "call_from": "", "callid": "call-1", "fee": "1", "mobile": LOCAL,
            "nationcode": "86", "start_calltime": str(START // SECOND - 60), "end_calltime": str(START // SECOND),
            **changes}
    return {kind: {name: value for name, value in told.items() if value is not None}}


def failure(code: object = 8, **changes: Any) -> dict[str, Any]:
    """cloud.tencent.com/document/api/1128/37727"""
    return {"voice_failure_callback": {
        "call_from": "075583763333", "callid": "call-1", "failure_code": code, "failure_reason": "空号",
        "mobile": LOCAL, "nationcode": "86", **changes}}


def read(told: object) -> Any:
    body = body_of(told)
    return tencent_voice.read(Callback({}, body, URL), VOICE, Signed("x", START, body))[0]


def test_each_code_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("tencent-voice") == {
        "result/0": "reached-person", "result/1": "no-answer", "failure/8": "dead-address"}
    assert meanings("tencent-sms") == {"DELIVRD": "delivered"}


@pytest.mark.parametrize(("told", "outcome"), [
    (status("0"), "reached-person"), (status("0", "voicecode_callback"), "reached-person"),
    (status("1"), "no-answer"),
    (status("1", start_calltime=str(START // SECOND - 28)), "no-answer"),
    (status("1", start_calltime=str(START // SECOND - 27)), "unknown"),  # 8 s of it are setting up
    (status("3"), "unknown"), (status("0", flavour="new"), "reached-person"),
    (failure(8), "dead-address"), (failure("8"), "dead-address"), (failure(9), "unknown"), (failure(None), "unknown"),
    (failure(True), "unknown"), (failure(8, failure_reason="关机"), "dead-address"),
])
def test_a_call_means_what_its_codes_mean(told: dict[str, Any], outcome: str) -> None:
    found = read(told)
    assert class_of(found, VOICE) == outcome
    assert (found.attempt, found.dialled) == ("call-1", PHONE)


@pytest.mark.parametrize("told", [
    status("2"), {"voicekey_callback": {"callid": "call-1"}}, {"a_new_callback": {}}, {},
])
def test_a_failure_without_its_reason_waits_for_the_reason_and_keys_are_not_used(told: dict[str, Any]) -> None:
    assert code_of(lambda: read(told)) == "event-type-unused"


@pytest.mark.parametrize("changes", [
    {"callid": None}, {"mobile": None}, {"mobile": "1390000****"}, {"nationcode": "+86"}, {"result": 1},
    {"start_calltime": "2026-09-21 10:00:00"}, {"start_calltime": "-1"}, {"end_calltime": "0"},
    {"start_calltime": str(START // SECOND + 1)},
])
def test_a_call_without_what_names_it_is_refused(changes: dict[str, Any]) -> None:
    assert code_of(lambda: read(status(**changes))) == "event-malformed"


def test_a_failure_that_tells_no_time_is_dated_by_its_arrival() -> None:
    assert read(failure()).began_at == START


@pytest.mark.parametrize("given", ["", "{}", '{"token":"short"}', json.dumps({"token": TOKEN, "more": "x"})])
def test_a_secret_in_another_form_is_refused(given: str) -> None:
    with pytest.raises(MalformedError) as caught:
        tencent_voice.secret(given)
    assert caught.value.code == "secret-malformed"


def test_a_call_that_somebody_took_is_logged_at_once_and_one_that_nobody_took_never_counts(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "tencent-voice", "C", secret=VOICE_SECRET)
    assert desk.post(Callback({}, body_of(status("0")), URL)) == "recorded"
    assert desk.attempts() == [("reached-person", "C")]
    assert desk.post(Callback({}, body_of(status("0")), URL.replace("t" * 43, "u" * 43))) == "signature-invalid"


# SMS.


def state(**changes: Any) -> dict[str, Any]:
    """tencentcloud.com/document/api/382/43547"""
    told = {"user_receive_time": written(START, 8), "nationcode": "86", "mobile": LOCAL, "report_status": "SUCCESS",
            "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": "5000:1", **changes}
    return {name: value for name, value in told.items() if value is not None}


def messages(*states: Any) -> list[Any]:
    body = body_of(list(states))
    return list(tencent_sms.read(Callback({}, body, URL), SMS, Signed("x", START, body)))


@pytest.mark.parametrize(("changes", "outcome"), [
    ({}, "delivered"), ({"report_status": "FAIL"}, "unknown"), ({"errmsg": "UNDELIV"}, "unknown"),
    ({"errmsg": "DELIVERED"}, "unknown"), ({"errmsg": None}, "unknown"),
])
def test_of_a_message_only_that_it_arrived_means_anything(changes: dict[str, Any], outcome: str) -> None:
    [found] = messages(state(**changes))
    assert class_of(found, SMS) == outcome
    assert (found.attempt, found.dialled, found.began_at) == ("5000:1", PHONE, START)


def test_the_time_of_a_message_is_chinese_and_not_utc() -> None:
    [found] = messages(state(user_receive_time="2015-10-17 08:03:04"))
    assert found.began_at == parse_rfc3339("2015-10-17T08:03:04+08:00")


def test_one_bad_state_does_not_take_the_others_with_it() -> None:
    found = messages(state(), state(sid=None), state(mobile="x"), state(sid="5000:2"))
    assert [one.code if isinstance(one, RefusedEvent) else one.attempt for one in found] == [
        "5000:1", "event-malformed", "event-malformed", "5000:2"]


def record(**changes: Any) -> dict[str, Any]:
    """cloud.tencent.com/document/product/382/55977"""
    return {"Description": "DELIVRD", "CountryCode": "86", "SubscriberNumber": LOCAL, "ReportStatus": "SUCCESS",
            "PhoneNumber": PHONE, "SerialNo": "5000:1", "UserReceiveTime": START // SECOND, **changes}


def pulled(answer: object, status_: int = 200) -> Any:
    answers = Answers(answer, status_)
    found = tencent_sms.pull(
        tencent_sms.secret(SMS_SECRET), messages(state())[0], Asking(answers, SMS, START, "0" * 32))
    assert answers.asked == ["https://sms.tencentcloudapi.com/"]
    return found


@pytest.mark.parametrize(("changes", "outcome"), [
    ({}, "delivered"), ({"ReportStatus": "FAIL"}, "unknown"), ({"Description": "DB:0141"}, "unknown"),
])
def test_the_record_of_a_message_is_read_by_the_same_table(changes: dict[str, Any], outcome: str) -> None:
    other = record(SerialNo="5000:9", Description="DB:0141")
    found = pulled({"Response": {"PullSmsSendStatusSet": [other, record(**changes)], "RequestId": "r"}})
    assert class_of(found, SMS) == outcome
    assert (found.attempt, found.dialled, found.began_at) == ("5000:1", PHONE, START)


@pytest.mark.parametrize("found", [[], None, [record(SerialNo="5000:9")]])
def test_while_there_is_no_record_of_this_message_it_is_asked_for_again(found: object) -> None:
    assert pulled({"Response": {"PullSmsSendStatusSet": found}}) is None


@pytest.mark.parametrize(("answer", "code"), [
    ({"Response": {"Error": {"Code": "AuthFailure"}, "RequestId": "r"}}, 200), ({}, 200), (b"[]", 200),
    ({"Response": {"PullSmsSendStatusSet": []}}, 500),
])
def test_an_answer_that_is_none_says_nothing_about_the_message(answer: object, code: int) -> None:
    with pytest.raises(UnavailableError):
        pulled(answer, code)


def test_the_message_is_asked_for_from_a_day_before_it_on() -> None:
    asked: list[bytes] = []

    class Kept(Answers):
        def post(self, url: str, body: bytes, headers: Any) -> Any:
            asked.append(body)
            return super().post(url, body, headers)

    tencent_sms.pull(tencent_sms.secret(SMS_SECRET), messages(state())[0],
                     Asking(Kept({"Response": {}}), SMS, START + DAY, "0" * 32))
    assert json.loads(asked[0]) == {
        "BeginTime": (START - DAY) // SECOND, "EndTime": (START + DAY) // SECOND, "Offset": 0, "Limit": 100,
        "PhoneNumber": PHONE, "SmsSdkAppId": "1400006666"}
