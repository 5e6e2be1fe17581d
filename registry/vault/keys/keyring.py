"""The keyring: every secret of the vault, behind sentences of the domain. Nothing here returns a private key.

Writes are durable when a call returns, or at the end of `one_commit`. Keys and lines must be durable before the
entry that names them is: end `one_commit` before the log commits. A row that no entry names harms nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey

from registry import jose
from registry.errors import MalformedError
from registry.tlog.note import verifier_of
from registry.vault.keys import deposits, longlived, sealing
from registry.vault.keys.codes import LIFE, Codes
from registry.vault.keys.held import CHALLENGES, LINKS, Held
from registry.vault.keys.kek import Epochs, KeyEncryption
from registry.vault.keys.lines import Lines
from registry.vault.keys.longlived import LogSigner, LongLived
from registry.vault.keys.rewrapping import Rewrapping
from registry.vault.keys.sessions import Sessions
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.keys.store import KeyStore
from registry.vault.keys.subjects import Subjects
from registry.vault.keys.tokens import Tokens

Random = Callable[[int], bytes]
# What is sealed for one use opens for no other.
OWN, NOTE, ADDRESS = b"consentry-own/1", b"consentry-note/1", b"consentry-asked-address/1"
_IN_ORDER = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
MANIFESTS = "# consentry-"
LINK = "cnl_"  # what a one-time link's token begins with


class Elsewhere(Protocol):
    """A database that is no file in the vault's folder, held by this process (`registry.vault.postgresql`)."""

    def key_store(self) -> KeyStore: ...


