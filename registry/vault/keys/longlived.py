"""The vault's long-lived keys: made once, wrapped at rest, open in memory while the vault runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert, select

from registry.errors import ConflictError, IntegrityError
from registry.vault.keys.kek import Epochs, KeyEncryption
from registry.vault.keys.store import LONG_LIVED, SETTINGS, KeyStore

# What each is for. A name is never reused: a wrapped key is bound to its name.
NAMES = ("log", "sig", "enc", "lines", "fingerprints", "codes", "own")
# Order of the P-256 group, SEC 2 section 2.4.2: a private key is an integer from 1 to this less 1.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class LogSigner:
    """The log's Ed25519 key; `name` is the log's origin. Satisfies the log's `Signer`."""

    name: str
    _key: Ed25519PrivateKey = field(repr=False)

    def sign(self, text: bytes) -> bytes:
        """The raw 64-byte signature of a note's text."""
        return self._key.sign(text)

    def public_key(self) -> bytes:
        """32 raw bytes."""
        return raw_public(self._key)


@dataclass(frozen=True, slots=True)
class LongLived:
    """Every long-lived key. `repr` shows none of them."""

    log: LogSigner
    sig: Ed25519PrivateKey = field(repr=False)
    enc: ec.EllipticCurvePrivateKey = field(repr=False)
    lines: bytes = field(repr=False)
    fingerprints: bytes = field(repr=False)
    codes: bytes = field(repr=False)
    own: bytes = field(repr=False)


def make(store: KeyStore, kek: KeyEncryption, random: Callable[[int], bytes], origin: str) -> LongLived:
    """Makes and stores all keys in one commit. Raises ConflictError `keys-exist` if there are some."""
    if store.one(select(SETTINGS.c.value).where(SETTINGS.c.name == "origin")) is not None:
        raise ConflictError("this folder holds a vault's keys already", code="keys-exist")
    # All made before the first is written: a group of writes is kept even when its block fails.
    keys = {name: _p256_scalar(random) if name == "enc" else random(32) for name in NAMES}
    wrapped = {name: wrap_as(kek, f"long-lived/{name}", key) for name, key in keys.items()}
    with store.one_commit():
        store.write(insert(SETTINGS), {"name": "origin", "value": origin})
        for name in NAMES:
            store.write(insert(LONG_LIVED), {"name": name, "kek_id": kek.key_id, "wrapped": wrapped[name]})
    return load(store, kek)


def load(store: KeyStore, kek: KeyEncryption) -> LongLived:
    """Unwraps all keys. Raises IntegrityError when one is missing, or the key-encryption key is another."""
    origin = store.one(select(SETTINGS.c.value).where(SETTINGS.c.name == "origin"))
    wrapped = {row.name: row.wrapped for row in store.all(select(LONG_LIVED))}
    if origin is None or set(wrapped) != set(NAMES):
        raise IntegrityError("keys.db lacks some of the vault's keys: restore it from a backup", code="keys-missing")
    raw = {name: unwrap_as(kek, f"long-lived/{name}", wrapped[name]) for name in NAMES}
    return LongLived(
        log=LogSigner(origin.value, Ed25519PrivateKey.from_private_bytes(raw["log"])),
        sig=Ed25519PrivateKey.from_private_bytes(raw["sig"]),
        enc=ec.derive_private_key(int.from_bytes(raw["enc"], "big"), ec.SECP256R1()),
        lines=raw["lines"], fingerprints=raw["fingerprints"], codes=raw["codes"], own=raw["own"],
    )


def wrap_as(kek: KeyEncryption, purpose: str, key: bytes) -> bytes:
    """A wrapped key that says what it is for, so that rows of `keys.db` cannot stand in for one another.

    The purpose travels inside, because not every KMS behind the port takes associated data.
    """
    return kek.wrap(purpose.encode() + b"\0" + key)


def unwrap_as(kek: KeyEncryption, purpose: str, wrapped: bytes) -> bytes:
    """The key, if it was wrapped for this purpose. Raises IntegrityError."""
    return _key_for(purpose, kek.unwrap(wrapped))


def wrap_again(epochs: Epochs, purpose: str, wrapped: bytes) -> bytes:
    """What the key before wrapped, by the present one, for the same purpose. Raises IntegrityError."""
    return wrap_as(epochs, purpose, _key_for(purpose, epochs.unwrap_older(wrapped)))


def _key_for(purpose: str, opened: bytes) -> bytes:
    named, _, key = opened.partition(b"\0")
    if named != purpose.encode():
        raise IntegrityError("a wrapped key stands in another's place: restore keys.db", code="keys-swapped")
    return key


def raw_public(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key (RFC 8032)."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _p256_scalar(random: Callable[[int], bytes]) -> bytes:
    # FIPS 186-5 appendix A.2.2: draw again until it is in range.
    while True:
        drawn = random(32)
        if 1 <= int.from_bytes(drawn, "big") < P256_ORDER:
            return drawn
