"""Standard Webhooks: who signed these very bytes, and when. A shared secret (`v1`) or an Ed25519 key (`v1a`).

Source: Standard Webhooks, sections "Signature scheme" and "Verifying signatures". Whoever holds a shared secret can
forge a message, hence evidence of grade B; a private key makes grade A.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.courier.providers.event import RefusedEvent, Signed
from registry.errors import MalformedError
from registry.jose import from_b64url
from registry.model.times import SECOND

TOLERANCE = 300 * SECOND
MAX_BODY = 64 * 1024
MAX_SIGNATURES = 16
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

# "It's important that both the message id and the timestamp not … include any `.`": these grammars have none.
_WEBHOOK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)


class Credential(Protocol):
    """What a provider account signs with: the scheme's identifier, the grade it makes, and the check itself."""

    @property
    def scheme(self) -> str: ...

    @property
    def grade(self) -> str: ...

    def verifies(self, content: bytes, given: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """`v1`: HMAC-SHA256 with 24 to 64 bytes that both sides hold."""

    key: bytes
    scheme: str = "v1"
    grade: str = "B"

    def sign(self, content: bytes) -> bytes:
        """The signature of `msg_id.timestamp.payload`."""
        return hmac.digest(self.key, content, hashlib.sha256)

    def verifies(self, content: bytes, given: bytes) -> bool:
        return hmac.compare_digest(self.sign(content), given)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`v1a`: an Ed25519 key whose private half only the provider holds."""

    key: Ed25519PublicKey
    scheme: str = "v1a"
    grade: str = "A"

    def verifies(self, content: bytes, given: bytes) -> bool:
        try:
            self.key.verify(given, content)
        except InvalidSignature:
            return False
        return True


def shared_secret(serialized: str) -> SharedSecret:
    """The secret in `whsec_<base64>`, 24 to 64 bytes. Raises MalformedError code `secret-malformed`."""
    try:
        if not serialized.startswith("whsec_"):
            raise ValueError("no whsec_ prefix")
        key = base64.b64decode(serialized.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise MalformedError("a secret is whsec_ and base64", code="secret-malformed") from error
    if not 24 <= len(key) <= 64:
        raise MalformedError("a secret has 24 to 64 bytes", code="secret-malformed")
    return SharedSecret(key)


def public_key(b64url: str) -> PublicKey:
    """The Ed25519 key in base64url of 32 bytes. Raises MalformedError code `secret-malformed`."""
    try:
        return PublicKey(Ed25519PublicKey.from_public_bytes(from_b64url(b64url)))
    except (MalformedError, ValueError) as error:
        raise MalformedError("a public key is base64url of 32 bytes", code="secret-malformed") from error


def content_of(webhook_id: str, timestamp: str, body: bytes) -> bytes:
    """What is signed: `msg_id.timestamp.payload`, the payload byte for byte."""
    return f"{webhook_id}.{timestamp}.".encode("ascii") + body


def verify(
    credential: Credential, headers: Mapping[str, str], body: bytes, received_at: int, most: int = MAX_BODY,
) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds; header names lower case.

    1. The three headers are there in their exact grammar. 2. One of the signatures is ours, over the raw body,
    before anything in it is read. 3. The sender's clock is within 300 s of ours.
    """
    # 1
    webhook_id, timestamp, given = (headers.get(name, "") for name in HEADERS)
    if _WEBHOOK_ID.match(webhook_id) is None or _TIMESTAMP.match(timestamp) is None:
        raise RefusedEvent("webhook-id or webhook-timestamp is missing or ill-formed", code="headers-malformed")
    if len(body) > most:
        raise RefusedEvent(f"the body is over {most // 1024} KiB", code="body-too-long")
    # 2
    content = content_of(webhook_id, timestamp, body)
    if not any(credential.verifies(content, one) for one in _signatures(given, credential.scheme)):
        raise RefusedEvent("no signature in webhook-signature verifies", code="signature-invalid")
    # 3
    at = int(timestamp) * SECOND
    if abs(at - received_at) > TOLERANCE:
        raise RefusedEvent("webhook-timestamp is more than 300 s from our clock", code="timestamp-outside")
    return Signed(webhook_id, at, body)


def shown_id(headers: Mapping[str, str]) -> str:
    """The webhook id for the list of refused callbacks; empty where there is none that could be shown."""
    given = headers.get("webhook-id", "")
    return given if _WEBHOOK_ID.match(given) is not None else ""


def _signatures(header: str, wanted: str) -> list[bytes]:
    # Other schemes are ignored: a sender may sign in several while it rotates, and none stands in for another.
    found = []
    for token in header.split(" ")[:MAX_SIGNATURES]:
        scheme, _, encoded = token.partition(",")
        if scheme == wanted:
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except ValueError:
                continue
    return found
