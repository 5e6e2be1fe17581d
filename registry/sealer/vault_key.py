"""The vault's public encryption key, from a file or from `/v1/keys`, and whether it is the one that was meant.

Who serves `/v1/keys` could serve a key of his own and read everything sealed to it: a key is only as good as the
comparison of its thumbprint with one that came by another way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from registry import jose
from registry.errors import ConsentryError, MalformedError, UnavailableError

TIMEOUT = 20.0  # seconds
MAX_KEYS = 64 * 1024  # bytes
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The public P-256 JWK, and its RFC 7638 thumbprint as computed here."""

    jwk: Mapping[str, str]
    kid: str


def load(source: str, kid: str | None) -> VaultKey:
    """The `enc` key in a JWKS file or at a URL. Raises ConsentryError: `key-file`, `vault-key-differs`, …"""
    found = _enc_key(_fetched(source) if "://" in source else _read(Path(source)))
    if kid is not None and found.kid != kid:
        raise MalformedError("the vault's key is not the one named by --kid: nothing was sealed; ask the operator "
                             "which is right, by another way than this one", code="vault-key-differs")
    return found


def _enc_key(data: bytes) -> VaultKey:
    try:
        value = json.loads(data)
        keys = value.get("keys", [value])
        (jwk,) = [one for one in keys if one.get("use", "enc") == "enc" and one.get("kty") == "EC"]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConsentryError("the vault's keys are a JWKS with one key of `use: enc`, as /v1/keys shows it",
                             code="key-file") from error
    jose.p256_key(public := {name: str(jwk.get(name)) for name in jose.P256_MEMBERS})
    return VaultKey(public, jose.thumbprint(public))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConsentryError(f"cannot read the vault's keys ({error.strerror})", code="key-file") from error


def _fetched(url: str) -> bytes:
    """The body at an https URL (http on this machine alone). Follows no redirects."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise MalformedError("the vault's keys come from a file, or from https://HOST/v1/keys")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(MAX_KEYS + 1)
    except (HTTPException, OSError) as error:
        raise UnavailableError("nobody answers at the address of the vault's keys") from error
    finally:
        connection.close()
    if answer.status != 200 or len(body) > MAX_KEYS:
        raise UnavailableError(f"the address of the vault's keys answered {answer.status}: it ends in /v1/keys")
    return body
