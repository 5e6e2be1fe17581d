"""Telnyx Voice: `call.hangup`, signed by Telnyx with Ed25519 over `timestamp|raw body` (evidence grade A).

Source: developers.telnyx.com/api-reference/callbacks/call-hangup. Telnyx numbers nothing and names no direction: the
courier numbers what it accepts, and whose line it was tells which way the call went (docs/adr/0008).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.strict import read_object
from registry.courier.providers.webhooks import MAX_BODY, TOLERANCE, Credential, public_key
from registry.errors import MalformedError
from registry.model.times import SECOND, parse_rfc3339
from registry.policy.outcomes import OutcomeTable

HEADERS = ("telnyx-timestamp", "telnyx-signature-ed25519")
TOLD = "call.hangup"
MOST_RING = 86_400

_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)
_EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z", re.ASCII)
_CALL_ID = re.compile(r"[!-~]{1,256}\Z", re.ASCII)
_TYPE = re.compile(r"[a-z0-9_.]{1,64}\Z", re.ASCII)
_SIP = re.compile(r"[1-6][0-9]{2}\Z", re.ASCII)
_ADDRESS = re.compile(r"[^\x00-\x1f\x7f]{1,254}\Z")


def verify(credential: Credential, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds.

    1. Both headers are there in their exact grammar. 2. The signature is Telnyx's, over the raw body, before anything
    in it is read. 3. Telnyx's clock is within 300 s of ours. The id is the event's own: no header carries one.
    """
    # 1
    body = callback.body
    timestamp, given = (callback.headers.get(name, "") for name in HEADERS)
    if _TIMESTAMP.match(timestamp) is None:
        raise RefusedEvent("telnyx-timestamp is missing or ill-formed", code="headers-malformed")
    if len(body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    # 2
    try:
        signature = base64.b64decode(given, validate=True)
    except ValueError:
        signature = b""
    if not credential.verifies(content_of(timestamp, body), signature):
        raise RefusedEvent("telnyx-signature-ed25519 does not verify", code="signature-invalid")
    # 3
    at = int(timestamp) * SECOND
    if abs(at - received_at) > TOLERANCE:
        raise RefusedEvent("telnyx-timestamp is more than 300 s from our clock", code="timestamp-outside")
    data = _data(body)
    # Beside `data` stands `meta`, which counts Telnyx's own tries and so differs in each.
    return Signed(_member(data, "id", _EVENT_ID), at, json.dumps(data, sort_keys=True).encode())


def content_of(timestamp: str, body: bytes) -> bytes:
    """What is signed: `timestamp|payload`, the payload byte for byte."""
    return timestamp.encode("ascii") + b"|" + body


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Event]:
    """The end of a call in a verified body. Raises RefusedEvent: `event-type-unused` for any other event.

    Only the members named here are read; Telnyx adds others at any time. A word or code that the table does not know
    makes the cause `unmapped`, which is class `unknown`, never an error.
    """
    data = _data(callback.body)
    if _member(data, "event_type", _TYPE) != TOLD:
        raise RefusedEvent("only call.hangup is used", code="event-type-unused")
    payload = data.get("payload")
    if not isinstance(payload, dict):
        raise RefusedEvent("data.payload is no object")
    ended_at = _when(data, "occurred_at")
    began_at = _when(payload, "start_time") if payload.get("start_time") is not None else ended_at
    if began_at > ended_at:
        raise RefusedEvent("start_time lies after occurred_at")
    return [Event(
        attempt=_member(payload, "call_control_id", _CALL_ID), seq=None, account=None, medium="voice", direction=None,
        dialled=_member(payload, "to", _ADDRESS), calling=_member(payload, "from", _ADDRESS),
        cause=_cause(payload, table), began_at=began_at, ring_seconds=_ring(payload, table, ended_at - began_at),
        ended_at=ended_at,
    )]


def _data(body: bytes) -> dict[str, Any]:
    data = read_object(body).get("data")
    if not isinstance(data, dict):
        raise RefusedEvent("there is no object data")
    return data


def _member(holder: Mapping[str, Any], name: str, grammar: re.Pattern[str]) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or grammar.match(value) is None:
        raise RefusedEvent(f"{name} is missing or ill-formed")
    return value


def _when(holder: Mapping[str, Any], name: str) -> int:
    try:
        return parse_rfc3339(holder[name])
    except (KeyError, TypeError, MalformedError) as error:
        raise RefusedEvent(f"{name} is missing or no RFC 3339 time") from error


def _cause(payload: Mapping[str, Any], table: OutcomeTable) -> dict[str, int | str | bool]:
    """The cause as an entry carries it. `sip_hangup_cause` is text; `unspecified` where there was no response."""
    cause: dict[str, int | str | bool] = {}
    sip = payload.get("sip_hangup_cause")
    if isinstance(sip, str) and _SIP.match(sip) is not None:
        cause["sip"] = int(sip)
    elif sip not in (None, "unspecified"):
        cause["unmapped"] = True
    source = payload.get("hangup_source")
    if source in ("caller", "callee"):
        cause["hangup_by"] = source
    elif source not in (None, "unknown"):
        cause["unmapped"] = True
    word = payload.get("hangup_cause")
    said = table.said.get(word) if isinstance(word, str) else None
    return {**cause, **({"unmapped": True} if said is None else said.cause)}


def _ring(payload: Mapping[str, Any], table: OutcomeTable, lasted: int) -> int | None:
    """For how many seconds it rang at least, as far as the length of the call tells; None where it tells nothing."""
    word = payload.get("hangup_cause")
    said = table.said.get(word) if isinstance(word, str) else None
    if said is None or not said.rang or payload.get("start_time") is None:
        return None
    return min(MOST_RING, max(0, lasted // SECOND - table.setup_seconds))


ADAPTER = Adapter(verify, read, public_key=public_key)
