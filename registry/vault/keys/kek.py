"""The key-encryption key: wraps every other key at rest, and lives outside the vault's folder and its backups.

A thief of the vault's disk without it opens nothing; a thief of it alone has nothing to open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.durable import sync
from registry.errors import ConsentryError, IntegrityError

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D section 8.2: 96-bit nonces
CONTEXT = b"consentry-wrap/1"


class KeyEncryption(Protocol):
    """What a file, a PKCS#11 token or a KMS must do. `unwrap` raises IntegrityError on anything it did not wrap."""

    @property
    def key_id(self) -> str:
        """Names this key without telling anything of it; stored beside what it wrapped."""

    def wrap(self, key: bytes) -> bytes:
        """`key` encrypted and authenticated."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """The inverse of `wrap`."""


class Epochs:
    """The key-encryption keys of a vault: one that wraps, and while keys are re-wrapped the one before it.

    Satisfies `KeyEncryption` itself. What an older key wrapped is still opened, and nothing is wrapped by it.
    """

    def __init__(self, current: KeyEncryption, *older: KeyEncryption) -> None:
        self._current = current
        self._older = older

    @property
    def key_id(self) -> str:
        return self._current.key_id

    def wrap(self, key: bytes) -> bytes:
        return self._current.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._current.unwrap(wrapped)
        except IntegrityError:
            for one in self._older:
                with suppress(IntegrityError):
                    return one.unwrap(wrapped)
            raise

    def unwrap_older(self, wrapped: bytes) -> bytes:
        """The same for what is known to be wrapped by the key before: a key that does not fit costs four times."""
        return self._older[0].unwrap(wrapped) if len(self._older) == 1 else self.unwrap(wrapped)

    def begin(self, key: KeyEncryption) -> None:
        """From now on `key` wraps; those before only open."""
        if key.key_id != self.key_id:
            self._current, self._older = key, (self._current, *self._older)

    def end(self) -> None:
        """Forgets every key but the one that wraps."""
        self._older = ()


class KeyFile:
    """A key-encryption key in a file: 32 bytes as one line of base64, readable by its owner only."""

    def __init__(self, path: Path, random: Callable[[int], bytes] = os.urandom) -> None:
        """Reads the file. Raises ConsentryError `key-file` when it is missing, open to others or ill-formed."""
        self.path = path
        self._random = random
        key = _read(path)
        self._cipher = AESGCM(key)
        self._key_id = hashlib.sha256(b"consentry-key-id/1\n" + key).hexdigest()[:16]

    @classmethod
    def create(cls, path: Path, random: Callable[[int], bytes] = os.urandom) -> KeyFile:
        """Writes a new key to `path`, which must not exist. Raises ConsentryError `key-file`."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _refused(f"cannot create the key file ({error.strerror}): name a new file") from error
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(random(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync(path.parent)  # or a power cut takes its name, and with it whatever it wraps
        return cls(path, random)

    @property
    def key_id(self) -> str:
        return self._key_id

    def wrap(self, key: bytes) -> bytes:
        nonce = self._random(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, CONTEXT)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], CONTEXT)
        except (InvalidTag, ValueError) as error:
            raise IntegrityError(
                "this key file does not open the vault's keys: give the file they were made with",
                code="key-file-wrong",
            ) from error


def refuse_inside(key_file: Path, data: Path) -> None:
    """Raises ConsentryError `key-file` if the key file lies in the data folder: a copy of one would be both."""
    if key_file.resolve().is_relative_to(data.resolve()):
        raise _refused("the key file lies inside the data folder: move it elsewhere, out of the same backup")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise _refused("others may read the key file: chmod 600 it")
            line = file.read(200)
    except OSError as error:
        raise _refused(f"cannot read the key file ({error.strerror}): give its path with --key-file") from error
    try:
        key = base64.b64decode(line.strip(), validate=True)
    except binascii.Error as error:
        raise _refused("the key file is not one line of base64") from error
    if len(key) != KEY_BYTES:
        raise _refused("the key file does not hold 32 bytes")
    return key


def _refused(detail: str) -> ConsentryError:
    return ConsentryError(detail, code="key-file")
