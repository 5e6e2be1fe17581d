"""Twilio Voice: status callbacks of a call, as forms signed with the account's token (evidence grade B).

Source: twilio.com/docs/voice/api/call-resource (StatusCallback, StatusCallbackEvent); a request as Twilio sent it:
github.com/somleng/somleng-switch/issues/7. Twilio may add parameters at any time: only those named here are read.

The ringing and its end are two callbacks. How long it rang is known only where `ringing` is among the call's
StatusCallbackEvents: without it a call that rang out is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Callback, Event, RefusedEvent, Ringing, Signed
from registry.courier.providers.members import Cause, cause_of, member
from registry.courier.providers.twilio import AuthToken, Form, number, parameters, secret
from registry.courier.providers.twilio import verify as verify_signature
from registry.courier.providers.webhooks import TOLERANCE
from registry.model.times import SECOND
from registry.policy.outcomes import OutcomeTable

NAMES = ("CallSid", "CallStatus", "CallDuration", "SipResponseCode", "Timestamp", "Direction")
FINAL = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))

_CALL = re.compile(r"CA[0-9a-f]{32}\Z", re.ASCII)
_STATUS = re.compile(r"(queued|initiated|ringing|in-progress|completed|busy|failed|no-answer|canceled)\Z", re.ASCII)
_DIRECTION = re.compile(r"(inbound|outbound-api|outbound-dial)\Z", re.ASCII)
_TIME = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} \+0000\Z", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,5}\Z", re.ASCII)
_SIP = re.compile(r"[1-6][0-9]{2}\Z", re.ASCII)


def verify(credential: AuthToken, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and of when it tells, or RefusedEvent. An event may be late, for a reach is never lost; none is
    from the future."""
    signed = verify_signature(credential, callback, NAMES)
    if not callback.content_type.lower().startswith("application/x-www-form-urlencoded"):
        return replace(signed, at=received_at)
    at = _time(parameters(callback, NAMES))
    if at - received_at > TOLERANCE:
        raise RefusedEvent("Timestamp is more than 300 s ahead of our clock", code="timestamp-outside")
    return replace(signed, at=at)


def read(callback: Callback, table: OutcomeTable, signed: Signed) -> Sequence[Event | Ringing]:
    """How a call ended, or that it rings. Raises RefusedEvent: `event-type-unused` for any other state, and JSON."""
    form = _form(callback)
    status = member(form, "CallStatus", _STATUS)
    call, direction = member(form, "CallSid", _CALL), member(form, "Direction", _DIRECTION)
    inbound = direction == "inbound"
    if status == "ringing" and not inbound:
        return [Ringing(call, signed.at)]
    if status not in FINAL:
        raise RefusedEvent("only ringing and the end of a call are used", code="event-type-unused")
    lasted = int(member(form, "CallDuration", _SECONDS)) * SECOND if "CallDuration" in form else 0
    said = table.said.get(status)
    return [Event(
        attempt=call, seq=None, account=None, medium="voice", direction="inbound" if inbound else "outbound",
        dialled=number(form, "From" if inbound else "To"), cause=_cause(form, status, table),
        began_at=signed.at - lasted, ring_seconds=None, ended_at=signed.at, rang=said is not None and said.rang,
    )]


def _form(callback: Callback) -> Form:
    if not callback.content_type.lower().startswith("application/x-www-form-urlencoded"):
        raise RefusedEvent("no state of a call is told in JSON", code="event-type-unused")
    return parameters(callback, NAMES)


def _time(form: Form) -> int:
    """Milliseconds of Timestamp: RFC 5322 with `+0000`, as Twilio writes it. Raises RefusedEvent."""
    try:
        at = parsedate_to_datetime(member(form, "Timestamp", _TIME))
    except ValueError as error:
        raise RefusedEvent("Timestamp is no time") from error
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND


def _cause(form: Form, status: str, table: OutcomeTable) -> Cause:
    """The status, and beside it the SIP response where there is one. AnsweredBy is a hint and not read."""
    cause = cause_of(table, status)
    if "SipResponseCode" in form:
        cause["sip"] = int(member(form, "SipResponseCode", _SIP))
    return cause


ADAPTER = Adapter(verify, read, secret=secret)
