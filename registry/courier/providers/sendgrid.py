"""SendGrid Event Webhook: ECDSA P-256 over `timestamp` and the raw body (evidence grade A); many events in one body.

Sources: docs.sendgrid.com, for-developers/tracking-events/getting-started-event-webhook-security-features and
tracking-events/event. The body ends with CR LF, which is signed too.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.credentials import malformed
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    IDENT,
    UNMAPPED,
    Cause,
    cause_of,
    header,
    made_id,
    member,
    read_list,
    unix_seconds,
    word_of,
)
from registry.courier.providers.webhooks import TOLERANCE
from registry.errors import MalformedError
from registry.jose import from_b64url
from registry.model.times import SECOND
from registry.policy.outcomes import OutcomeTable

HEADERS = ("x-twilio-email-event-webhook-timestamp", "x-twilio-email-event-webhook-signature")
MAX_BODY = 256 * 1024
# `processed` and `deferred` end nothing; `open` and `click` are made by machines as well, and are never decisive.
UNUSED = frozenset(("processed", "deferred", "open", "click", "group_resubscribe"))

_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)
_EVENT = re.compile(r"[a-z_]{1,64}\Z", re.ASCII)
# RFC 3463: 5.1.x is the address; 5.0.0 says no more than "permanent", which the event's type says already.
_ADDRESS_STATUS = re.compile(r"5\.(1\.[0-9]{1,3}|0\.0)\Z", re.ASCII)
INVALID = "Invalid Address"


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """The account's verification key, whose private half only SendGrid has."""

    key: ec.EllipticCurvePublicKey

    def verifies(self, content: bytes, given: bytes) -> bool:
        """Whether SendGrid signed this."""
        try:
            self.key.verify(given, content, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def public_key(text: str) -> VerificationKey:
    """base64url of the SubjectPublicKeyInfo that SendGrid shows in base64. Raises MalformedError."""
    try:
        key = load_der_public_key(from_b64url(text))
    except (MalformedError, ValueError) as error:
        raise malformed("a public key of this kind is base64url of its DER form, without padding") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise malformed("a public key of this kind is one of the curve P-256")
    return VerificationKey(key)


def verify(credential: VerificationKey, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds.

    1. Both headers are there in their exact grammar. 2. The signature is SendGrid's, over the raw body, before
    anything in it is read. 3. SendGrid's clock is within 300 s of ours. The id is a digest of what is signed, not of
    the signature: of an ECDSA signature anybody makes a second valid one.
    """
    # 1
    timestamp, given = (header(callback, name) for name in HEADERS)
    if _TIMESTAMP.match(timestamp) is None:
        raise RefusedEvent("the webhook's timestamp is missing or ill-formed", code="headers-malformed")
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 256 KiB", code="body-too-long")
    # 2
    try:
        signature = base64.b64decode(given, validate=True)
    except ValueError:
        signature = b""
    if not credential.verifies(content_of(timestamp, callback.body), signature):
        raise RefusedEvent("the webhook's signature does not verify", code="signature-invalid")
    # 3
    at = int(timestamp) * SECOND
    if abs(at - received_at) > TOLERANCE:
        raise RefusedEvent("the webhook's timestamp is more than 300 s from our clock", code="timestamp-outside")
    return Signed(made_id(timestamp.encode(), callback.body), at, callback.body)


def content_of(timestamp: str, body: bytes) -> bytes:
    """What is signed: the timestamp's digits and then the payload, byte for byte, with nothing between."""
    return timestamp.encode("ascii") + body


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Told]:
    """The events in a verified body, in its order. Members that are not named here (an account's own arguments stand
    beside SendGrid's) are not read. Raises RefusedEvent for a body that is no list of objects."""
    return [_one(event, table) for event in read_list(callback.body)]


def _one(data: Mapping[str, Any], table: OutcomeTable) -> Told:
    try:
        kind = member(data, "event", _EVENT)
        if kind in UNUSED:
            return RefusedEvent("this event ends nothing and proves nothing", code="event-type-unused")
        address = member(data, "email", ADDRESS)
        at = unix_seconds(data, "timestamp")
        # One message id may stand for several recipients: what was tried is the message to this one.
        return Event(
            attempt=f"{member(data, 'sg_message_id', IDENT)} {address.lower()}", seq=None, account=None,
            medium="email", direction="outbound", dialled=address, cause=_cause(data, kind, table), began_at=at,
            ring_seconds=None, ended_at=at,
        )
    except RefusedEvent as error:
        return error


def _cause(data: Mapping[str, Any], kind: str, table: OutcomeTable) -> Cause:
    if kind == "bounce":
        word = f"bounce/{word_of(data.get('type'))}"
        return cause_of(table, word) if _is_of_the_address(data) else dict(UNMAPPED)
    if kind == "dropped":
        return cause_of(table, f"dropped/{word_of(data.get('reason'))}")
    return cause_of(table, kind)


def _is_of_the_address(data: Mapping[str, Any]) -> bool:
    """Whether a bounce speaks of the address: a full mailbox, a filter, our reputation bounce as hard as that."""
    classified, status = data.get("bounce_classification"), data.get("status")
    if classified not in (None, "", INVALID):
        return False
    return status in (None, "") or (isinstance(status, str) and _ADDRESS_STATUS.match(status) is not None)


ADAPTER = Adapter(verify, read, public_key=public_key)
