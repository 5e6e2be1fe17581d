"""Twilio Programmable Messaging: status callbacks of an SMS, forms signed with the account's token (grade B).

Sources: twilio.com/docs/messaging/guides/track-outbound-message-status ("the properties … are subject to change.
Twilio occasionally adds new properties without advance notice": only those named here are read);
twilio.com/docs/api/errors. No parameter says when: the moment it came is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import cause_of, member
from registry.courier.providers.twilio import AuthToken, number, parameters, secret
from registry.courier.providers.twilio import verify as verify_signature
from registry.policy.outcomes import OutcomeTable

NAMES = ("MessageSid", "MessageStatus", "ErrorCode")
FINAL = frozenset(("delivered", "undelivered", "failed", "read"))

_MESSAGE = re.compile(r"(SM|MM)[0-9a-f]{32}\Z", re.ASCII)
_STATUS = re.compile(
    r"(accepted|scheduled|queued|sending|sent|delivered|undelivered|failed|read|canceled|partially_delivered)\Z",
    re.ASCII)
_ERROR = re.compile(r"[0-9]{5}\Z", re.ASCII)


def verify(credential: AuthToken, callback: Callback, received_at: int) -> Signed:
    """Who sent this, or RefusedEvent."""
    return replace(verify_signature(credential, callback, NAMES), at=received_at)


def read(callback: Callback, table: OutcomeTable, signed: Signed) -> Sequence[Event]:
    """What became of a message. Raises RefusedEvent: `event-type-unused` for a state on the way, and for JSON."""
    if not callback.content_type.lower().startswith("application/x-www-form-urlencoded"):
        raise RefusedEvent("no state of a message is told in JSON", code="event-type-unused")
    form = parameters(callback, NAMES)
    status = member(form, "MessageStatus", _STATUS)
    if status not in FINAL:
        raise RefusedEvent("only what became of a message is used", code="event-type-unused")
    error = member(form, "ErrorCode", _ERROR) if form.get("ErrorCode") else ""
    return [Event(
        attempt=member(form, "MessageSid", _MESSAGE), seq=None, account=None, medium="sms", direction="outbound",
        dialled=number(form, "To"), cause=cause_of(table, f"{status}/{error}" if error else status),
        began_at=signed.at, ring_seconds=None, ended_at=signed.at,
    )]


ADAPTER = Adapter(verify, read, secret=secret)
