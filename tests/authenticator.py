"""A passkey in software: makes the attestations and assertions that a browser would, with real ES256 or EdDSA keys.

What it says is what it is told to say, so that a test can lie in one member and leave the rest right. Built from the
standard (WebAuthn level 3, sections 6.1, 6.5 and 5.8.1; RFC 9052), not with the library that checks it.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.jose import b64url, from_b64url

PRESENT, VERIFIED, BACKUP, ATTESTED = 0x01, 0x04, 0x18, 0x40
RP_ID, ORIGIN = "localhost", "http://localhost"


@dataclass(slots=True)
class Authenticator:
    """One passkey. `verifies`: whether it asks its user for a finger or a PIN."""

    algorithm: str = "ES256"
    rp_id: str = RP_ID
    origin: str = ORIGIN
    verifies: bool = True
    count: int = 0  # of signatures; 0 for ever, as passkeys that are copied between devices have it
    credential: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1()) if self.algorithm == "ES256" \
            else Ed25519PrivateKey.generate()

    @property
    def id(self) -> str:
        return b64url(self.credential)

    @property
    def public_key(self) -> str:
        """In COSE form."""
        return b64url(self._cose())

    def create(self, challenge: str, by: str = "none", **said: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` gives: an attestation of nobody, `by` the key `itself`, or by a `maker`
        who is nobody we know."""
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + self._cose()
        data, client_data = self._data(ATTESTED) + attested, self._client_data("webauthn.create", challenge, said)
        statement = b"\xa0"
        if by != "none":
            sig = self._sign(data + hashlib.sha256(client_data).digest())
            alg = b"\x26" if self.algorithm == "ES256" else b"\x27"
            chain = _text("x5c") + b"\x81" + _bytes(bytes(40)) if by == "maker" else b""
            statement = bytes([0xA2 + bool(chain)]) + _text("alg") + alg + _text("sig") + _bytes(sig) + chain
        cbor = b"\xa3" + _text("fmt") + _text("none" if by == "none" else "packed") + _text("attStmt") + statement
        return self._answer({
            "clientDataJSON": b64url(client_data), "transports": ["internal"],
            "attestationObject": b64url(cbor + _text("authData") + _bytes(data)),
        })

    def get(self, challenge: str, **said: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives: an assertion."""
        client_data, data = self._client_data("webauthn.get", challenge, said), self._data(0)
        sig = self._sign(data + hashlib.sha256(client_data).digest())
        return self._answer({
            "clientDataJSON": b64url(client_data), "authenticatorData": b64url(data), "signature": b64url(sig),
            "userHandle": b64url(b"somebody"),
        })

    def sign(self, who: str, ident: str, passkey: str, to_sign: bytes, **said: Any) -> dict[str, str]:
        """The element of `auth` for an act, `who` being officer or borrower."""
        message = b"consentry-act/1\n" + hashlib.sha256(to_sign).digest()
        response = self.get(b64url(hashlib.sha256(message).digest()), **said)["response"]
        return {
            who: ident, "alg": "webauthn", "passkey": passkey, "client_data": response["clientDataJSON"],
            "authenticator_data": response["authenticatorData"], "sig": response["signature"],
        }

    def _sign(self, data: bytes) -> bytes:
        return self.key.sign(data) if isinstance(self.key, Ed25519PrivateKey) \
            else self.key.sign(data, ec.ECDSA(SHA256()))

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": self.id, "rawId": self.id, "type": "public-key", "clientExtensionResults": {},
                "authenticatorAttachment": "platform", "response": response}

    def _client_data(self, kind: str, challenge: str, said: dict[str, Any]) -> bytes:
        value = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **said}
        return json.dumps(value, separators=(",", ":")).encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | BACKUP | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _cose(self) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            # kty OKP, alg EdDSA, crv Ed25519, x
            return b"\xa4\x01\x01\x03\x27\x20\x06\x21" + _bytes(raw)
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        # kty EC2, alg ES256, crv P-256, x, y
        return b"\xa5\x01\x02\x03\x26\x20\x01\x21" + _bytes(point[1:33]) + b"\x22" + _bytes(point[33:])


def changed(answer: dict[str, Any], member: str, place: int = -1) -> dict[str, Any]:
    """The same answer with one bit of a member of its response turned over."""
    raw = bytearray(from_b64url(answer["response"][member]))
    raw[place] ^= 1
    return {**answer, "response": {**answer["response"], member: b64url(bytes(raw))}}


def _text(value: str) -> bytes:
    assert len(value) < 24, "longer text has another head"
    return bytes([0x60 | len(value)]) + value.encode()


def _bytes(value: bytes) -> bytes:
    return (b"\x58" + bytes([len(value)]) if len(value) < 256 else b"\x59" + struct.pack(">H", len(value))) + value
