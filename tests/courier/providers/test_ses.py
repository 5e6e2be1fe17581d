"""Amazon SES through SNS: which fields are signed, by whose key, and what becomes of each recipient."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from registry.courier.providers import ses
from registry.courier.providers.event import Callback, Signed
from registry.errors import MalformedError
from registry.model.times import DAY, MINUTE, SECOND, stamp
from registry.shipped import shipped_outcomes
from tests.courier.providers.desk import Desk, body_of, class_of, code_of, meanings
from tests.courier.world import PHONE, START

KEY, STRANGER, NEXT = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3))
ARN = "arn:aws:sns:eu-west-1:123456789012:invented-events"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
TABLE = shipped_outcomes("ses")
IDENT = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def der(key: Any) -> str:
    return b64url(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def given(**changes: Any) -> str:
    """A topic as an officer gives it."""
    told = {"topic_arn": ARN, "key": der(KEY), **changes}
    return b64url(json.dumps({name: value for name, value in told.items() if value is not None}).encode())


OURS = ses.public_key(given())


def mail(**changes: Any) -> dict[str, Any]:
    return {"timestamp": stamp(START - MINUTE), "messageId": "0102-1", "destination": ["someone@demo.invalid"],
            "source": "us@demo.invalid", **changes}


def bounce(kind: str = "Permanent", sub: str = "General", **changes: Any) -> dict[str, Any]:
    return {"eventType": "Bounce", "mail": mail(), "bounce": {
        "bounceType": kind, "bounceSubType": sub, "timestamp": stamp(START - SECOND), "feedbackId": "f",
        "bouncedRecipients": [{"emailAddress": "someone@demo.invalid", "status": "5.1.1"}], **changes}}


def complaint(**changes: Any) -> dict[str, Any]:
    return {"notificationType": "Complaint", "mail": mail(timestamp=stamp(START - 3 * DAY)), "complaint": {
        "complainedRecipients": [{"emailAddress": "someone@demo.invalid"}], "timestamp": stamp(START), **changes}}


def delivery(**changes: Any) -> dict[str, Any]:
    return {"eventType": "Delivery", "mail": mail(), "delivery": {
        "timestamp": stamp(START), "recipients": ["someone@demo.invalid"], "smtpResponse": "250 ok", **changes}}


def signed_text(message: dict[str, Any]) -> str:
    """sns-verify-signature-of-message.html, "Manually verify": written out again for each type, by hand."""
    if message["Type"] == "Notification":
        subject = f"Subject\n{message['Subject']}\n" if "Subject" in message else ""
        return (f"Message\n{message['Message']}\nMessageId\n{message['MessageId']}\n{subject}"
                f"Timestamp\n{message['Timestamp']}\nTopicArn\n{message['TopicArn']}\nType\nNotification\n")
    return (f"Message\n{message['Message']}\nMessageId\n{message['MessageId']}\n"
            f"SubscribeURL\n{message['SubscribeURL']}\nTimestamp\n{message['Timestamp']}\nToken\n{message['Token']}\nTopicArn\n{message['TopicArn']}\n"
            f"Type\n{message['Type']}\n")


def message(
    told: object = None, key: rsa.RSAPrivateKey = KEY, algorithm: Any = None, **changes: Any,
) -> dict[str, Any]:
    """An SNS message, signed by hand; `changes` are made before it is signed."""
    made: dict[str, Any] = {
        "Type": "Notification", "MessageId": IDENT, "TopicArn": ARN, "Message": json.dumps(told or bounce()),
        "Timestamp": stamp(START), "SignatureVersion": "2", "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe", **changes}
    made["Signature"] = base64.b64encode(
        key.sign(signed_text(made).encode(), PKCS1v15(), algorithm or SHA256())).decode()
    return made


def verify(made: dict[str, Any], topic: ses.Topic = OURS, at: int = START) -> Signed:
    return ses.verify(topic, Callback({}, body_of(made)), at)


def read(told: object) -> list[Any]:
    return list(ses.read(Callback({}, body_of(message(told))), TABLE, Signed("x", START, b"")))


def test_a_message_that_amazon_signed_verifies_and_its_id_is_its_own() -> None:
    found = verify(message())
    assert (found.webhook_id, found.at) == (IDENT, START)


def test_a_subject_is_signed_where_there_is_one() -> None:
    assert verify(message(Subject="Amazon SES Email Event Notification")).at == START
    altered = message(Subject="one") | {"Subject": "another"}
    assert code_of(lambda: verify(altered)) == "signature-invalid"
    added = message() | {"Subject": "one"}
    assert code_of(lambda: verify(added)) == "signature-invalid"


@pytest.mark.parametrize(("name", "value"), [
    ("Message", "{}"), ("MessageId", "22b80b92-0000"), ("Timestamp", stamp(START + SECOND)), ("Signature", "AAAA"),
    ("Signature", "no base64!"), ("Type", "UnsubscribeConfirmation"),
])
def test_every_field_that_is_signed_counts(name: str, value: str) -> None:
    made = message(SubscribeURL="https://x.invalid", Token="t") | {name: value}
    assert code_of(lambda: verify(made)) == "signature-invalid"


def test_a_line_break_moved_from_one_field_to_the_next_does_not_verify() -> None:
    made = message(Message="a\nSubject\nb")
    moved = {**made, "Message": "a", "Subject": "b"}
    assert signed_text(made) != signed_text(moved), "MessageId stands between the two"
    assert code_of(lambda: verify(moved)) == "signature-invalid"


def test_what_is_not_signed_may_change_when_sns_tries_again() -> None:
    assert verify(message()) == verify(message() | {"UnsubscribeURL": "https://elsewhere.invalid"})


@pytest.mark.parametrize(("changes", "why"), [
    ({"key": STRANGER}, "signature-invalid"), ({"TopicArn": ARN + "2"}, "signature-invalid"),
    ({"SignatureVersion": "1", "algorithm": SHA1()}, "signature-outdated"),
    ({"SignatureVersion": "3"}, "signature-outdated"), ({"SignatureVersion": 2}, "signature-outdated"),
    ({"Timestamp": stamp(START - 61 * MINUTE)}, "timestamp-outside"),
    ({"Timestamp": stamp(START + 301 * SECOND)}, "timestamp-outside"),
    ({"MessageId": "not an id"}, "event-malformed"),
])
def test_a_message_that_is_stale_of_another_topic_or_anybody_elses_is_refused(
    changes: dict[str, Any], why: str,
) -> None:
    assert code_of(lambda: verify(message(**changes))) == why


def test_sns_may_try_for_an_hour_under_the_time_it_first_published() -> None:
    assert verify(message(Timestamp=stamp(START - 60 * MINUTE))).at == START - 60 * MINUTE


@pytest.mark.parametrize("url", [
    "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.invalid/SimpleNotificationService-0123456789abcdef.pem",
    "https://evil.invalid/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.invalid/SimpleNotificationService-0123456789abcdef.pem",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x=1",
    "https://sns.eu-west-1.amazonaws.com/bucket/own.pem", "https://sns.eu-west-1.amazonaws.com.cn/"
    "SimpleNotificationService-0123456789abcdef.pem", CERTIFICATE + "\n", CERTIFICATE.upper(), "", None, 7,
])
def test_a_certificate_that_is_not_amazons_in_the_topics_region_is_refused(url: object) -> None:
    assert code_of(lambda: verify(message(SigningCertURL=url))) == "signature-invalid"


def test_while_amazon_changes_its_key_the_next_one_is_taken_too() -> None:
    both = ses.public_key(given(next_key=der(NEXT)))
    assert verify(message(), both) == verify(message(key=NEXT), both)
    assert code_of(lambda: verify(message(key=NEXT))) == "signature-invalid"


SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.mark.parametrize("text", [
    "", "AAAA", b64url(b"[]"), given(topic_arn="arn:aws:sqs:eu-west-1:123456789012:x"), given(topic_arn=None),
    given(key="AAAA"), given(key=der(SMALL)), given(key=der(ec.derive_private_key(7, ec.SECP256R1()))),
    given(more="x"), given() + "=",
])
def test_a_topic_in_another_form_or_with_a_weak_key_is_refused(text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        ses.public_key(text)
    assert caught.value.code == "secret-malformed"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"Type":"a","Type":"b"}', b"\xff"])
def test_a_body_that_is_no_message_is_refused(body: bytes) -> None:
    assert code_of(lambda: ses.verify(OURS, Callback({}, body), START)) == "event-malformed"


def test_a_subscription_is_verified_shown_and_never_visited() -> None:
    made = message(Type="SubscriptionConfirmation", Message="You have chosen to subscribe …", Token="2336412f37",
                   SubscribeURL="https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37")
    assert verify(made).webhook_id == IDENT
    with pytest.raises(ses.RefusedEvent) as refused:
        ses.read(Callback({}, body_of(made)), TABLE, verify(made))
    assert refused.value.code == "subscription-unconfirmed"
    assert refused.value.detail == (
        f"aws sns confirm-subscription --region eu-west-1 --topic-arn {ARN} --token 2336412f37")


@pytest.mark.parametrize("token", ["$(reboot)", "a b", "2336412f37\n", ""])
def test_what_an_operator_types_comes_from_a_token_in_its_exact_grammar(token: str) -> None:
    made = message(Type="SubscriptionConfirmation", Message="m", Token=token, SubscribeURL="https://x.invalid")
    assert code_of(lambda: ses.read(Callback({}, body_of(made)), TABLE, Signed("x", START, b""))) == "event-malformed"


def test_the_end_of_a_subscription_is_told_too() -> None:
    made = message(Type="UnsubscribeConfirmation", Message="m", Token="2336412f37", SubscribeURL="https://x.invalid")
    assert code_of(lambda: ses.read(Callback({}, body_of(made)), TABLE, verify(made))) == "subscription-ended"


def test_an_operator_reads_in_the_couriers_log_how_to_confirm(desk: Desk) -> None:
    made = message(Type="SubscriptionConfirmation", Message="m", Token="2336412f37", SubscribeURL="https://x.invalid")
    with capture_logs() as lines:
        assert desk.post(Callback({}, body_of(made))) == "subscription-unconfirmed"
    [line] = [one for one in lines if one["log_level"] == "warning"]
    assert line["how"].endswith("--token 2336412f37")
    with capture_logs() as lines:
        assert desk.post(Callback({}, body_of(message(**{**made, "key": STRANGER})))) == "signature-invalid"
    assert "2336412f37" not in str(lines), "a stranger's token is nothing to be typed"


MEANS = {
    "Delivery": "delivered", "Bounce/Permanent/General": "dead-address", "Bounce/Permanent/NoEmail": "dead-address",
    "Bounce/Permanent/Suppressed": "caller-fault", "Bounce/Permanent/OnAccountSuppressionList": "caller-fault",
    **dict.fromkeys((f"Bounce/Transient/{sub}" for sub in (
        "General", "MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected")), "unknown"),
    "Bounce/Undetermined/Undetermined": "unknown", "Complaint": "declined",
    "Complaint/OnAccountSuppressionList": "caller-fault", "Reject": "caller-fault",
    "Rendering Failure": "caller-fault",
}


def test_each_word_means_what_its_source_says_and_no_other_is_known() -> None:
    assert meanings("ses") == MEANS


@pytest.mark.parametrize(("told", "outcome"), [
    (bounce(), "dead-address"), (bounce("Permanent", "NoEmail"), "dead-address"),
    (bounce("Permanent", "Suppressed"), "caller-fault"), (bounce("Permanent", "A new one"), "unknown"),
    (bounce("Transient", "MailboxFull"), "unknown"), (bounce("Permanent", ""), "unknown"), (delivery(), "delivered"),
    (complaint(), "declined"), (complaint(complaintSubType=None), "declined"),
    (complaint(complaintSubType="OnAccountSuppressionList"), "caller-fault"),
    (complaint(complaintSubType="A new one"), "unknown"),
    ({"eventType": "Reject", "mail": mail(), "reject": {"reason": "Bad content"}}, "caller-fault"),
    ({"eventType": "Rendering Failure", "mail": mail(), "failure": {"errorMessage": "…"}}, "caller-fault"),
])
def test_an_event_means_what_its_types_mean(told: dict[str, Any], outcome: str) -> None:
    [found] = read(told)
    assert class_of(found, TABLE) == outcome


@pytest.mark.parametrize("kind", ["Send", "Open", "Click", "DeliveryDelay", "Subscription", "Received", "", "New"])
def test_opens_clicks_and_what_ends_nothing_decide_nothing(kind: str) -> None:
    assert code_of(lambda: read({"eventType": kind, "mail": mail()})) == "event-type-unused"


def test_of_several_recipients_each_has_his_own() -> None:
    both = [{"emailAddress": "one@demo.invalid"}, {"emailAddress": "Two@demo.invalid"}]
    found = read(bounce(bouncedRecipients=both))
    assert [one.dialled for one in found] == ["one@demo.invalid", "Two@demo.invalid"]
    assert found[1].attempt == "0102-1 two@demo.invalid"


def test_a_bounce_began_with_the_mail_and_a_complaint_when_it_was_made() -> None:
    [bounced], [complained] = read(bounce()), read(complaint())
    assert (bounced.began_at, bounced.ended_at) == (START - MINUTE, START - SECOND)
    assert complained.began_at == START


@pytest.mark.parametrize("told", [
    bounce(bouncedRecipients=[]), bounce(bouncedRecipients="x"), bounce(bouncedRecipients=[{}]),
    {**bounce(), "mail": {}}, {**bounce(), "bounce": None}, delivery(recipients=[7]), delivery(recipients="x"),
    bounce(timestamp="yesterday"),
])
def test_an_event_without_what_names_it_is_refused(told: dict[str, Any]) -> None:
    assert code_of(lambda: read(told)) == "event-malformed"


def test_the_message_inside_is_read_as_strictly_as_the_one_around_it() -> None:
    made = message(Message='{"eventType":"Bounce","eventType":"Delivery"}')
    assert code_of(lambda: ses.read(Callback({}, body_of(made)), TABLE, verify(made))) == "event-malformed"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "ses", "A", public_key=given())


def own(told: dict[str, Any]) -> dict[str, Any]:
    """The one address that the small world knows."""
    return json.loads(json.dumps(told).replace("someone@demo.invalid", PHONE))


def test_events_as_amazon_signs_them_become_entries_of_grade_a(desk: Desk) -> None:
    first = Callback({}, body_of(message(own(bounce()))))
    assert [desk.post(first), desk.post(first)] == ["recorded", "repeated"]
    late = Callback({}, body_of(message(own(complaint()), MessageId="22b80b92-0002")))
    assert desk.post(late) == "recorded"
    assert desk.attempts() == [("dead-address", "A"), ("declined", "A")]


def test_an_altered_message_is_refused_and_shown_by_its_id(desk: Desk) -> None:
    made = message(own(delivery())) | {"Message": json.dumps(own(bounce()))}
    assert desk.post(Callback({}, body_of(made))) == "signature-invalid"
    assert desk.world.courier.provider_status("their-account")["refused"] == [
        {"webhook_id": IDENT, "why": "signature-invalid"}]
    assert desk.attempts() == []
