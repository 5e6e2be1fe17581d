"""The neutral event: a Standard Webhooks message, symmetric signatures (`v1`), hence evidence of grade B.

Source: Standard Webhooks, sections "Signature scheme" and "Verifying signatures"; CONTRACT section 4 for the event.
Whoever holds the shared secret can forge an event: that is what grade B says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from registry.courier.providers.event import Event, RefusedEvent, Signed
from registry.courier.providers.strict import read_object
from registry.errors import MalformedError
from registry.model.catalogue.terms import MEDIUM, STATUS
from registry.model.shapes import ID_SHAPE, Optional, Shape, check_fields, integer, struct, text, words
from registry.model.times import SECOND, parse_rfc3339

GRADE = "B"
TOLERANCE = 300 * SECOND
MAX_BODY = 64 * 1024
MAX_SIGNATURES = 16
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

# "It's important that both the message id and the timestamp not … include any `.`": these grammars have none.
_WEBHOOK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)

_ANY_INTEGER = integer(-(2**53 - 1), 2**53 - 1)
_ANY_WORD = text(r"[ -~]{0,64}", "a word")
_ADDRESS = text(r"[^\x00-\x1f\x7f]{1,254}", "an address")
_WHEN = text(r"[ -~]{20,40}", "an RFC 3339 time")
_DATA = struct({
    "attempt_id": text(r"[!-~]{1,128}", "an id"), "seq": integer(1, 2**53 - 1),
    "ticket": Optional(ID_SHAPE), "account": Optional(ID_SHAPE),
    "medium": MEDIUM, "direction": words("outbound", "inbound"), "to": _ADDRESS, "from": _ADDRESS,
    # Values are free here and become `unmapped` below: a value we do not know is no reason to lose the event.
    "cause": struct({"sip": Optional(_ANY_INTEGER), "q850": Optional(_ANY_INTEGER),
                     "status": Optional(_ANY_WORD), "hangup_by": Optional(_ANY_WORD)}),
    "began_at": _WHEN, "ring_seconds": Optional(integer(0, 86_400)), "ended_at": Optional(_WHEN),
})
_EVENT = {"type": words("contact.attempt"), "timestamp": _WHEN, "data": _DATA}
_KNOWN_CAUSES: dict[str, Shape] = {
    "sip": integer(100, 699), "q850": integer(1, 127), "status": STATUS,
    "hangup_by": words("caller", "callee", "network"),
}


def secret_bytes(serialized: str) -> bytes:
    """The key in `whsec_<base64>`, 24 to 64 bytes. Raises MalformedError code `secret-malformed`."""
    try:
        if not serialized.startswith("whsec_"):
            raise ValueError("no whsec_ prefix")
        key = base64.b64decode(serialized.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise MalformedError("a secret is whsec_ and base64", code="secret-malformed") from error
    if not 24 <= len(key) <= 64:
        raise MalformedError("a secret has 24 to 64 bytes", code="secret-malformed")
    return key


def signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    """HMAC-SHA256 over `msg_id.timestamp.payload`, the payload byte for byte."""
    return hmac.digest(key, f"{webhook_id}.{timestamp}.".encode("ascii") + body, hashlib.sha256)


def verify(key: bytes, headers: Mapping[str, str], body: bytes, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds; header names lower case.

    1. The three headers are there in their exact grammar. 2. One of the signatures is ours, over the raw body,
    before anything in it is read. 3. The sender's clock is within 300 s of ours.
    """
    # 1
    webhook_id, timestamp, given = (headers.get(name, "") for name in HEADERS)
    if _WEBHOOK_ID.match(webhook_id) is None or _TIMESTAMP.match(timestamp) is None:
        raise RefusedEvent("webhook-id or webhook-timestamp is missing or ill-formed", code="headers-malformed")
    if len(body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    # 2
    expected = signature(key, webhook_id, timestamp, body)
    if not any(hmac.compare_digest(expected, one) for one in _v1_signatures(given)):
        raise RefusedEvent("no v1 signature in webhook-signature verifies", code="signature-invalid")
    # 3
    at = int(timestamp) * SECOND
    if abs(at - received_at) > TOLERANCE:
        raise RefusedEvent("webhook-timestamp is more than 300 s from our clock", code="timestamp-outside")
    return Signed(webhook_id, at)


def shown_id(headers: Mapping[str, str]) -> str:
    """The webhook id for the list of refused callbacks; empty where there is none that could be shown."""
    given = headers.get("webhook-id", "")
    return given if _WEBHOOK_ID.match(given) is not None else ""


def _v1_signatures(header: str) -> list[bytes]:
    # Identifiers other than v1 are ignored, so that a sender may sign in several schemes while it rotates.
    found = []
    for token in header.split(" ")[:MAX_SIGNATURES]:
        scheme, _, encoded = token.partition(",")
        if scheme == "v1":
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except ValueError:
                continue
    return found


def read(body: bytes) -> Event:
    """The event in a verified body. Raises RefusedEvent on anything but exactly the contract's members.

    A value of a cause that we do not know (a status, a code out of range) makes the cause `unmapped`, which is
    class `unknown`, never an error. A ticket names nothing until dial checks exist; it is read and not used.
    """
    value = read_object(body)
    try:
        check_fields(_EVENT, value)
        parse_rfc3339(value["timestamp"])
        data = value["data"]
        if "ticket" in data and "account" in data:
            raise RefusedEvent("ticket or account, not both")
        return Event(
            attempt=data["attempt_id"], seq=data["seq"], account=data.get("account"),
            medium=data["medium"], direction=data["direction"],
            dialled=data["to"] if data["direction"] == "outbound" else data["from"],
            cause=_cause_of(data["cause"]), began_at=parse_rfc3339(data["began_at"]),
            ring_seconds=data.get("ring_seconds"),
            ended_at=parse_rfc3339(data["ended_at"]) if "ended_at" in data else None,
        )
    except RefusedEvent:
        raise
    except MalformedError as error:
        raise RefusedEvent(error.detail, pointer=error.pointer) from error


def _cause_of(given: Mapping[str, Any]) -> dict[str, int | str | bool]:
    cause: dict[str, int | str | bool] = {}
    for name, value in given.items():
        try:
            _KNOWN_CAUSES[name].check(value, f"/data/cause/{name}")
            cause[name] = value
        except MalformedError:
            cause["unmapped"] = True
    return cause
