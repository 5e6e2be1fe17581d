"""RFC 6962 trees, signed notes, tiles and JWS, read from the specifications alone."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Checkpoint = tuple[str, int, bytes]


def unbase64url(text: str) -> bytes:
    """base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(value: Any) -> bytes:
    """RFC 8785, for what our entries hold: ASCII keys, integers, NFC strings."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf(data: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:half]), root(leaves[half:]))


def checkpoint(note: str, vkey: str) -> Checkpoint:
    """Verifies a C2SP checkpoint with the log's verifier key; its origin, size and root."""
    name, ident, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    assert key[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == ident
    text, signatures = note.rsplit("\n\n", 1)
    ours = 0
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if dash == "\u2014" and signer == name and raw[:4].hex() == ident:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], f"{text}\n".encode())
            ours += 1
    assert ours == 1, "no signature of the log"
    origin, size, head = text.split("\n")
    assert origin == name
    return origin, int(size), base64.b64decode(head, validate=True)


def included(proof: str, entry: bytes, vkey: str) -> int:
    """Verifies a c2sp.org/tlog-proof@v1 of that entry; its index."""
    head, note = proof.split("\n\n", 1)
    lines = head.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("index ")
    index = int(lines[1].removeprefix("index "))
    path = [base64.b64decode(line, validate=True) for line in lines[2:]]
    _, size, want = checkpoint(note, vkey)
    # RFC 9162 section 2.1.3.2
    assert index < size
    first, last, found = index, size - 1, leaf(entry)
    for sibling in path:
        assert last, "surplus hashes"
        if first & 1 or first == last:
            found = node(sibling, found)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            found = node(found, sibling)
        first, last = first >> 1, last >> 1
    assert last == 0, "missing hashes"
    assert found == want
    return index


def bundle(data: bytes) -> list[bytes]:
    """The entries of a tlog-tiles entry bundle."""
    found = []
    while data:
        (length,) = struct.unpack(">H", data[:2])
        found.append(data[2 : 2 + length])
        assert len(found[-1]) == length
        data = data[2 + length :]
    return found


def jws(token: str, keys: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Verifies a compact JWS with the `use: sig` Ed25519 key of a JWKS; header and claims."""
    header, claims, signature = token.split(".")
    head = json.loads(unbase64url(header))
    (key,) = [one for one in keys if one["use"] == "sig" and one["crv"] == "Ed25519"]
    assert head["kid"] == key["kid"]
    Ed25519PublicKey.from_public_bytes(unbase64url(key["x"])).verify(
        unbase64url(signature), f"{header}.{claims}".encode())
    return head, json.loads(unbase64url(claims))
