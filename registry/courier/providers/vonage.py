"""Vonage Voice: signed webhooks, a JWT (HS256) that names the digest of the body (evidence grade B).

Sources: developer.vonage.com, getting-started/concepts/webhooks ("Decoding signed webhooks") and
voice/voice-api/webhook-reference. The token alone proves only that Vonage once sent something: `payload_hash` must be
compared with the body, which Vonage's own Python SDK does not do (vonage_jwt/verify_jwt.py).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from registry.courier.providers import credentials
from registry.courier.providers.adapter import Adapter, Told
from registry.courier.providers.event import Callback, Event, RefusedEvent, Ringing, Signed
from registry.courier.providers.members import (
    ADDRESS,
    IDENT,
    Cause,
    cause_of,
    header,
    member,
    rfc3339,
    with_plus,
    word_of,
)
from registry.courier.providers.strict import read_object
from registry.courier.providers.webhooks import MAX_BODY, TOLERANCE
from registry.model.times import SECOND
from registry.policy.outcomes import OutcomeTable

SIGNED_BY = "Vonage"
# A call ends once, with one of these; `answered` is told at once and restricts at once.
FINAL = frozenset((
    "answered", "completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered",
))
RINGING = "ringing"

_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9_-]{1,512}\.[A-Za-z0-9_-]{1,2048}\.[A-Za-z0-9_-]{43})\Z", re.ASCII)
_JTI = re.compile(r"[A-Za-z0-9_-]{1,128}\Z", re.ASCII)
_HASH = re.compile(r"[0-9a-fA-F]{64}\Z", re.ASCII)
_WORD = re.compile(r"[a-z_]{1,64}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignatureSecret:
    """The account's signature secret; with `application`, only that Vonage application's webhooks are taken."""

    key: OctKey = field(repr=False)
    application: str | None = None


def secret(text: str) -> SignatureSecret:
    """{"signature_secret", "application_id"?}. Raises MalformedError `secret-malformed`."""
    found = credentials.members(text, ("signature_secret",), ("application_id",))
    given = found["signature_secret"]
    if len(given) < 16:
        raise credentials.malformed("signature_secret has at least 16 characters")
    return SignatureSecret(OctKey.import_key(given), found.get("application_id"))


def verify(credential: SignatureSecret, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds.

    1. The token is there in its exact grammar. 2. It is signed with HS256 and our secret; no other algorithm is
    taken, whatever its header says. 3. `payload_hash` is the SHA-256 of this very body. 4. `iat` is within 300 s.
    """
    # 1
    token = _BEARER.match(header(callback, "authorization"))
    if token is None:
        raise RefusedEvent("authorization is missing or no bearer token", code="headers-malformed")
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    # 2
    try:
        found = jws.deserialize_compact(token[1], credential.key, algorithms=["HS256"])
        claims = read_object(found.payload)
    except (JoseError, ValueError, RefusedEvent) as error:
        raise RefusedEvent("the bearer token does not verify", code="signature-invalid") from error
    # 3
    digest = hashlib.sha256(callback.body).hexdigest()
    if not hmac.compare_digest(_claim(claims, "payload_hash", _HASH).lower(), digest):
        raise RefusedEvent("payload_hash is not that of the body", code="signature-invalid")
    if claims.get("iss") != SIGNED_BY:
        raise RefusedEvent("the token is not issued by Vonage", code="signature-invalid")
    if credential.application is not None and claims.get("application_id") != credential.application:
        raise RefusedEvent("the token is of another application", code="signature-invalid")
    # 4
    issued = claims.get("iat")
    if type(issued) is not int or abs(issued * SECOND - received_at) > TOLERANCE:
        raise RefusedEvent("iat is missing or more than 300 s from our clock", code="timestamp-outside")
    return Signed(_claim(claims, "jti", _JTI), issued * SECOND, callback.body)


def _claim(claims: Mapping[str, Any], name: str, grammar: re.Pattern[str]) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or grammar.match(value) is None:
        raise RefusedEvent(f"the claim {name} is missing or ill-formed", code="signature-invalid")
    return value


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Told]:
    """One step of a call in a verified body. Raises RefusedEvent: `event-type-unused` for a step that ends nothing.

    Only the members named here are read. Human or machine is detection, a hint: never decisive, so not read at all.
    A call from the borrower is the borrower's at its first step. That it rings and that it rang out are two events.
    """
    data = read_object(callback.body)
    status = word_of(data.get("status"))
    inbound = data.get("direction") == "inbound"
    if status == RINGING and not inbound:
        return [Ringing(member(data, "uuid", IDENT), rfc3339(data, "timestamp"))]
    if status not in FINAL and not (inbound and "uuid" in data and _WORD.match(status)):
        raise RefusedEvent("only what ends or answers a call is used", code="event-type-unused")
    ended_at = rfc3339(data, "timestamp")
    began_at = rfc3339(data, "start_time") if data.get("start_time") not in (None, "") else ended_at
    if began_at > ended_at:
        raise RefusedEvent("start_time lies after timestamp")
    return [Event(
        attempt=member(data, "uuid", IDENT), seq=None, account=None, medium="voice",
        direction=_direction(data), dialled=with_plus(member(data, "from" if inbound else "to", ADDRESS)),
        cause=_cause(table, status, data.get("detail")), began_at=began_at, ring_seconds=None, ended_at=ended_at,
        rang=status in table.said and table.said[status].rang,
    )]


def _direction(data: Mapping[str, Any]) -> str:
    value = data.get("direction")
    if value not in ("inbound", "outbound"):
        raise RefusedEvent("direction is missing or ill-formed")
    return str(value)


def _cause(table: OutcomeTable, status: str, detail: object) -> Cause:
    """`detail` tells why a call was refused or failed, and only there: one that we do not know makes it unknown."""
    if status in ("answered", "completed") or detail in (None, ""):
        return cause_of(table, status)
    return cause_of(table, f"{status}/{word_of(detail)}")


ADAPTER = Adapter(verify, read, secret=secret)
