"""A key-encryption key that never leaves a PKCS#11 token: an HSM, a smart card, or SoftHSM in the tests.

AES-256 in GCM mode inside the token (PKCS#11 v2.40 section 2.12.4), with nonces of ours. The token answers no more
than whether it opens: what fails for any reason that is the data's is IntegrityError, what is the token's is
UnavailableError.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import exceptions
from pkcs11.mechanisms import GCMParams, Mechanism

from registry.errors import IntegrityError, UnavailableError
from registry.vault.keys.kek import CONTEXT, KEY_BYTES, NONCE_BYTES
from registry.vault.keys.pkcs11_uri import TokenUri, parse_uri, refused

TAG_BITS = 128
# What the token says when it opens nothing now; everything else is about the data it was given.
AWAY = (
    exceptions.DeviceError, exceptions.DeviceMemory, exceptions.DeviceRemoved, exceptions.HostMemory,
    exceptions.KeyHandleInvalid, exceptions.OperationActive, exceptions.SessionClosed, exceptions.SessionCount,
    exceptions.SessionHandleInvalid, exceptions.TokenNotPresent, exceptions.UserNotLoggedIn,
)


class TokenKey:
    """Satisfies `KeyEncryption`. One session, one thread."""

    def __init__(self, key: Any, random: Callable[[int], bytes]) -> None:
        """`key`: an AES key of 32 bytes in a token, as the library shows it."""
        self._key = key
        self._random = random
        # Two things wrapped by one nonce would be a break: this one is drawn for a wrap once in 2^96.
        check = self._encrypt(bytes(NONCE_BYTES), bytes(KEY_BYTES), b"consentry-key-id/1")
        self._key_id = hashlib.sha256(b"consentry-key-id/1\n" + check).hexdigest()[:16]

    @classmethod
    def open(cls, uri: str, random: Callable[[int], bytes]) -> TokenKey:
        """The key that a URI names, for as long as the process lives. Raises ConsentryError `key-token`."""
        named = parse_uri(uri)
        try:
            with _told():
                return cls(_key_of(named, _pin(named.pin_file)), random)
        except exceptions.PKCS11Error as error:
            raise refused(f"the token said {type(error).__name__}: look at token, object, id and PIN") from error

    @property
    def key_id(self) -> str:
        return self._key_id

    def wrap(self, key: bytes) -> bytes:
        nonce = self._random(NONCE_BYTES)
        with _told():
            return nonce + self._encrypt(nonce, key, CONTEXT)

    def unwrap(self, wrapped: bytes) -> bytes:
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            with _told():
                opened: bytes = self._key.decrypt(
                    sealed, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, CONTEXT, TAG_BITS))
        except (exceptions.PKCS11Error, ValueError) as error:
            raise IntegrityError(
                "the token's key does not open the vault's keys: give the key they were made with",
                code="key-file-wrong",
            ) from error
        return opened

    def _encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        sealed: bytes = self._key.encrypt(
            data, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, bound, TAG_BITS))
        return sealed


def _key_of(named: TokenUri, pin: str) -> Any:
    try:
        library = pkcs11.lib(str(named.module))
    except (RuntimeError, OSError) as error:
        raise refused(f"{named.module} cannot be loaded: install the library of the token's maker") from error
    serial = None if named.serial is None else named.serial.encode()
    token = library.get_token(token_label=named.token, token_serial=serial)
    try:
        session = token.open(user_pin=pin)
    except exceptions.UserAlreadyLoggedIn:
        session = token.open()  # in a rotation both keys can be in one token, and a process logs in to it once
    return session.get_key(
        object_class=pkcs11.ObjectClass.SECRET_KEY, key_type=pkcs11.KeyType.AES, label=named.object, id=named.id)


def _pin(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise refused(f"others may read {path}: chmod 600 it")
            return file.read(256).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise refused(f"the PIN in {path} cannot be read") from error


@contextmanager
def _told() -> Iterator[None]:
    """Raises UnavailableError for a token that is not there now."""
    try:
        yield
    except AWAY as error:
        raise UnavailableError(
            f"the token with the key-encryption key does not answer ({type(error).__name__}); is it plugged in?",
            code="key-token") from error
