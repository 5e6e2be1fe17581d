"""Twilio: whose word it is, what can be read in one way only, and what a call or a message came to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from registry.courier.providers import twilio, twilio_sms, twilio_voice
from registry.courier.providers.event import Callback, Event, Ringing
from registry.courier.providers.twilio import AuthToken
from registry.errors import MalformedError
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import NAME, Desk, class_of, code_of, meanings
from tests.courier.world import PHONE

ACCOUNT, TOKEN = "AC" + "a1" * 16, "0123456789abcdef" * 2
CALL, MESSAGE = "CA" + "b2" * 16, "SM" + "c3" * 16
SECRET = json.dumps({"account_sid": ACCOUNT, "auth_token": TOKEN})
KEY = twilio.secret(SECRET)
URL = f"https://demo.invalid/v1/attempts/{NAME}"
FORM = "application/x-www-form-urlencoded"
VOICE, SMS = shipped_outcomes("twilio-voice"), shipped_outcomes("twilio-sms")
AT = 1_477_965_553_000  # Tue, 01 Nov 2016 01:59:13 +0000


def ended(status: str = "no-answer", **changes: Any) -> dict[str, str]:
    """The end of a call as Twilio posts it (of a real one: github.com/somleng/somleng-switch/issues/7), and more."""
    found = {
        "ApiVersion": "2010-04-01", "Called": PHONE, "CallStatus": status, "Duration": "0", "From": "+8610000009999",
        "Direction": "outbound-api", "CallDuration": "0", "Timestamp": "Tue, 01 Nov 2016 01:59:13 +0000",
        "AccountSid": ACCOUNT, "CallbackSource": "call-progress-events", "SipResponseCode": "487",
        "Caller": "+8610000009999", "SequenceNumber": "0", "CallSid": CALL, "To": PHONE, "ToCity": "", "ToState": "",
        "ParentCallSid": "CA" + "d4" * 16, **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def message(status: str = "delivered", **changes: Any) -> dict[str, str]:
    found = {"AccountSid": ACCOUNT, "MessageSid": MESSAGE, "SmsSid": MESSAGE, "SmsStatus": status,
             "MessageStatus": status, "To": PHONE, "From": "+8610000009999", "ApiVersion": "2010-04-01", **changes}
    return {name: value for name, value in found.items() if value is not None}


def content_of(url: str, form: dict[str, str]) -> bytes:
    """What is signed, put together as the page says and not as the product does."""
    return (url + "".join(name + form[name] for name in sorted(form))).encode()


def posted(form: dict[str, str], url: str = URL, key: AuthToken = KEY, signed_as: bytes | None = None) -> Callback:
    signature = key.sign(content_of(url, form) if signed_as is None else signed_as)
    return Callback({"x-twilio-signature": signature}, urlencode(form).encode(), url, FORM)


# The signature.


def test_the_vector_of_twilios_own_helper_library_holds() -> None:
    # github.com/twilio/twilio-python, tests/unit/test_request_validator.py
    key = AuthToken("AC", b"12345")
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
            "Caller": "+14158675309"}
    assert key.sign(content_of(url, form)) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    body = b'{"property": "value", "boolean": true}'
    assert key.sign(f"{url}&bodySHA256={hashlib.sha256(body).hexdigest()}".encode()) == "a9nBmqA0ju/hNViExpshrM61xv4="


def test_a_form_of_the_account_verifies_and_tells_when() -> None:
    signed = twilio_voice.verify(KEY, posted(ended()), AT)
    assert (signed.at, len(signed.webhook_id)) == (AT, 32)
    assert twilio_voice.verify(KEY, posted(ended()), AT).webhook_id == signed.webhook_id


@pytest.mark.parametrize("url", ["https://demo.invalid:443/v1/attempts/x", "https://demo.invalid/v1/attempts/x"])
def test_the_address_is_taken_with_and_without_its_port(url: str) -> None:
    callback = posted(ended(), url)
    for other in ("https://demo.invalid:443/v1/attempts/x", "https://demo.invalid/v1/attempts/x"):
        assert twilio_voice.verify(KEY, replace(callback, url=other), AT).at == AT


OTHER = AuthToken(ACCOUNT, b"f" * 32)
ELSEWHERE = "https://demo.invalid/v1/attempts/another"


@pytest.mark.parametrize(("callback", "code"), [
    (posted(ended(), key=OTHER), "signature-invalid"),
    (replace(posted(ended()), url=ELSEWHERE), "signature-invalid"),
    (replace(posted(ended()), url=URL + "?again=1"), "signature-invalid"),
    (replace(posted(ended()), headers={}), "signature-invalid"),
    (replace(posted(ended()), headers={"x-twilio-signature": "not base64!"}), "signature-invalid"),
    (replace(posted(ended()), body=posted(ended()).body.replace(b"no-answer", b"completed")), "signature-invalid"),
    (replace(posted(ended()), body=posted(ended()).body + b"&Extra=1"), "signature-invalid"),
    (replace(posted(ended()), body=posted(ended()).body + b"\n"), "signature-invalid"),
    (replace(posted(ended()), body=posted(ended()).body + b"&"), "event-malformed"),
    (replace(posted(ended()), content_type="text/plain"), "headers-malformed"),
    (replace(posted(ended()), body=b"A" * (64 * 1024 + 1)), "body-too-long"),
    (posted(ended(AccountSid="AC" + "e5" * 16)), "signature-invalid"),
    (posted(ended(AccountSid=None)), "signature-invalid"),
])
def test_what_is_altered_or_anybody_elses_is_refused(callback: Callback, code: str) -> None:
    assert code_of(lambda: twilio_voice.verify(KEY, callback, AT)) == code


def test_an_event_may_be_late_but_never_from_the_future() -> None:
    callback = posted(ended())
    assert twilio_voice.verify(KEY, callback, AT + 7 * 86_400_000).at == AT
    assert twilio_voice.verify(KEY, callback, AT - 300_000).at == AT
    assert code_of(lambda: twilio_voice.verify(KEY, callback, AT - 301_000)) == "timestamp-outside"


# One reading only. Each form below has the very signature of a genuine one: the bytes are the same, cut elsewhere.


def cut_elsewhere(genuine: dict[str, str], forged: dict[str, str]) -> Callback:
    signed = content_of(URL, genuine)
    assert content_of(URL, forged) == signed, "the same bytes, or this tests nothing"
    return posted(forged, signed_as=signed)


def test_parameters_are_joined_without_delimiters_so_the_same_bytes_have_other_readings() -> None:
    assert content_of(URL, {"AccountSid": "AC1", "CallStatus": "busy"}) == content_of(
        URL, {"AccountSid": "AC1Call", "Status": "busy"})


def test_a_status_hidden_in_the_value_before_it_is_refused() -> None:
    # CallSid < CallStatus: its value swallows the name and the value after it.
    genuine = {"AccountSid": ACCOUNT, "CallSid": CALL, "CallStatus": "completed", "To": PHONE}
    forged = {"AccountSid": ACCOUNT, "CallSid": CALL + "CallStatuscompleted", "To": PHONE}
    assert code_of(lambda: twilio_voice.verify(KEY, cut_elsewhere(genuine, forged), AT)) == "form-ambiguous"


def test_a_status_that_somebody_wrote_into_another_parameter_makes_even_the_genuine_form_unreadable() -> None:
    # Whoever can choose a value (a SIP header, a caller's name) could else choose where the names begin.
    genuine = ended("completed", CallerName="Example CallStatusno-answer")
    assert code_of(lambda: twilio_voice.verify(KEY, posted(genuine), AT)) == "form-ambiguous"


def test_a_parameter_moved_into_the_address_is_refused() -> None:
    genuine = {"AccountSid": ACCOUNT, "CallSid": CALL, "CallStatus": "completed"}
    url = URL + "?x="
    signed = content_of(url, genuine)
    moved = Callback({"x-twilio-signature": KEY.sign(signed)}, urlencode({"CallStatus": "completed"}).encode(),
                     f"{url}AccountSid{ACCOUNT}CallSid{CALL}", FORM)
    assert content_of(moved.url, {"CallStatus": "completed"}) == signed
    assert code_of(lambda: twilio_voice.verify(KEY, moved, AT)) == "form-ambiguous"


def test_an_error_code_hidden_in_a_neighbour_is_refused() -> None:
    genuine = message("undelivered", ErrorCode="30005", Custom="a")
    forged = message("undelivered", Custom="aErrorCode30005")
    assert code_of(lambda: twilio_sms.verify(KEY, cut_elsewhere(genuine, forged), AT)) == "form-ambiguous"


def test_a_number_that_loses_its_end_to_the_next_name_is_refused() -> None:
    genuine = {"AccountSid": ACCOUNT, "To": PHONE, "ToCity": ""}
    forged = {"AccountSid": ACCOUNT, "To": PHONE[:-1], "1ToCity": ""}
    body = urlencode(forged).encode()
    callback = Callback({"x-twilio-signature": KEY.sign(content_of(URL, genuine))}, body, URL, FORM)
    assert code_of(lambda: twilio_voice.verify(KEY, callback, AT)) == "event-malformed"


@pytest.mark.parametrize("again", ["CallStatus=completed", "ToCity=x"])
def test_a_parameter_that_stands_twice_is_refused(again: str) -> None:
    callback = posted(ended())
    doubled = replace(callback, body=callback.body + b"&" + again.encode())
    assert code_of(lambda: twilio_voice.verify(KEY, doubled, AT)) == "event-malformed"


@pytest.mark.parametrize("body", [b"CallStatus", b"\xff=1", b"A=%ff", b"&&", b"A=1;B=2&&", "Ä=1".encode()])
def test_a_body_that_is_no_form_is_refused(body: bytes) -> None:
    assert code_of(lambda: twilio_voice.verify(KEY, Callback({}, body, URL, FORM), AT)) == "event-malformed"


# JSON.


def json_callback(body: bytes, digest: str | None = None, url: str = URL) -> Callback:
    full = f"{url}?bodySHA256={hashlib.sha256(body).hexdigest() if digest is None else digest}"
    return Callback({"x-twilio-signature": KEY.sign(full.encode())}, body, full, "application/json; charset=UTF-8")


def test_a_json_body_is_verified_by_its_digest_in_the_address_and_tells_nothing_that_is_used() -> None:
    callback = json_callback(b'{"property": "value"}')
    signed = twilio_voice.verify(KEY, callback, AT)
    assert signed.at == AT
    assert code_of(lambda: twilio_voice.read(callback, VOICE, signed)) == "event-type-unused"
    assert code_of(lambda: twilio_sms.read(callback, SMS, signed)) == "event-type-unused"


@pytest.mark.parametrize(("callback", "code"), [
    (replace(json_callback(b"{}"), body=b"{} "), "signature-invalid"),
    (json_callback(b"{}", "00" * 32), "signature-invalid"),
    (json_callback(b"{}", "00" * 32 + "&bodySHA256=" + hashlib.sha256(b"{}").hexdigest()), "headers-malformed"),
    (replace(json_callback(b"{}"), url=URL), "headers-malformed"),
])
def test_a_json_body_whose_digest_is_another_missing_or_doubled_is_refused(callback: Callback, code: str) -> None:
    assert code_of(lambda: twilio_voice.verify(KEY, callback, AT)) == code


# What it says.


def read(form: dict[str, str]) -> Event | Ringing:
    callback = posted(form)
    [found] = twilio_voice.read(callback, VOICE, twilio_voice.verify(KEY, callback, AT))
    return found


@pytest.mark.parametrize(("status", "sip", "meant"), [
    ("completed", "200", "voicemail"), ("completed", None, "voicemail"), ("busy", "486", "busy"),
    ("canceled", "487", "caller-fault"), ("failed", None, "unknown"), ("failed", "404", "dead-address"),
    ("failed", "484", "dead-address"), ("failed", "410", "dead-address"), ("failed", "503", "unknown"),
    ("failed", "480", "unknown"), ("failed", "603", "unknown"), ("busy", "603", "unknown"),
    ("completed", "404", "voicemail"), ("no-answer", "487", "unknown"),
])
def test_an_ending_and_the_sip_response_beside_it_mean(status: str, sip: str | None, meant: str) -> None:
    assert class_of(read(ended(status, SipResponseCode=sip)), VOICE) == meant


def test_a_detected_machine_or_human_decides_nothing() -> None:
    for hint in ("human", "machine_start", "fax", "unknown"):
        assert read(ended("completed", SipResponseCode="200", AnsweredBy=hint)) == read(
            ended("completed", SipResponseCode="200"))


def test_the_length_of_a_call_tells_when_it_began() -> None:
    found = read(ended("completed", CallDuration="61"))
    assert isinstance(found, Event)
    assert (found.began_at, found.ended_at) == (AT - 61_000, AT)


def test_a_call_from_a_line_is_that_lines() -> None:
    found = read(ended("completed", Direction="inbound", From=PHONE, To="+8610000009999"))
    assert isinstance(found, Event)
    assert (found.direction, found.dialled, class_of(found, VOICE)) == ("inbound", PHONE, "reached-person")


@pytest.mark.parametrize(("changes", "code"), [
    ({"CallStatus": "in-progress"}, "event-type-unused"), ({"CallStatus": "queued"}, "event-type-unused"),
    ({"CallStatus": "ringing", "Direction": "inbound"}, "event-type-unused"),
    ({"CallStatus": "exploded"}, "event-malformed"), ({"CallSid": "CA1"}, "event-malformed"),
    ({"To": "client:tommy"}, "event-malformed"), ({"To": "sip:a@demo.invalid"}, "event-malformed"),
    ({"SipResponseCode": "48"}, "event-malformed"), ({"CallDuration": "-1"}, "event-malformed"),
    ({"Direction": "sideways"}, "event-malformed"), ({"CallStatus": "completed\n"}, "event-malformed"),
])
def test_a_state_on_the_way_or_a_value_of_no_known_form_is_refused(changes: dict[str, str], code: str) -> None:
    assert code_of(lambda: read(ended(**({"status": changes.pop("CallStatus")} if "CallStatus" in changes else {}),
                                      **changes))) == code


@pytest.mark.parametrize("timestamp", [
    "Tue, 01 Nov 2016 01:59:13 +0800", "2016-11-01T01:59:13Z", "Tue, 31 Feb 2016 01:59:13 +0000", "", None,
])
def test_a_time_that_is_none_of_twilios_is_refused(timestamp: str | None) -> None:
    callback = posted(ended(Timestamp=timestamp))
    assert code_of(lambda: twilio_voice.verify(KEY, callback, AT)) == "event-malformed"


@pytest.mark.parametrize(("status", "error", "meant"), [
    ("delivered", None, "delivered"), ("delivered", "", "delivered"), ("undelivered", "30005", "dead-address"),
    ("failed", "21610", "declined"), ("undelivered", "21610", "declined"), ("undelivered", "30003", "unknown"),
    ("undelivered", "30006", "unknown"), ("undelivered", "30007", "caller-fault"), ("read", None, "unknown"),
    ("undelivered", "39999", "unknown"), ("failed", None, "unknown"),
])
def test_what_became_of_a_message_means(status: str, error: str | None, meant: str) -> None:
    callback = posted(message(status, ErrorCode=error))
    [found] = twilio_sms.read(callback, SMS, twilio_sms.verify(KEY, callback, AT))
    assert (class_of(found, SMS), found.began_at, found.medium) == (meant, AT, "sms")


@pytest.mark.parametrize("status", ["sent", "queued", "accepted", "sending", "partially_delivered"])
def test_a_message_on_its_way_is_no_outcome(status: str) -> None:
    callback = posted(message(status))
    signed = twilio_sms.verify(KEY, callback, AT)
    assert code_of(lambda: twilio_sms.read(callback, SMS, signed)) == "event-type-unused"


def test_words_of_the_tables_mean_what_the_page_says() -> None:
    assert meanings("twilio-voice") == {"completed": "voicemail", "no-answer": "no-answer", "busy": "busy",
                                        "failed": "unknown", "canceled": "caller-fault"}


@pytest.mark.parametrize("text", [
    "whsec_abc", "{}", '{"account_sid": "AC1", "auth_token": "' + TOKEN + '"}',
    json.dumps({"account_sid": ACCOUNT, "auth_token": "short"}),
    json.dumps({"account_sid": ACCOUNT, "auth_token": TOKEN, "extra": "x"}),
    '{"account_sid": "' + ACCOUNT + '", "account_sid": "' + ACCOUNT + '", "auth_token": "' + TOKEN + '"}',
])
def test_a_secret_that_cannot_be_one_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(MalformedError) as refused:
        twilio.secret(text)
    assert refused.value.code == "secret-malformed"
    assert TOKEN not in refused.value.detail
    assert TOKEN not in repr(KEY)


# In the courier.


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "twilio-voice", "B", secret=SECRET)


def when(desk: Desk, seconds: int) -> str:
    """A moment as Twilio writes it."""
    return datetime.fromtimestamp(desk.now // 1000 + seconds, tz=UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def test_a_call_that_rang_for_long_enough_is_a_no_answer_only_with_its_ringing(desk: Desk) -> None:
    assert desk.post(posted(ended("ringing", Timestamp=when(desk, -40), SipResponseCode=None))) == "recorded"
    assert desk.attempts() == [], "ringing is no attempt"
    assert desk.post(posted(ended(Timestamp=when(desk, -5)))) == "recorded"
    [body] = desk.world.attempts()
    assert (body["class"], body["ring_seconds"], body["grade"]) == ("no-answer", 35, "B")
    assert body["began_at"] < body["ended_at"]


@pytest.mark.parametrize("rang", [19, None])
def test_a_call_that_rang_too_short_or_nobody_knows_how_long_is_unknown(desk: Desk, rang: int | None) -> None:
    if rang is not None:
        desk.post(posted(ended("ringing", Timestamp=when(desk, -rang))))
    desk.post(posted(ended(Timestamp=when(desk, 0))))
    assert desk.attempts() == [("unknown", "B")]


def test_a_ringing_told_later_twice_or_after_the_end_never_makes_it_longer(desk: Desk) -> None:
    for seconds in (-50, -20, -60):
        desk.post(posted(ended("ringing", Timestamp=when(desk, seconds))))
    desk.post(posted(ended(Timestamp=when(desk, -5))))
    desk.post(posted(ended("ringing", Timestamp=when(desk, -70))))
    desk.post(posted(ended(Timestamp=when(desk, -5))))
    assert desk.attempts() == [("unknown", "B")], "15 s are the least that it rang"


def test_the_same_callback_again_is_a_repeat_and_a_late_refusal_overrides_a_failure(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "twilio-sms", "B", secret=SECRET)
    gone = posted(message("undelivered", ErrorCode="30003"))
    assert [desk.post(gone), desk.post(gone)] == ["recorded", "repeated"]
    desk.post(posted(message("delivered")))
    assert desk.attempts() == [("unknown", "B")], "of one message the first outcome stands"
    desk.world.clock.pass_(3 * 86_400_000)
    desk.post(posted(message("failed", ErrorCode="21610")))
    assert desk.attempts() == [("unknown", "B"), ("declined", "B")], "but that he refused is never lost"


def test_a_call_of_a_borrowers_told_three_days_later_is_a_sign_of_life_all_the_same(desk: Desk) -> None:
    desk.post(posted(ended("completed", Direction="inbound", From=PHONE, To="+8610000009999",
                           Timestamp=when(desk, -3 * 86_400))))
    assert desk.world.vault.bodies("sign-of-life/1") != []


def test_what_twilio_calls_a_call_is_neither_in_the_log_nor_in_the_database(desk: Desk) -> None:
    desk.post(posted(ended("ringing", Timestamp=when(desk, -40))))
    desk.post(posted(ended(Timestamp=when(desk, -5))))
    assert CALL not in json.dumps(desk.world.vault.leaves)
    for path in (desk.world.folder / "courier").iterdir():
        assert CALL.encode() not in path.read_bytes()
        assert PHONE.encode() not in path.read_bytes()
