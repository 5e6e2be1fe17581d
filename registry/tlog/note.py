"""Signed notes (C2SP signed-note v1.0.0) and verifier keys. Signatures over the text itself: Ed25519 (01).

A note is a text, an empty line, and signature lines `— <name> <base64(key id || signature)>`. Unknown keys are
ignored; a known key whose signature fails rejects the whole note. Keys of cosigners (04, 06) are read here too; what
they sign is in `registry.tlog.cosignature`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.tlog.errors import TlogError

ED25519 = 1
COSIGNATURE = 4
ML_DSA = 6
# Bytes of a public key by type: what this module can read of the types that C2SP lists.
_KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA: 1312}
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
_SIGNATURE_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<blob>[A-Za-z0-9+/]+={0,2})")
# The format forbids control characters below U+0020 but the line feed.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}\Z", re.ASCII)


class NoteSigner(Protocol):
    """Holds a log's Ed25519 key; `name` is the log's origin."""

    @property
    def name(self) -> str: ...
    def sign(self, text: bytes) -> bytes: ...
    def public_key(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Verifier:
    """A verifier key: `name+hex(key id)+base64(type || public key)`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || 0A || type || public key), its first four bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text` itself: never a cosigner's, which signs more than that."""
        if self.kind != ED25519:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):  # ValueError: not a point, or not 32 bytes
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who it claims to be from, the key id, and the bytes behind it."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text (with its final line feed) and its signature lines, none of them verified yet."""

    text: str
    signatures: tuple[Signature, ...]


def verifier_of(signer: NoteSigner) -> Verifier:
    """The verifier key of a signer."""
    return Verifier(signer.name, ED25519, signer.public_key())


def parse_verifier(text: str) -> Verifier:
    """A verifier key of type 01, 04 or 06. Raises TlogError unless it is well-formed and its key id is right."""
    # The base64 may contain +, so only the first two split.
    parts = text.split("+", 2)
    if len(parts) != 3 or not _is_name(parts[0]) or _KEY_ID.match(parts[1]) is None:
        raise TlogError("a verifier key is name+8 hex digits+base64")
    key = decode_base64(parts[2])
    if not key or len(key) - 1 != _KEY_BYTES.get(key[0]):
        raise TlogError("a verifier key is Ed25519 (type 01) or a cosigner's (type 04 or 06)")
    verifier = Verifier(parts[0], key[0], key[1:])
    if verifier.key_id.hex() != parts[1]:
        raise TlogError("the verifier key's id does not belong to its key")
    return verifier


def sign_note(text: str, signer: NoteSigner, key_id: bytes | None = None) -> str:
    """A note over `text` with one signature line. `text` ends in a line feed. `key_id`: the signer's, where it is
    known already."""
    blob = (verifier_of(signer).key_id if key_id is None else key_id) + signer.sign(text.encode())
    return f"{text}\n— {signer.name} {encode_base64(blob)}\n"


def parse_note(note: str | bytes) -> Note:
    """Splits a note at its last empty line. Raises TlogError on any deviation from the format."""
    text = _decode(note)
    cut = text.rfind("\n\n")
    lines = text[cut + 2 :].split("\n")
    if cut < 0 or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise TlogError("a note is a text, an empty line, and signature lines")
    return Note(text[: cut + 1], tuple(map(parse_signature, lines)))


def parse_signature(line: str) -> Signature:
    """A signature line without its line feed. Raises TlogError."""
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise TlogError("a signature line is — name base64")
    blob = decode_base64(match["blob"])
    if len(blob) < 5:
        raise TlogError("a signature line holds a key id and a signature")
    return Signature(match["name"], blob[:4], blob[4:])


def open_note(note: str | bytes, known: Iterable[Verifier]) -> tuple[str, tuple[Verifier, ...]]:
    """The text and who of `known` signed it; keys of cosigners do not count here.

    Raises TlogError when nobody of them did or a known signature fails.
    """
    parsed = parse_note(note)
    keys = {(one.name, one.key_id): one for one in known if one.kind == ED25519}
    signed_by: dict[Verifier, None] = {}
    for signature in parsed.signatures:
        verifier = keys.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.verifies(parsed.text.encode(), signature.value):
            raise TlogError("a signature of a known key does not verify")
        signed_by[verifier] = None
    if not signed_by:
        raise TlogError("the note is not signed by a known key")
    return parsed.text, tuple(signed_by)


def decode_base64(text: str) -> bytes:
    """Standard padded base64, one spelling only. Raises TlogError."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TlogError("not base64") from error
    if encode_base64(value) != text:
        raise TlogError("not the one base64 form of its bytes")
    return value


def encode_base64(data: bytes) -> str:
    """Standard padded base64."""
    return base64.b64encode(data).decode("ascii")


def _decode(note: str | bytes) -> str:
    if len(note) > MAX_NOTE:
        raise TlogError("the note is too long")
    try:
        text = note if isinstance(note, str) else note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TlogError("a note is UTF-8") from error
    if _CONTROL.search(text):
        raise TlogError("a note has no control characters but line feeds")
    return text


def _is_name(name: str) -> bool:
    # A plus cannot be in it: the key was split there.
    return name != "" and not any(character.isspace() for character in name)
