"""Amazon SES through SNS: the message is signed by Amazon with RSA over named fields (evidence grade A).

Sources: docs.aws.amazon.com, sns/latest/dg/sns-verify-signature-of-message.html (what is signed), ses/latest/dg/
notification-contents.html and event-publishing-retrieving-sns-contents.html (what is told).

Amazon's key is given when the provider is registered, from the certificate that an officer took from Amazon and
checked against Amazon's authorities, and so stands in the log. `SigningCertURL` must still be one of Amazon's;
nothing is ever fetched from it, nor from any other address in a message. SignatureVersion 1 is SHA-1 and refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from registry.courier.providers import credentials
from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    IDENT,
    Cause,
    cause_of,
    member,
    nested,
    objects,
    rfc3339,
    word_of,
)
from registry.courier.providers.strict import read_object
from registry.courier.providers.webhooks import MAX_BODY
from registry.errors import MalformedError
from registry.jose import from_b64url
from registry.model.times import HOUR, MINUTE
from registry.policy.outcomes import OutcomeTable

NOTIFICATION = "Notification"
CONFIRMATION = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
VERSION = "2"
# SNS tries again for up to an hour, under the time at which it was first published.
EARLIEST, LATEST = HOUR, 5 * MINUTE
SHORTEST_KEY = 2048
# What is signed of each type, in this order, each as its name and its value on lines of their own.
FIELDS = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    **dict.fromkeys(
        CONFIRMATION, ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")),
}

_TEXT = re.compile(r"(?s:.{1,262144})\Z")
_TYPE = re.compile(r"[A-Za-z]{1,64}\Z", re.ASCII)
_MESSAGE_ID = re.compile(r"[0-9a-f-]{1,64}\Z", re.ASCII)
_TOPIC = re.compile(r"arn:aws(-cn|-us-gov)?:sns:([a-z0-9-]{1,32}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}\Z", re.ASCII)
_CERTIFICATE = re.compile(
    r"https://sns\.([a-z0-9-]{1,32})\.amazonaws\.com(\.cn)?/SimpleNotificationService-[0-9a-f]{1,64}\.pem\Z",
    re.ASCII)
_SNS_TOKEN = re.compile(r"[0-9a-f]{1,512}\Z", re.ASCII)

# Who was concerned, by what an event says: its object, the list in it, and the address in an element (texts: None).
_CONCERNED: Mapping[str, tuple[str, str, str | None]] = {
    "Bounce": ("bounce", "bouncedRecipients", "emailAddress"),
    "Complaint": ("complaint", "complainedRecipients", "emailAddress"),
    "Delivery": ("delivery", "recipients", None),
    "Reject": ("mail", "destination", None),
    "Rendering Failure": ("mail", "destination", None),
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One SNS topic, and the keys that Amazon signs with in its region: the present one, and the next while it
    changes."""

    arn: str
    keys: tuple[RSAPublicKey, ...]

    def verifies(self, content: bytes, given: bytes) -> bool:
        """Whether Amazon signed this."""
        return any(_verifies(key, content, given) for key in self.keys)


def public_key(text: str) -> Topic:
    """base64url of {"topic_arn", "key", "next_key"?}: each key base64url of its SubjectPublicKeyInfo in DER.

    Raises MalformedError `secret-malformed`.
    """
    try:
        given = from_b64url(text).decode("utf-8")
    except (MalformedError, UnicodeDecodeError) as error:
        raise credentials.malformed("a public key of this kind is base64url of a JSON object") from error
    found = credentials.members(given, ("topic_arn", "key"), ("next_key",))
    if _TOPIC.match(found["topic_arn"]) is None:
        raise credentials.malformed("topic_arn is that of an SNS topic")
    return Topic(found["topic_arn"], tuple(_key(found[name]) for name in ("key", "next_key") if name in found))


def _key(text: str) -> RSAPublicKey:
    try:
        key = load_der_public_key(from_b64url(text))
    except (MalformedError, ValueError) as error:
        raise credentials.malformed("a key is base64url of its DER form, without padding") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY:
        raise credentials.malformed("a key of SNS is one for RSA, of 2048 bits or more")
    return key


