"""An officer's key: made, and used to vouch for an act after it was said in words (CONTRACT section 6).

The key file is JSON `{"officer", "key", "public"}`: the officer's id, and seed and public key of Ed25519 as unpadded
base64url. A PEM file (PKCS #8, as openssl writes it) is taken too; it cannot say whose it is, so the id is given.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from registry.errors import ConsentryError, MalformedError
from registry.jose import b64url, from_b64url
from registry.model.catalogue import KINDS
from registry.model.entries import Draft, act_message, draft_of
from registry.model.ids import check_id, new_id
from registry.model.kinds import kind_of
from registry.officer_words import in_words

__all__ = ["OfficerKey", "in_words", "keygen", "keygen_command", "load", "sign", "sign_command"]


@dataclass(frozen=True, slots=True)
class OfficerKey:
    """Whose key, and the key. `repr` does not show it."""

    officer: str
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """The public key as unpadded base64url: what genesis and `init --officer` take."""
        return b64url(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def vouch(self, draft: Draft) -> dict[str, str]:
        """The element of `auth` for this act: {officer, alg, sig}."""
        signature = self._key.sign(act_message(draft.to_sign()))
        return {"officer": self.officer, "alg": "Ed25519", "sig": b64url(signature)}


def keygen(path: Path, random: Callable[[int], bytes] = os.urandom, officer: str | None = None) -> dict[str, str]:
    """Writes a new key to `path` (0600, must not exist); returns {officer, public}. Raises ConsentryError."""
    seed = random(32)
    key = OfficerKey(check_id(officer or new_id(random)), Ed25519PrivateKey.from_private_bytes(seed))
    content = {"officer": key.officer, "key": b64url(seed), "public": key.public}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _no_key(f"cannot create the key file ({error.strerror}): name a new file") from error
    with os.fdopen(handle, "w") as file:
        file.write(json.dumps(content, indent=1) + "\n")
    return {"officer": key.officer, "public": key.public}


def load(path: Path, officer: str | None = None) -> OfficerKey:
    """The key in a file, JSON or PEM. `officer` names the owner of a PEM key. Raises ConsentryError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _no_key(f"cannot read the key file ({error.strerror})") from error
    if b"-----BEGIN" in data:
        return OfficerKey(_named(officer), _from_pem(data))
    try:
        content = json.loads(data)
        private = Ed25519PrivateKey.from_private_bytes(from_b64url(content["key"]))
        key = OfficerKey(check_id(content["officer"]), private)
    except (ValueError, KeyError, TypeError, AttributeError, MalformedError) as error:
        raise _no_key("not an officer's key file: make one with `officer keygen`") from error
    if content.get("public", key.public) != key.public or officer not in {None, key.officer}:
        raise _no_key("the key file contradicts itself, or is another officer's")
    return key


def sign(draft: Mapping[str, Any], key_path: Path, officer: str | None = None) -> dict[str, str]:
    """The element of `auth` for a draft: the entry itself, or the API's item that holds `entry` and `to_sign`.

    What is signed is made from the entry that was shown; a `to_sign` that is not its bytes is refused.
    """
    return load(path=key_path, officer=officer).vouch(act_of(draft))


def act_of(draft: Mapping[str, Any]) -> Draft:
    """The act in a draft, its kind and shape checked. Raises MalformedError."""
    value = draft.get("entry", draft)
    if not isinstance(value, dict):
        raise MalformedError("a draft is an entry, or an object with entry and to_sign")
    # A second officer signs what the first did: signatures so far are no part of it.
    act = draft_of({name: item for name, item in value.items() if name != "auth"})
    kind_of(act, KINDS)
    if "entry" in draft and "to_sign" in draft and draft["to_sign"] != b64url(act.to_sign()):
        raise MalformedError("to_sign is not this entry's bytes: do not sign it", code="to-sign-differs")
    return act


def keygen_command(path: Path, out: TextIO) -> int:
    """`registry officer keygen`: prints {officer, public} as JSON."""
    out.write(json.dumps(keygen(path)) + "\n")
    return 0


def sign_command(key_path: Path, draft: TextIO, out: TextIO, words: TextIO, officer: str | None = None) -> int:
    """`registry officer sign`: the act in words first (on `words`), then the element of `auth` as JSON (on `out`).

    Raises ConsentryError.
    """
    try:
        value = json.load(draft)
    except ValueError as error:
        raise MalformedError("standard input is not a draft in JSON") from error
    if not isinstance(value, dict):
        raise MalformedError("standard input is not a draft: an entry, or an object with entry and to_sign")
    words.write(in_words(act_of(value), value.get("request")) + "\n")
    words.flush()
    out.write(json.dumps(sign(value, key_path, officer)) + "\n")
    return 0


def _from_pem(data: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key("not an unencrypted PKCS #8 key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key("an officer's key is Ed25519")
    return key


def _named(officer: str | None) -> str:
    if officer is None or re.fullmatch(r"[0-9a-f]{32}", officer) is None:
        raise _no_key("a PEM key does not say whose it is: give the officer's id")
    return officer


def _no_key(detail: str) -> ConsentryError:
    return ConsentryError(detail, code="officer-key")
