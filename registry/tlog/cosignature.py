"""Cosignatures of checkpoints (C2SP tlog-cosignature), type 04: Ed25519 with a time.

"As of that time, the largest consistent tree that I saw for this origin has this root." The message does not name the
cosigner, so one key has one name, and whoever counts cosigners counts public keys. Type 06 (ML-DSA-44) is another
key id, which nobody here knows: such lines are ignored, as the note format demands.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.tlog.checkpoint import parse_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import (
    COSIGNATURE,
    NoteSigner,
    Signature,
    Verifier,
    encode_base64,
    parse_note,
    parse_signature,
)

__all__ = ["COSIGNATURE", "cosignature_message", "cosigner_of", "lines_of", "sign_cosignature", "verify_cosignatures"]

MAX_TIME = 2**63 - 1
TIME_BYTES, SIGNATURE_BYTES = 8, 64


def cosigner_of(signer: NoteSigner) -> Verifier:
    """The verifier key (type 04) of a cosigner."""
    return Verifier(signer.name, COSIGNATURE, signer.public_key())


def cosignature_message(checkpoint_text: str, time: int) -> bytes:
    """What is signed: a header, the time, and the whole text of the checkpoint with any extension lines."""
    return f"cosignature/v1\ntime {time}\n{checkpoint_text}".encode()


def sign_cosignature(text: str, time: int, signer: NoteSigner) -> str:
    """The signature line, with its line feed, over a checkpoint's text; `time` in seconds since 1970.

    Raises TlogError unless the text is a checkpoint and the time is between 0 and 2^63-1.
    """
    parse_checkpoint(text)
    if not 0 <= time <= MAX_TIME:
        raise TlogError("a cosignature's time is in seconds since 1970")
    value = time.to_bytes(TIME_BYTES, "big") + signer.sign(cosignature_message(text, time))
    return f"— {signer.name} {encode_base64(cosigner_of(signer).key_id + value)}\n"


def verify_cosignatures(note: str | bytes, known: Iterable[Verifier]) -> dict[Verifier, int]:
    """Who of `known` cosigned the checkpoint in the note, and when (seconds since 1970; the youngest of several).

    Keys of other types than 04, and lines of unknown keys, are ignored. Raises TlogError when a known key's line does
    not verify, when the note is none, or its text no checkpoint.
    """
    parsed = parse_note(note)
    parse_checkpoint(parsed.text)
    keys = {(one.name, one.key_id): one for one in known if one.kind == COSIGNATURE}
    times: dict[Verifier, int] = {}
    for signature in parsed.signatures:
        verifier = keys.get((signature.name, signature.key_id))
        if verifier is not None:
            time = _verified_time(parsed.text, signature, verifier)
            times[verifier] = max(time, times.get(verifier, 0))
    return times


def lines_of(body: str, known: Iterable[Verifier]) -> str:
    """The signature lines of `known` keys in a witness's answer, unverified: what may be appended to our own note.

    Raises TlogError when a line is no signature line.
    """
    keys = {(one.name, one.key_id) for one in known}
    lines = body.split("\n")
    if lines.pop() != "":
        raise TlogError("a signature line ends in a line feed")
    signatures = [(line, parse_signature(line)) for line in lines]
    return "".join(f"{line}\n" for line, one in signatures if (one.name, one.key_id) in keys)


def _verified_time(text: str, signature: Signature, verifier: Verifier) -> int:
    if len(signature.value) != TIME_BYTES + SIGNATURE_BYTES:
        raise TlogError("a cosignature is a time and an Ed25519 signature")
    time = int.from_bytes(signature.value[:TIME_BYTES], "big")
    if time > MAX_TIME:
        raise TlogError("a cosignature's time is below 2^63")
    try:
        key = Ed25519PublicKey.from_public_bytes(verifier.public)
        key.verify(signature.value[TIME_BYTES:], cosignature_message(text, time))
    except (InvalidSignature, ValueError) as error:  # ValueError: not a point
        raise TlogError("a cosignature of a known key does not verify") from error
    return time