def _verifies(key: RSAPublicKey, content: bytes, given: bytes) -> bool:
    try:
        key.verify(given, content, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def verify(credential: Topic, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds.

    1. The fields that are signed stand in the body: it is read strictly. 2. They are of our topic, signed with
    SHA-256, and by a certificate that is Amazon's in the topic's region. 3. The signature is by a key we were given.
    4. It was published within the last hour.
    """
    # 1
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    message = read_object(callback.body)
    ident = member(message, "MessageId", _MESSAGE_ID)
    # 2
    if member(message, "TopicArn", _TOPIC) != credential.arn:
        raise RefusedEvent("the message is of another topic", code="signature-invalid", webhook_id=ident)
    if message.get("SignatureVersion") != VERSION:
        raise RefusedEvent("set the topic's SignatureVersion to 2: 1 is SHA-1", code="signature-outdated",
                           webhook_id=ident)
    if not _is_amazons(message.get("SigningCertURL"), credential.arn):
        raise RefusedEvent("SigningCertURL is not Amazon's", code="signature-invalid", webhook_id=ident)
    # 3
    try:
        signature = base64.b64decode(member(message, "Signature", _TEXT), validate=True)
    except ValueError:
        signature = b""
    if not credential.verifies(content_of(message), signature):
        raise RefusedEvent("the signature does not verify", code="signature-invalid", webhook_id=ident)
    # 4
    at = rfc3339(message, "Timestamp")
    if not received_at - EARLIEST <= at <= received_at + LATEST:
        raise RefusedEvent("Timestamp is over an hour old, or ahead of our clock", code="timestamp-outside",
                           webhook_id=ident)
    # Everything that is signed, and nothing else: SNS writes the rest anew at each try.
    return Signed(ident, at, content_of(message))


def _is_amazons(url: object, arn: str) -> bool:
    found = _CERTIFICATE.match(url) if isinstance(url, str) else None
    topic = _TOPIC.match(arn)
    return found is not None and topic is not None and found[1] == topic[2] and (
        (found[2] is not None) == (topic[1] == "-cn"))


def content_of(message: Mapping[str, Any]) -> bytes:
    """What is signed: of each field of the message's type that is there its name and its value, a line each."""
    kind = member(message, "Type", _TYPE)
    if kind not in FIELDS:
        raise RefusedEvent("SNS sends no such type of message")
    lines = [
        f"{name}\n{member(message, name, _TEXT)}\n" for name in FIELDS[kind]
        if name != "Subject" or message.get(name) is not None
    ]
    return "".join(lines).encode("utf-8")


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Told]:
    """What became of a message, for each recipient it speaks of. Raises RefusedEvent: `subscription-unconfirmed`
    while an operator has not confirmed the subscription, `event-type-unused` for what ends nothing."""
    message = read_object(callback.body)
    if message.get("Type") != NOTIFICATION:
        raise _unconfirmed(message)
    told = read_object(member(message, "Message", _TEXT).encode("utf-8"))
    kind = word_of(told.get("eventType", told.get("notificationType")))
    if kind not in _CONCERNED:
        raise RefusedEvent("this event ends nothing and proves nothing", code="event-type-unused")
    mail = nested(told, "mail")
    ident, cause = member(mail, "messageId", IDENT), _cause(table, kind, told)
    ended_at = _ended_at(told, kind, mail)
    # A complaint is an act of its own, made when it is made; whatever else is the end of what began with the mail.
    began_at = ended_at if kind == "Complaint" else rfc3339(mail, "timestamp")
    return [_event(ident, address, cause, (began_at, ended_at)) for address in _addresses(told, kind)]


def _unconfirmed(message: Mapping[str, Any]) -> RefusedEvent:
    """What an operator has to do, in the words to be typed: no address of the message is ever visited by us.

    The token is no secret of anybody's: it only lets the topic speak to the address it was sent to, for three days.
    """
    if message["Type"] != CONFIRMATION[0]:
        return RefusedEvent("the subscription was ended", code="subscription-ended")
    arn, token = message["TopicArn"], member(message, "Token", _SNS_TOKEN)
    return RefusedEvent(
        f"aws sns confirm-subscription --region {arn.split(':')[3]} --topic-arn {arn} --token {token}",
        code="subscription-unconfirmed")


def _event(ident: str, address: str, cause: Cause, times: tuple[int, int]) -> Event:
    return Event(
        attempt=f"{ident} {address.lower()}", seq=None, account=None, medium="email", direction="outbound",
        dialled=address, cause=dict(cause), began_at=times[0], ring_seconds=None, ended_at=times[1],
    )


def _addresses(told: Mapping[str, Any], kind: str) -> list[str]:
    holder, name, inner = _CONCERNED[kind]
    listed = nested(told, holder).get(name)
    if inner is not None:
        return [member(one, inner, ADDRESS) for one in objects(listed, name)]
    if not isinstance(listed, list):
        raise RefusedEvent(f"{name} is no list")
    return [member({name: one}, name, ADDRESS) for one in listed]


def _ended_at(told: Mapping[str, Any], kind: str, mail: Mapping[str, Any]) -> int:
    own = told.get(_CONCERNED[kind][0])
    return rfc3339(own if isinstance(own, dict) and "timestamp" in own else mail, "timestamp")


def _cause(table: OutcomeTable, kind: str, told: Mapping[str, Any]) -> Cause:
    """By the event's name, and of a bounce or a complaint by its type: `Bounce/Permanent/General`."""
    if kind == "Bounce":
        bounce = nested(told, "bounce")
        return cause_of(table, f"Bounce/{word_of(bounce.get('bounceType'))}/{word_of(bounce.get('bounceSubType'))}")
    if kind == "Complaint" and (own := nested(told, "complaint").get("complaintSubType")) not in (None, ""):
        return cause_of(table, f"Complaint/{word_of(own)}")
    return cause_of(table, kind)


ADAPTER = Adapter(verify, read, public_key=public_key)
