"""The body of add-checkpoint (C2SP tlog-witness): `old <size>`, proof lines, an empty line, a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from registry.tlog.checkpoint import parse_size
from registry.tlog.errors import TlogError
from registry.tlog.note import Signature, decode_base64, parse_note
from registry.tlog.tree import HASH_SIZE

MAX_PROOF = 63  # hashes
MAX_BODY = 64 * 1024  # bytes: 63 hashes, and a checkpoint with some dozen signature lines


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent, well-formed and not yet believed: the checkpoint's signatures are unverified."""

    old: int
    proof: tuple[bytes, ...]
    text: str
    signatures: tuple[Signature, ...]
    origin: str
    size: int
    root: bytes


def parse_request(body: bytes) -> Request:
    """Raises TlogError unless the body is exactly one add-checkpoint request.

    An empty tree with another root than SHA-256 of nothing is well-formed here: whether it is the log that says so
    is known only when its signature was looked at.
    """
    head, blank, note = body.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise TlogError("the old size and the proof are ASCII") from error
    if not blank or not lines[0].startswith("old "):
        raise TlogError("a request is `old <size>`, proof lines, an empty line, and a checkpoint")
    old, proof = parse_size(lines[0].removeprefix("old ")), tuple(map(decode_base64, lines[1:]))
    if len(proof) > MAX_PROOF or any(len(one) != HASH_SIZE for one in proof):
        raise TlogError("a proof has at most 63 hashes of 32 bytes, one a line")
    parsed = parse_note(note)
    said = parsed.text.split("\n")
    if len(said) < 4 or "" in said[:-1]:
        raise TlogError("a checkpoint is origin, size and root, a line each, none empty")
    root = decode_base64(said[2])
    if len(root) != HASH_SIZE:
        raise TlogError("a root is 32 bytes")
    return Request(old, proof, parsed.text, parsed.signatures, said[0], parse_size(said[1]), root)
