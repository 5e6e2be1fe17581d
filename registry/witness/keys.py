"""The witness's key file: one line, `PRIVATE+KEY+name+hash+base64(04 || seed)`, as golang.org/x/mod writes keys.

The name is the one that policy files call the witness by its verifier key; it is in the file and never changes,
because one key has one name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.durable import make_file
from registry.errors import ConsentryError
from registry.tlog.cosignature import COSIGNATURE, cosigner_of
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, decode_base64, encode_base64

PREFIX = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}\Z")


class WitnessKey:
    """Signs as a cosigner. `repr` shows nothing of the key."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    def sign(self, text: bytes) -> bytes:
        """Ed25519 over these bytes."""
        return self._key.sign(text)

    def public_key(self) -> bytes:
        """32 bytes."""
        return self._key.public_key().public_bytes_raw()

    @property
    def verifier(self) -> Verifier:
        """What policy files name: type 04."""
        return cosigner_of(self)


def create_key(path: Path, name: str, random: Callable[[int], bytes]) -> WitnessKey:
    """A new key in a new file (0600), durable when this returns. Raises ConsentryError, OSError."""
    if _NAME.match(name) is None:
        raise ConsentryError("a witness's name has no space and no +: usually its address without https://",
                             code="settings")
    seed = random(32)
    key = WitnessKey(name, seed)
    line = f"{PREFIX}{name}+{key.verifier.key_id.hex()}+{encode_base64(bytes([COSIGNATURE]) + seed)}\n"
    make_file(path, line.encode())
    return key


def load_key(path: Path) -> WitnessKey:
    """The key in a file. Raises ConsentryError when it is none, or is open to others; OSError."""
    if os.stat(path).st_mode & 0o077:
        raise ConsentryError(f"the key file {path} is open to other users: chmod 600", code="settings")
    damaged = ConsentryError(f"{path} is no witness's key file: put it back from its copy", code="settings")
    try:
        text = path.read_text("utf-8")
        name, key_id, encoded = text.removesuffix("\n").removeprefix(PREFIX).split("+", 2)
        data = decode_base64(encoded)
        key = WitnessKey(name, data[1:])
    except (TlogError, ValueError) as error:
        raise damaged from error
    if not text.startswith(PREFIX) or data[0] != COSIGNATURE or key.verifier.key_id.hex() != key_id:
        raise damaged
    return key