class Keyring:
    """Made by `create` or `open`; used by one thread."""

    def __init__(self, store: KeyStore, kek: KeyEncryption, random: Random, keys: LongLived) -> None:
        self._store = store
        self._random = random
        self._keys = keys
        epochs = kek if isinstance(kek, Epochs) else Epochs(kek)
        self._subjects = Subjects(store, epochs, random)
        self.rewrapping = Rewrapping(store, epochs, self._subjects)
        self.lines = Lines(store, keys.lines, random)
        self._codes = Codes(store, keys.codes, random)
        self._tokens = Tokens(store, random)
        self.sessions = Sessions(store, random)
        self.links = Held(store, random, LINKS, LINK)
        self.challenges = Held(store, random, CHALLENGES)
        self._own = AESGCM(keys.own)
        self._fingerprints = hmac.new(keys.fingerprints, digestmod=hashlib.sha256)
        self._enc = ECKey.import_key(keys.enc)
        self._enc_kid = self._enc.thumbprint()
        self._sig_jwk = jose.ed25519_jwk(keys.sig.public_key())
        self._sig_kid = jose.thumbprint(self._sig_jwk)

    @classmethod
    def create(
        cls, folder: Path, kek: KeyEncryption, random: Random, origin: str, *, postgresql: Elsewhere | None = None,
    ) -> Keyring:
        """Makes the keys of a new vault in `folder`. Raises ConflictError `keys-exist`."""
        with _closed_on_failure(_store(folder, postgresql, create=True)) as store:
            return cls(store, kek, random, longlived.make(store, kek, random, origin))

    @classmethod
    def open(
        cls, folder: Path, kek: KeyEncryption, random: Random, *, postgresql: Elsewhere | None = None,
    ) -> Keyring:
        """Opens a vault's keys. Raises IntegrityError (`keys-missing`, `key-file-wrong`, `keys-swapped`)."""
        with _closed_on_failure(_store(folder, postgresql, create=False)) as store:
            return cls(store, kek, random, longlived.load(store, kek))

    def close(self) -> None:
        """Releases `keys.db`."""
        self._store.close()

    def one_commit(self) -> AbstractContextManager[None]:
        """Groups the writes of a block into one durable commit, kept even when the block raises."""
        return self._store.one_commit()

    # Public keys

    @property
    def origin(self) -> str:
        """The log's origin, as at creation."""
        return self._keys.log.name

    @property
    def log_signer(self) -> LogSigner:
        """Signs checkpoints and nothing else."""
        return self._keys.log

    @property
    def vkey(self) -> str:
        """The log's verifier key, for those who check checkpoints."""
        return str(verifier_of(self._keys.log))

    def jwks(self) -> dict[str, Any]:
        """What `GET /v1/keys` shows: the `sig` and the `enc` key, public members only."""
        enc = {name: self._enc.as_dict(private=False)[name] for name in jose.P256_MEMBERS}
        return {"keys": [
            {**self._sig_jwk, "kid": self._sig_kid, "use": "sig", "alg": "EdDSA"},
            {**enc, "kid": self._enc_kid, "use": "enc", "alg": "ECDH-ES"},
        ]}

    def public(self) -> dict[str, Any]:
        """The members of genesis that pin this vault: log_key, vault_sig, vault_enc."""
        sig, enc = self.jwks()["keys"]
        return {"log_key": self.vkey, "vault_sig": sig["x"],
                "vault_enc": {name: enc[name] for name in jose.P256_MEMBERS}}

    # Sealed values

    def new_subject(self, subject: str) -> None:
        """Makes a person's data key. Raises ConflictError `subject-exists`."""
        self._subjects.add(subject)

    def has_subject(self, subject: str) -> bool:
        """Whether a person's data key is there."""
        return self._subjects.has(subject)

    def destroy(self, subjects: Sequence[str]) -> int:
        """Destroys these persons' data keys: nothing sealed with them opens any more. How many there were."""
        return self._subjects.destroy(subjects)

    def seal(self, subject: str, name: str, text: str) -> bytes:
        """The blob of one of the subject's values; `name` is `name`, `number` or a channel's id."""
        return self._subjects.seal(subject, name, text)

    def unseal(self, subject: str, name: str, blob: bytes, sha256: str | None = None) -> str:
        """The value in a blob, if it is the one whose digest an entry carries (`sha256`), where that is given.

        Raises MalformedError `blob-refused`, whatever the reason.
        """
        if sha256 is not None and not hmac.compare_digest(sealing.digest(blob), sha256):
            raise sealing.refused()
        return self._subjects.unseal(subject, name, blob)

    @staticmethod
    def digest(blob: bytes) -> str:
        """SHA-256 of a blob in hex, for the entry that registers it."""
        return sealing.digest(blob)

    def seal_own(self, data: bytes, use: bytes = OWN) -> bytes:
        """Seals what the vault keeps for itself (answers kept for repeats), or another has it keep for one `use`."""
        nonce = self._random(sealing.NONCE_BYTES)
        return nonce + self._own.encrypt(nonce, data, use)

    def open_own(self, sealed: bytes, use: bytes = OWN) -> bytes:
        """The inverse of `seal_own`, for the same use. Raises MalformedError `blob-refused`."""
        try:
            return self._own.decrypt(sealed[:sealing.NONCE_BYTES], sealed[sealing.NONCE_BYTES:], use)
        except (InvalidTag, ValueError) as error:
            raise sealing.refused() from error

    # Lines and fingerprints

    def line_of(self, address: str, medium: str) -> str:
        """The line of a normalised address (E.164, or a lower-case mail address), made at first sight."""
        return self.lines.of(address, medium)

    def known_line(self, address: str, medium: str | None = None) -> str | None:
        """The line of an address seen before, or None."""
        return self.lines.known(address, medium)

    def fingerprint(self, request: object) -> bytes:
        """An HMAC of a request as received, to recognise it again. A plain hash would be a guess away from it."""
        mac = self._fingerprints.copy()
        mac.update(_IN_ORDER(request).encode())
        return mac.digest()

    # Codes and tokens: `at` is the log clock

    def make_code(self, consent: str, terms_sha256: str, at: int, life: int = LIFE) -> str:
        """Six digits for what they are for; the same ones again until they expire."""
        return self._codes.make(consent, terms_sha256, at, life)

    def check_code(self, consent: str, code: str, at: int) -> None:
        """Counts a try, durably, and returns if the code is right. Raises MalformedError `code-refused`.

        Does not use the code up: refuse a consent that is no longer pending.
        """
        self._codes.check(consent, code, at)

    def give_back_try(self, consent: str) -> None:
        """After a right code that used nothing up."""
        self._codes.give_back(consent)

    def make_token(self, purpose: Mapping[str, Any], at: int) -> str:
        """A token of 32 hex digits for `/r/…`, good for 90 days. The purpose is kept in clear: ids only."""
        return self._tokens.make(purpose, at)

    def find_token(self, token: str, at: int) -> dict[str, Any] | None:
        """The purpose of a live token, or None."""
        return self._tokens.find(token, at)

    # What leaves signed or encrypted

    def sign_jws(self, typ: str, claims: Mapping[str, Any]) -> str:
        """A compact JWS by the vault's `sig` key, header {alg, kid, typ}."""
        return jose.sign_jws(self._keys.sig, self._sig_kid, typ, claims)

    def sign_manifest(self, text: str) -> bytes:
        """The raw Ed25519 signature of a package's manifest by the `sig` key. Raises MalformedError for any other
        text: what a JWS signs never begins like this, so that neither can stand for the other."""
        if not text.startswith(MANIFESTS):
            raise MalformedError("only a package's manifest is signed so")
        return self._keys.sig.sign(text.encode())

    def release(self, claims: Mapping[str, Any], recipient_jwk: Mapping[str, Any]) -> str:
        """The release: claims signed by the vault, readable by the recipient only (CONTRACT section 1)."""
        return jose.encrypt(self.sign_jws(jose.RELEASE, claims), recipient_jwk, content="JWT")

    def open_deposit(self, jwe: str) -> str:
        """A value that was encrypted to the vault's `enc` key. Raises MalformedError `deposit-refused`."""
        return deposits.open_deposit(jwe, self._enc, self._enc_kid)


def _store(folder: Path, postgresql: Elsewhere | None, *, create: bool) -> KeyStore:
    return SqliteKeyStore(folder, create=create) if postgresql is None else postgresql.key_store()


@contextmanager
def _closed_on_failure(store: KeyStore) -> Iterator[KeyStore]:
    try:
        yield store
    except BaseException:
        store.close()
        raise
