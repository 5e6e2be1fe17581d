"""Sealing one value with one key: AES-256-GCM, fresh nonce, bound to what it is, padded so that lengths tell little.

A blob is `01 || key version (uint32) || nonce (12) || ciphertext and tag`. Pure but for the nonce it is given.
"""

from __future__ import annotations

import hashlib
import re
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.errors import MalformedError

BLOCK = 64
NONCE_BYTES = 12
HEAD = struct.Struct(">BI")
FORMAT = 1
MAX_VALUE = 16 * 1024
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z", re.ASCII)


def refused() -> MalformedError:
    """The one answer to every blob that does not open: which check failed is nobody's business."""
    return MalformedError("this sealed value is not the one that was registered", code="blob-refused")


def seal(key: bytes, version: int, subject: str, name: str, text: str, *, nonce: bytes) -> bytes:
    """The blob of a value. `name` says which of the subject's values it is. Raises MalformedError."""
    value = text.encode()
    if NAME.match(name) is None or len(value) > MAX_VALUE:
        raise MalformedError("a sealed value has a short name and at most 16 KiB")
    sealed = AESGCM(key).encrypt(nonce, pad(value), _bound(subject, name, version))
    return HEAD.pack(FORMAT, version) + nonce + sealed


def version_of(blob: bytes) -> int:
    """The key version a blob claims (checked by opening). Raises MalformedError `blob-refused`."""
    if len(blob) < HEAD.size + NONCE_BYTES + BLOCK:
        raise refused()
    form, version = HEAD.unpack_from(blob)
    if form != FORMAT:
        raise refused()
    return int(version)


def unseal(key: bytes, version: int, subject: str, name: str, blob: bytes) -> str:
    """The value sealed for exactly this subject, name and key version. Raises MalformedError `blob-refused`."""
    nonce, sealed = blob[HEAD.size:HEAD.size + NONCE_BYTES], blob[HEAD.size + NONCE_BYTES:]
    try:
        padded = AESGCM(key).decrypt(nonce, sealed, _bound(subject, name, version))
    except (InvalidTag, ValueError) as error:
        raise refused() from error
    return unpad(padded).decode()


def digest(blob: bytes) -> str:
    """SHA-256 of a blob in hex: what the registering entry carries, so that an old blob is no new one."""
    return hashlib.sha256(blob).hexdigest()


def pad(value: bytes) -> bytes:
    """Length, value, and zeros up to a multiple of 64 bytes: a name or a number always fills one block."""
    framed = len(value).to_bytes(4, "big") + value
    return framed + bytes(-len(framed) % BLOCK)


def unpad(padded: bytes) -> bytes:
    """The inverse of `pad`; only ever given what was authenticated. Raises MalformedError `blob-refused`."""
    value = padded[4:4 + int.from_bytes(padded[:4], "big")]
    if pad(value) != padded:
        raise refused()
    return value


def _bound(subject: str, name: str, version: int) -> bytes:
    return f"consentry-seal/1\n{subject}\n{name}\n{version}".encode()
