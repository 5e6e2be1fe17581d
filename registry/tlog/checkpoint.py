"""Checkpoints (C2SP tlog-checkpoint v1.0.0): a log's origin, size and root, signed as a note."""

from __future__ import annotations

import re
from dataclasses import dataclass

from registry.tlog.errors import TlogError
from registry.tlog.note import NoteSigner, Verifier, decode_base64, encode_base64, open_note, sign_note
from registry.tlog.tree import EMPTY_ROOT, HASH_SIZE

# int() would take "+5", " 5", "1_0" and other scripts' digits.
DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z", re.ASCII)
MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of `size` leaves with `root`, of the log named `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed: three lines, each with its line feed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner, key_id: bytes | None = None) -> str:
    """The signed note of a checkpoint. `key_id`: the signer's, where it is known already."""
    return sign_note(checkpoint.text, signer, key_id)


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint's text. Extension lines are accepted and ignored. Raises TlogError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or "" in lines[:-1]:
        raise TlogError("a checkpoint is origin, size and root, a line each, none empty")
    size, root = parse_size(lines[1]), decode_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise TlogError("a root is 32 bytes")
    if size == 0 and root != EMPTY_ROOT:
        raise TlogError("the root of an empty tree is SHA-256 of nothing")
    return Checkpoint(lines[0], size, root)


def open_checkpoint(note: str | bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note signed by this key, of the log this key names. Raises TlogError."""
    text, _ = open_note(note, [verifier])
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != verifier.name:
        raise TlogError("the checkpoint is of another log than its key names")
    return checkpoint


def parse_size(text: str) -> int:
    """A decimal without sign, space or leading zero, below 2^63. Raises TlogError."""
    if DECIMAL.match(text) is None or int(text) > MAX_SIZE:
        raise TlogError("a size is a decimal number without leading zero")
    return int(text)
