"""tlog-proof (C2SP, v1): an index, an inclusion proof and a checkpoint, in one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.tlog.checkpoint import Checkpoint, open_checkpoint, parse_size
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, decode_base64, encode_base64
from registry.tlog.tree import HASH_SIZE, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """What a tlog-proof says: the leaf's index, the hashes from its sibling upwards, the signed checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str


def format_proof(index: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """The text of a proof; `checkpoint` is a signed note, kept verbatim."""
    lines = [HEADER, f"index {index}", *map(encode_base64, hashes), ""]
    return "\n".join(lines) + "\n" + checkpoint


def parse_proof(text: str) -> Proof:
    """A proof's parts; the unauthenticated `extra` line is accepted and dropped. Raises TlogError."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != HEADER:
        raise TlogError("a proof begins with its header and ends with a checkpoint")
    if len(lines) > 1 and lines[1].startswith("extra "):
        decode_base64(lines[1].removeprefix("extra "))
        del lines[1]
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise TlogError("a proof says its index")
    hashes = tuple(map(decode_base64, lines[2:]))
    if len(hashes) > MAX_HASHES or any(len(one) != HASH_SIZE for one in hashes):
        raise TlogError("a proof has at most 63 hashes of 32 bytes")
    return Proof(parse_size(lines[1].removeprefix("index ")), hashes, checkpoint)


def verify_proof(text: str, entry: bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint under which `entry` is in the log. Raises TlogError when the proof does not show that."""
    proof = parse_proof(text)
    checkpoint = open_checkpoint(proof.checkpoint, verifier)
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint
