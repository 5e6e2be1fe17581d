"""Alibaba Cloud VMS and SMS: unsigned reports to an address with a token, and the record that confirms them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry.courier.providers import aliyun_sms, aliyun_vms
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import chinese_number
from registry.courier.providers.pull import Asking
from registry.errors import MalformedError, UnavailableError
from registry.model.times import HOUR, SECOND, parse_rfc3339
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import TOKEN, URL, Answers, Desk, body_of, class_of, code_of, meanings
from tests.courier.providers.test_huawei import written
from tests.courier.world import PHONE, START

VOICE, SMS = shipped_outcomes("aliyun-vms"), shipped_outcomes("aliyun-sms")
KEYS = {"token": TOKEN, "access_key_id": "AnInventedId", "access_key_secret": "an-invented-secret"}
VOICE_SECRET = json.dumps({**KEYS, "prod_id": "11000000300006"})
SMS_SECRET = json.dumps(KEYS)
# help.aliyun.com/zh/vms/voicereport-7, with the stars of the numbers filled in.
DOCUMENTED = {
    "call_id": "100001616500^100001871490", "originate_time": "2020-05-01 10:00:00",
    "ring_time": "2020-05-01 10:00:03", "start_time": "", "end_time": "2020-05-01 10:00:40",
    "caller": "057111110000", "callee": "13900000000",
    "duration": "0", "status_code": "200010", "early_media_code": "200002", "hangup_direction": "用户",
    "status_msg": "执行完成", "out_id": "123456", "voice_type": "voice", "toll_type": "LOCAL",
}
LOCAL = PHONE.removeprefix("+86")


def read(module: Any, table: Any, *reports: Any) -> list[Any]:
    body = body_of(list(reports))
    return list(module.read(Callback({}, body, URL), table, Signed("x", START, body)))


def call(code: object = "200003", **changes: Any) -> dict[str, Any]:
    told = {**DOCUMENTED, "status_code": code, "early_media_code": "", "callee": LOCAL,
            "originate_time": written(START - 60 * SECOND, 8), "ring_time": written(START - 50 * SECOND, 8),
            "end_time": written(START - 20 * SECOND, 8), **changes}
    return {name: value for name, value in told.items() if value is not None}


@pytest.mark.parametrize(("url", "why"), [
    (URL, None), (URL + "&more=1", None), (URL.split("?", maxsplit=1)[0], "signature-invalid"),
    (URL[:-1], "signature-invalid"), (URL + "x", "signature-invalid"), (URL + "%0A", "signature-invalid"),
    (URL + "&token=" + TOKEN, "signature-invalid"), (URL.replace("token", "Token"), "signature-invalid"),
    (URL.replace("tttt", "%74%74%74%74", 1), None), ("", "signature-invalid"),
])
def test_only_the_address_with_our_token_is_taken(url: str, why: str | None) -> None:
    key = aliyun_vms.secret(VOICE_SECRET)
    if why is None:
        assert aliyun_vms.verify(key, Callback({}, b"[]", url), START).at == START
    else:
        assert code_of(lambda: aliyun_vms.verify(key, Callback({}, b"[]", url), START)) == why


def test_the_id_of_a_push_is_a_digest_of_its_body() -> None:
    key = aliyun_vms.secret(VOICE_SECRET)
    first, again, other = (aliyun_vms.verify(key, Callback({}, body, URL), at)
                           for body, at in ((b"[1]", START), (b"[1]", START + HOUR), (b"[1]\n", START)))
    assert first.webhook_id == again.webhook_id != other.webhook_id


@pytest.mark.parametrize("changes", [
    {"token": "short"}, {"token": "a b" * 20}, {"access_key_id": None}, {"endpoint": "http://demo.invalid"},
    {"endpoint": "https://demo.invalid/path"}, {"endpoint": "https://demo.invalid/"}, {"region": "cn"},
])
def test_a_secret_in_another_form_is_refused_without_being_repeated(changes: dict[str, Any]) -> None:
    given = {name: value for name, value in {**KEYS, **changes}.items() if value is not None}
    with pytest.raises(MalformedError) as caught:
        aliyun_sms.secret(json.dumps(given))
    assert caught.value.code == "secret-malformed"
    assert "invented" not in caught.value.detail


def test_the_secret_shows_in_no_text_of_the_account() -> None:
    assert "an-invented-secret" not in repr(aliyun_sms.secret(SMS_SECRET))
    assert TOKEN not in repr(aliyun_sms.secret(SMS_SECRET))


@pytest.mark.parametrize(("dialled", "number"), [
    ("13900000000", "+8613900000000"), ("057111110000", "+8657111110000"), ("8613900000000", "+8613900000000"),
    ("0085290000000", "+85290000000"), ("+8613900000000", "+8613900000000"), ("1390000****", "1390000****"),
])
def test_a_number_as_it_is_dialled_in_china_is_one_in_e164(dialled: str, number: str) -> None:
    assert chinese_number(dialled) == number


# Voice.

MEANS = {
    "200000": "reached-person", "200001": "reached-person", "200002": "busy", "200112": "busy",
    "200003": "no-answer", "200113": "no-answer", "200004": "dead-address", "200116": "dead-address",
    "200005": "unknown", "200111": "declined", "200010": "not-alerted", "200007": "not-alerted",
    "200120": "not-alerted", "200011": "not-alerted", "200008": "unknown",
    **dict.fromkeys(("200006", "200104", "200105", "200117", "200118", "200121"), "caller-fault"),
}


def test_each_code_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("aliyun-vms") == MEANS


def test_the_codes_are_those_that_are_documented() -> None:
    # operators-receipt-error-code, read on 2026-11-22; 200100 and the smart codes are not of it.
    of_ours, of_carriers = (*range(9), 10, 11), (104, 105, 111, 112, 113, 116, 117, 118, 120, 121)
    assert set(MEANS) == {str(200_000 + n) for n in (*of_ours, *of_carriers)}


def test_of_a_code_and_the_announcement_that_was_heard_the_less_favourable_counts() -> None:
    [found] = read(aliyun_vms, VOICE, DOCUMENTED)
    assert class_of(found, VOICE) == "busy", "the documented sample: switched off, and announced as busy"


@pytest.mark.parametrize(("told", "outcome"), [
    ({"code": "200003"}, "no-answer"), ({"code": "200003", "ring_time": ""}, "unknown"),
    ({"code": "200003", "end_time": ""}, "unknown"),
    ({"code": "200003", "end_time": written(START - 31 * SECOND, 8)}, "unknown"),
    ({"code": "200010"}, "not-alerted"), ({"code": "200010", "early_media_code": "200010"}, "not-alerted"),
    ({"code": "200010", "early_media_code": "200111"}, "declined"),
    ({"code": "200010", "early_media_code": "999999"}, "unknown"),
    ({"code": "200003", "early_media_code": "200005"}, "unknown"),
    ({"code": "200005"}, "unknown"), ({"code": "200011"}, "not-alerted"), ({"code": "200100"}, "unknown"),
    ({"code": "200000", "start_time": written(START - 40 * SECOND, 8)}, "reached-person"),
    ({"code": "200008", "start_time": written(START - 40 * SECOND, 8)}, "voicemail"),
    ({"code": "200010", "start_time": written(START - 40 * SECOND, 8)}, "voicemail"),
    ({"code": "200111", "start_time": written(START - 40 * SECOND, 8)}, "declined"),
])
def test_a_report_means_what_its_codes_and_times_mean(told: dict[str, Any], outcome: str) -> None:
    [found] = read(aliyun_vms, VOICE, call(**told))
    assert class_of(found, VOICE) == outcome


def test_times_are_chinese_and_not_utc() -> None:
    [found] = read(aliyun_vms, VOICE, {**DOCUMENTED, "early_media_code": ""})
    assert found.began_at == parse_rfc3339("2020-05-01T10:00:00+08:00")
    assert (found.attempt, found.dialled) == ("100001616500^100001871490", "+8613900000000")


def test_one_bad_report_does_not_take_the_others_with_it() -> None:
    found = read(aliyun_vms, VOICE, call(), call(callee=None), call(voice_type="asr"), call(200_003),
                 call(originate_time="2026-09-21T10:00:00Z"), call(flavour="new"))
    assert [one.code if isinstance(one, RefusedEvent) else class_of(one, VOICE) for one in found] == [
        "no-answer", "event-malformed", "event-type-unused", "event-malformed", "event-malformed", "no-answer"]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[1]", b'[{"a":1,"a":2}]', b"", b"null", b'[{}],"b":[{}]'])
def test_a_body_that_is_no_list_of_reports_is_refused(body: bytes) -> None:
    for module, table in ((aliyun_vms, VOICE), (aliyun_sms, SMS)):
        assert code_of(lambda m=module, t=table: m.read(Callback({}, body, URL), t, Signed("x", 0, body))) == (
            "event-malformed")


def record(**changes: Any) -> dict[str, Any]:
    """A call as QueryCallDetailByCallId has it (help.aliyun.com/document_detail/393529.html)."""
    told = {"caller": "057111110000", "startDate": "", "stateDesc": "用户收到呼叫但未接听", "duration": 0,
            "callerShowNumber": "057111110000", "gmtCreate": written(START - 60 * SECOND, 8), "state": "200003",
            "endDate": written(START - 20 * SECOND, 8), "calleeShowNumber": LOCAL, "callee": LOCAL,
            "aRingTime": written(START - 50 * SECOND, 8), "aEndTime": written(START - 20 * SECOND, 8), **changes}
    return {name: value for name, value in told.items() if value is not None}


def pulled(answer: object, module: Any = aliyun_vms, given: str = VOICE_SECRET, status: int = 200) -> Any:
    table = VOICE if module is aliyun_vms else SMS
    [event] = read(module, table, call() if module is aliyun_vms else message())
    return module.pull(module.secret(given), event, Asking(Answers(answer, status), table, START, "0" * 32))


@pytest.mark.parametrize(("changes", "outcome"), [
    ({}, "no-answer"), ({"state": "200000", "duration": 12}, "reached-person"), ({"state": "200005"}, "unknown"),
    ({"state": "200010", "duration": 3}, "voicemail"), ({"state": "1"}, "unknown"), ({"aRingTime": ""}, "unknown"),
])
def test_the_record_of_a_call_is_read_by_the_same_table(changes: dict[str, Any], outcome: str) -> None:
    found = pulled({"Code": "OK", "Data": json.dumps(record(**changes))})
    assert isinstance(found, Event)
    assert (found.attempt, found.dialled) == (call()["call_id"], PHONE)
    assert class_of(found, VOICE) == outcome


@pytest.mark.parametrize("data", ["", None, "{}"])
def test_while_there_is_no_record_it_is_asked_for_again(data: object) -> None:
    assert pulled({"Code": "OK", "Data": data}) is None


@pytest.mark.parametrize(("answer", "status"), [
    ({"Code": "isv.BUSINESS_LIMIT_CONTROL"}, 200), ({"Code": "OK", "Data": "{}"}, 403), (b"<html>", 200),
    ({"Code": "OK", "Data": {"state": "200003"}}, 200), (b"", 502),
])
def test_an_answer_that_is_none_says_nothing_about_the_call(answer: object, status: int) -> None:
    with pytest.raises(UnavailableError):
        pulled(answer, status=status)


# SMS.


def message(**changes: Any) -> dict[str, Any]:
    told = {"phone_number": LOCAL, "send_time": written(START - 60 * SECOND, 8), "report_time": written(START, 8),
            "success": True, "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": "12345^0",
            "out_id": "67890", **changes}
    return {name: value for name, value in told.items() if value is not None}


@pytest.mark.parametrize(("changes", "outcome"), [
    ({}, "delivered"), ({"success": False}, "unknown"), ({"success": "true"}, "unknown"),
    ({"success": False, "err_code": "MOBILE_NOT_ON_SERVICE"}, "unknown"), ({"err_code": "UNKNOWN"}, "unknown"),
    ({"err_code": "delivered"}, "unknown"), ({"err_code": None}, "unknown"),
])
def test_of_a_message_only_that_it_arrived_means_anything(changes: dict[str, Any], outcome: str) -> None:
    assert meanings("aliyun-sms") == {"DELIVERED": "delivered"}
    [found] = read(aliyun_sms, SMS, message(**changes))
    assert class_of(found, SMS) == outcome
    assert (found.began_at, found.medium) == (START - 60 * SECOND, "sms")


def test_two_numbers_of_one_sending_are_two_attempts() -> None:
    first, second = read(aliyun_sms, SMS, message(), message(phone_number="10000000099"))
    assert first.attempt != second.attempt


def details(*found: dict[str, Any]) -> dict[str, Any]:
    return {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(found)}, "TotalCount": str(len(found))}


def detail(status: object = 3, code: str = "DELIVERED") -> dict[str, Any]:
    return {"PhoneNum": LOCAL, "SendStatus": status, "ErrCode": code, "TemplateCode": "SMS_1", "Content": "…",
            "SendDate": written(START - 60 * SECOND, 8), "ReceiveDate": written(START, 8), "OutId": "67890"}


@pytest.mark.parametrize(("status", "code", "outcome"), [
    (3, "DELIVERED", "delivered"), ("3", "DELIVERED", "delivered"), (2, "DELIVERED", "unknown"),
    (3, "MK:0010", "unknown"), (9, "DELIVERED", "unknown"),
])
def test_the_record_of_a_message_is_read_by_the_same_table(status: object, code: str, outcome: str) -> None:
    found = pulled(details(detail(status, code)), aliyun_sms, SMS_SECRET)
    assert class_of(found, SMS) == outcome


def test_while_a_message_waits_for_its_carrier_it_is_asked_for_again() -> None:
    assert pulled(details(), aliyun_sms, SMS_SECRET) is None
    assert pulled(details(detail(1, "")), aliyun_sms, SMS_SECRET) is None


def test_several_records_of_one_message_confirm_nothing() -> None:
    assert code_of(lambda: pulled(details(detail(), detail()), aliyun_sms, SMS_SECRET)) == "pull-mismatch"


def test_the_day_that_is_asked_for_is_the_chinese_one() -> None:
    late = parse_rfc3339("2026-09-21T23:30:00+08:00")
    [event] = read(aliyun_sms, SMS, message(send_time=written(late, 8)))
    answers = Answers(details())
    aliyun_sms.pull(aliyun_sms.secret(SMS_SECRET), event, Asking(answers, SMS, START, "0" * 32))
    assert "SendDate=20260921" in answers.asked[0]


# Through the courier.


def test_a_call_that_was_answered_restricts_at_once_and_one_that_was_not_waits(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "aliyun-vms", "C", secret=VOICE_SECRET)
    assert desk.post(Callback({}, body_of([call(), call("200111", call_id="another^1")]), URL)) == "recorded"
    assert desk.attempts() == [("declined", "C")]


def test_a_stranger_without_the_token_makes_no_entry(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "aliyun-sms", "C", secret=SMS_SECRET)
    assert desk.post(Callback({}, body_of([message()]), URL[:-1])) == "signature-invalid"
    assert desk.attempts() == []
