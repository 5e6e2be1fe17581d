"""A fake telephony provider: makes neutral events and signs them as Standard Webhooks v1 (CONTRACT section 4).

The secret is `whsec_` + base64; the signature is HMAC-SHA256 over `id.timestamp.body`
(standard-webhooks specification, "Signature scheme").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import MalformedError
from registry.model.times import SECOND, stamp

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that marks such secrets, not one of them
CALLER_NUMBER = "+8610000009999"  # what the fake dialler shows


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one event says. Times are log-clock milliseconds; `cause` as CONTRACT section 4."""

    attempt: str
    seq: int
    medium: str
    to: str
    cause: Mapping[str, Any]
    began_at: int
    ring_seconds: int | None = None
    account: str | None = None
    ticket: str | None = None

    def event(self) -> dict[str, Any]:
        """The neutral event."""
        data: dict[str, Any] = {
            "attempt_id": self.attempt, "seq": self.seq, "medium": self.medium, "direction": "outbound",
            "to": self.to, "from": CALLER_NUMBER, "cause": dict(self.cause), "began_at": stamp(self.began_at),
        }
        if self.ring_seconds is not None:
            data["ring_seconds"] = self.ring_seconds
        if self.account is not None:
            data["account"] = self.account
        if self.ticket is not None:
            data["ticket"] = self.ticket
        return {"type": "contact.attempt", "timestamp": stamp(self.began_at), "data": data}


def new_secret(random: bytes) -> str:
    """A Standard Webhooks secret from 24 to 64 random bytes."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signed(event: Mapping[str, Any], secret: str, message: str, wall: int) -> tuple[dict[str, str], bytes]:
    """Headers and body of the webhook. `message` is the webhook id, `wall` the wall clock in milliseconds."""
    if not secret.startswith(SECRET_PREFIX):
        raise MalformedError("a webhook secret begins with whsec_")
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    body = json.dumps(event, separators=(",", ":")).encode()
    timestamp = str(wall // SECOND)
    mac = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json", "webhook-id": message, "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    return headers, body
