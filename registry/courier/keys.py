"""The courier's keys: Ed25519 to vouch for entries, P-256 to be sealed to, and a key to disguise foreign ids.

A thief of this file can invent attempts and messages said to be sent, and read callbacks; no consent, no number.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from registry.courier.providers.event import Callback
from registry.errors import MalformedError
from registry.jose import P256_MEMBERS, b64url, decrypt, encrypt, from_b64url, p256_key
from registry.model.entries import Actor, Draft, act_message


class CourierKeys:
    """Made once with `create`, then loaded from a file that only the courier's user reads."""

    def __init__(self, signing: Ed25519PrivateKey, opening: ECKey, disguise: bytes) -> None:
        self._signing = signing
        self._opening = opening
        self._disguise = disguise

    @classmethod
    def create(cls, path: Path, random: Callable[[int], bytes]) -> CourierKeys:
        """New keys in a new file, mode 0600. Raises FileExistsError: keys that a log names are never replaced."""
        opening: Mapping[str, Any] = ECKey.generate_key("P-256").as_dict(private=True)
        kept = {
            "sig": b64url(random(32)), "mac": b64url(random(32)),
            "enc": {name: opening[name] for name in (*P256_MEMBERS, "d")},
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> CourierKeys:
        """The keys in a file. Raises OSError or MalformedError."""
        try:
            kept = json.loads(path.read_text("ascii"))
            return cls(Ed25519PrivateKey.from_private_bytes(from_b64url(kept["sig"])),
                       p256_key(kept["enc"]), from_b64url(kept["mac"]))
        except (MalformedError, ValueError, KeyError, TypeError) as error:
            raise MalformedError("the courier's key file is damaged: restore it from backup") from error

    def public(self) -> dict[str, Any]:
        """What genesis names: `courier_sig` (base64url) and `courier_enc` (a public P-256 JWK)."""
        enc = self._opening.as_dict(private=False)
        raw = self._signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"courier_sig": b64url(raw), "courier_enc": {name: enc[name] for name in P256_MEMBERS}}

    def vouch(self, to_sign: bytes) -> dict[str, str]:
        """The `auth` item by which the courier stands for an act's canonical bytes."""
        return {"by": "courier", "alg": "Ed25519", "sig": b64url(self._signing.sign(act_message(to_sign)))}

    def entry(self, entry_id: str, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A draft signed by the courier, in its object form."""
        draft = Draft(entry_id, kind, Actor("courier"), body)
        return Draft(entry_id, kind, Actor("courier"), body, (self.vouch(draft.to_sign()),)).value()

    def open_callback(self, sealed: str) -> Callback:
        """A callback sealed to us. Raises MalformedError."""
        try:
            value = json.loads(decrypt(sealed, self._opening))
            headers = {str(name): str(one) for name, one in value["headers"].items()}
            # A callback that waited while the web tier was brought up to date has neither address nor type.
            return Callback(headers, base64.b64decode(value["body"], validate=True),
                            str(value.get("url", "")), str(value.get("content_type", "")))
        except (MalformedError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedError("the callback is not sealed to the courier's key", code="seal-invalid") from error

    def seal(self, plain: bytes) -> str:
        """Something of ours, as a compact JWE that only we open."""
        return encrypt(plain, self.public()["courier_enc"])

    def unseal(self, sealed: str) -> bytes:
        """What `seal` sealed. Raises MalformedError."""
        return decrypt(sealed, self._opening)

    def disguise(self, provider: str, foreign: bytes) -> str:
        """A keyed digest under which a provider's ids and bodies are remembered: they may hold a number."""
        return hmac.digest(self._disguise, provider.encode() + b"\n" + foreign, hashlib.sha256).hex()
