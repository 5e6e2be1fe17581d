"""Mailgun: an HMAC over timestamp and token only, confirmed by the Events API (grade C).

Sources: documentation.mailgun.com, "Securing Webhooks" and "Events API" (GET /v3/{domain}/events). The body is
covered by nothing: a signature that was seen once fits any, so a token is taken once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from registry.courier.providers import credentials
from registry.courier.providers.adapter import Adapter
from registry.courier.providers.clouds import answer_of
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    IDENT,
    UNMAPPED,
    Cause,
    cause_of,
    member,
    nested,
    objects,
    within_years,
    word_of,
)
from registry.courier.providers.pull import Asking
from registry.courier.providers.strict import read_object
from registry.courier.providers.webhooks import MAX_BODY, TOLERANCE
from registry.model.times import LATEST, SECOND
from registry.policy.outcomes import OutcomeTable

ENDPOINT = "https://api.mailgun.net"
# What ends a message, and what the recipient does about it. Opens and clicks are made by machines as well.
FINAL = frozenset(("delivered", "failed", "rejected", "complained", "unsubscribed"))
TEMPORARY = "temporary"
MOST = 300  # events of one page, the most that there are

_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9]{16,128}\Z", re.ASCII)
_MAC = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_EVENT = re.compile(r"[a-z_]{1,64}\Z", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9.-]{1,253}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailgunAccount:
    """The key that signs webhooks, and what the Events API is asked with."""

    signing_key: bytes = field(repr=False)
    api_key: str = field(repr=False)
    domain: str
    endpoint: str


def secret(text: str) -> MailgunAccount:
    """{"signing_key", "api_key", "domain", "endpoint"?}; the endpoint of the EU is https://api.eu.mailgun.net.

    Raises MalformedError `secret-malformed`.
    """
    found = credentials.members(text, ("signing_key", "api_key", "domain"), (credentials.ENDPOINT,))
    if _DOMAIN.match(found["domain"]) is None:
        raise credentials.malformed("domain is the sending domain, in lower case")
    return MailgunAccount(
        found["signing_key"].encode(), found["api_key"], found["domain"], found.get(credentials.ENDPOINT, ENDPOINT))


def verify(credential: MailgunAccount, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds.

    1. The signature stands in the body: it is read strictly. 2. It is made with our key. 3. Its timestamp is within
    300 s of our clock. The token is the id: with another body it is refused.
    """
    # 1
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    found = nested(read_object(callback.body), "signature")
    timestamp, token = member(found, "timestamp", _TIMESTAMP), member(found, "token", _TOKEN)
    # 2
    wanted = hmac.digest(credential.signing_key, (timestamp + token).encode(), hashlib.sha256).hex()
    if not hmac.compare_digest(member(found, "signature", _MAC), wanted):
        raise RefusedEvent("the signature does not verify", code="signature-invalid")
    # 3
    at = int(timestamp) * SECOND
    if abs(at - received_at) > TOLERANCE:
        raise RefusedEvent("the timestamp is more than 300 s from our clock", code="timestamp-outside")
    return Signed(token, at, callback.body)


def read(callback: Callback, table: OutcomeTable, _signed: Signed) -> Sequence[Event]:
    """What became of a message. Raises RefusedEvent: `event-type-unused` for what ends nothing."""
    return [_event(nested(read_object(callback.body), "event-data"), table)]


def _event(data: Mapping[str, Any], table: OutcomeTable) -> Event:
    kind = member(data, "event", _EVENT)
    if kind not in FINAL or (kind == "failed" and data.get("severity") == TEMPORARY):
        raise RefusedEvent("only what ends a message or answers it is used", code="event-type-unused")
    recipient = member(data, "recipient", ADDRESS)
    message = member(nested(nested(data, "message"), "headers"), "message-id", IDENT).strip("<>")
    at = _when(data)
    return Event(
        attempt=f"{message} {recipient.lower()}", seq=None, account=None, medium="email", direction="outbound",
        dialled=recipient, cause=_cause(data, kind, table), began_at=at, ring_seconds=None, ended_at=at,
    )


def _cause(data: Mapping[str, Any], kind: str, table: OutcomeTable) -> Cause:
    if kind != "failed":
        return cause_of(table, kind)
    if data.get("severity") != "permanent":
        return dict(UNMAPPED)
    return cause_of(table, f"failed/{word_of(data.get('reason'))}")


def _when(data: Mapping[str, Any]) -> int:
    """Milliseconds of Mailgun's Unix seconds with a fraction."""
    value = data.get("timestamp")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise RefusedEvent("timestamp is missing or no Unix time in seconds")
    return within_years(int(value * SECOND), "timestamp")


def pull(credential: MailgunAccount, event: Event, asking: Asking) -> Event | None:
    """The message as the Events API has it; None while it has no end of it.

    It is asked for by its id alone, and its recipient looked for here: no address stands in a URL. The newest end is
    taken: a message that was delivered and then bounced, bounced. Raises UnavailableError, RefusedEvent.
    """
    message = event.attempt.partition(" ")[0]
    basic = base64.b64encode(f"api:{credential.api_key}".encode()).decode("ascii")
    asked = urlencode({
        "message-id": message, "limit": str(MOST), "ascending": "yes",
        "begin": str(event.began_at // SECOND - 86_400),
    })
    answer = answer_of(asking.http.get(
        f"{credential.endpoint}/v3/{credential.domain}/events?{asked}", {"authorization": f"Basic {basic}"}))
    items = answer.get("items")
    if items == []:
        return None
    told = objects(items, "items")
    if len(told) >= MOST:
        return None  # the newest may stand on a further page: such a message to many is confirmed by nothing
    found: Event | None = None
    for item in told:
        try:
            one = _event(item, asking.table)
        except RefusedEvent:
            continue  # an open, a click, a temporary failure: not how the message ended
        if one.attempt.partition(" ")[0] != message:
            raise RefusedEvent("the record is of another message", code="pull-mismatch")
        if one.attempt == event.attempt:
            found = one
    return found


ADAPTER = Adapter(verify, read, secret=secret, pull=pull)
