"""The two JOSE forms we speak: a compact JWS by Ed25519, and a compact JWE to a P-256 key (CONTRACT section 1).

What we make is assembled here: a JWS whose header is `alg: EdDSA` (RFC 8037), a name that joserfc warns of since RFC
9864, and a JWE of the one pair ECDH-ES and A256GCM, which every permit needs: half the time of joserfc's. A JWE that
comes in is opened by joserfc. No other algorithm is taken, whatever a header asks for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from registry.errors import MalformedError

RELEASE = "consentry-release+jwt"
RECEIPT = "consentry-receipt+jwt"
DIAL = "consentry-dial+jwt"
REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
# A provider's callback of 64 KiB is carried whole; joserfc's own limit is less than its base64.
REGISTRY.max_ciphertext_length = 128 * 1024
P256_MEMBERS = ("kty", "crv", "x", "y")
NONCE_BYTES, TAG_BYTES = 12, 16  # RFC 7518 section 5.3

Jwk = Mapping[str, Any]


def b64url(data: bytes) -> str:
    """base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """The bytes of unpadded base64url in its one spelling. Raises MalformedError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError("not base64url") from error
    if b64url(data) != text:
        raise MalformedError("not base64url without padding")
    return data


def ed25519_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The public JWK {kty, crv, x} (RFC 8037 section 2)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def thumbprint(jwk: Jwk) -> str:
    """The RFC 7638 thumbprint of an OKP or EC key, our `kid`. Raises MalformedError."""
    try:
        if jwk["kty"] == "OKP":
            return OKPKey.import_key(dict(jwk)).thumbprint()
        return ECKey.import_key(dict(jwk)).thumbprint()
    except (KeyError, TypeError, ValueError, JoseError) as error:
        raise MalformedError("not a JWK of type OKP or EC") from error


def sign_jws(key: Ed25519PrivateKey, kid: str, typ: str, claims: Jwk) -> str:
    """A compact JWS with header {alg, kid, typ}."""
    header = {"alg": "EdDSA", "kid": kid, "typ": typ}
    signed = f"{b64url(_json(header))}.{b64url(_json(claims))}"
    return f"{signed}.{b64url(key.sign(signed.encode()))}"


def verify_jws(token: str, typ: str, keys: Jwk) -> dict[str, Any]:
    """The claims of a JWS by a key of `keys` (a JWKS or one JWK). Raises MalformedError `signature-refused`."""
    parts = token.split(".")
    if len(parts) != 3:
        raise _unsigned("not a compact JWS")
    header = _object(parts[0])
    if header.get("alg") != "EdDSA" or header.get("typ") != typ or set(header) != {"alg", "kid", "typ"}:
        raise _unsigned(f"not a JWS of type {typ} by Ed25519")
    key = _public_key(keys, header["kid"])
    try:
        key.verify(from_b64url(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature as error:
        raise _unsigned("the signature is not that of the key it names") from error
    return _object(parts[1])


def encrypt(plaintext: bytes | str, recipient: Jwk, content: str | None = None) -> str:
    """A compact JWE to a P-256 key; `kid` is the key's own thumbprint, `content` the `cty` if any.

    Raises MalformedError `key-refused`.
    """
    key, kid = _recipient(*(str(recipient.get(member)) for member in P256_MEMBERS))
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    header: dict[str, Any] = {
        "alg": "ECDH-ES", "enc": "A256GCM", "kid": kid, "typ": "JWE", "epk": _p256_jwk(ephemeral.public_key()),
    }
    if content is not None:
        header["cty"] = content
    protected, nonce = b64url(_json(header)), os.urandom(NONCE_BYTES)
    cipher = AESGCM(agreed_key(ephemeral.exchange(ec.ECDH(), key)))
    data = plaintext.encode() if isinstance(plaintext, str) else plaintext
    sealed = cipher.encrypt(nonce, data, protected.encode())
    # RFC 7516 section 7.1: the second part, an encrypted key, is empty where the key is agreed upon.
    return f"{protected}..{b64url(nonce)}.{b64url(sealed[:-TAG_BYTES])}.{b64url(sealed[-TAG_BYTES:])}"


def agreed_key(
    secret: bytes, algorithm: bytes = b"A256GCM", apu: bytes = b"", apv: bytes = b"", bits: int = 256,
) -> bytes:
    """The content key of ECDH-ES in direct agreement (RFC 7518 section 4.6.2): one round of the Concat KDF."""
    told = b"".join(len(one).to_bytes(4, "big") + one for one in (algorithm, apu, apv))
    return hashlib.sha256(b"\0\0\0\1" + secret + told + bits.to_bytes(4, "big")).digest()[:bits // 8]


def decrypt(token: str, key: ECKey) -> bytes:
    """The plaintext of a compact JWE of ECDH-ES and A256GCM. Raises MalformedError `jwe-refused`."""
    try:
        opened = jwe.decrypt_compact(token, key, registry=REGISTRY)
    # joserfc lets some malformed tokens surface as plain errors of the parser it uses.
    except (JoseError, ValueError, TypeError, KeyError, AssertionError) as error:
        raise MalformedError("not a JWE to this key with ECDH-ES and A256GCM", code="jwe-refused") from error
    assert opened.plaintext is not None
    return opened.plaintext


def p256_key(jwk: Jwk) -> ECKey:
    """A P-256 key, private if it has `d`. Raises MalformedError `key-refused` unless it lies on the curve."""
    members = {name: jwk[name] for name in (*P256_MEMBERS, "d") if name in jwk}
    try:
        key = ECKey.import_key(members)
        on_curve = jwk["kty"] == "EC" and key.curve_name == "P-256"
    except (KeyError, TypeError, ValueError, JoseError) as error:
        raise _no_key() from error
    if not on_curve:
        raise _no_key()
    return key


@lru_cache(256)
def _recipient(kty: str, crv: str, x: str, y: str) -> tuple[ec.EllipticCurvePublicKey, str]:
    key = p256_key({"kty": kty, "crv": crv, "x": x, "y": y})
    return key.public_key, key.thumbprint()


def _p256_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"kty": "EC", "crv": "P-256", "x": b64url(point[1:33]), "y": b64url(point[33:])}


def _public_key(keys: Jwk, kid: object) -> Ed25519PublicKey:
    candidates = keys.get("keys", [keys])
    for jwk in candidates if isinstance(candidates, list) else []:
        if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
            continue
        # The name is computed: a key file cannot give one key another's name.
        if thumbprint({name: jwk.get(name) for name in ("kty", "crv", "x")}) == kid:
            return Ed25519PublicKey.from_public_bytes(from_b64url(str(jwk.get("x"))))
    raise _unsigned("signed by none of the keys given")


def _json(value: Jwk) -> bytes:
    return orjson.dumps(dict(value))


def _object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(from_b64url(segment))
    except ValueError as error:
        raise _unsigned("not a compact JWS") from error
    if not isinstance(value, dict):
        raise _unsigned("not a compact JWS")
    return value


def _unsigned(detail: str) -> MalformedError:
    return MalformedError(detail, code="signature-refused")


def _no_key() -> MalformedError:
    return MalformedError("a recipient's key is a P-256 JWK {kty, crv, x, y}", code="key-refused")
