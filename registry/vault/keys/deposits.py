"""Opening what was encrypted to the vault: a value that the web tier carried and could not read.

A refusal may name what is wrong with the protected header, for everybody can read that. Whatever only the private
key could find out (another key, a changed ciphertext, bytes that are no text) gets one answer.
"""

from __future__ import annotations

import json
from typing import Any

from joserfc.jwk import ECKey

from registry import jose
from registry.errors import MalformedError

MAX_DEPOSIT = 16 * 1024  # characters of the whole token
PARTS = 5  # RFC 7516 section 3.1


def open_deposit(token: str, key: ECKey, kid: str) -> str:
    """The text in a compact JWE to the vault's `enc` key, whose thumbprint is `kid`.

    Raises MalformedError `deposit-refused`.
    """
    _check_header(token, kid)
    try:
        return jose.decrypt(token, key).decode()
    except (MalformedError, UnicodeDecodeError) as error:
        raise _refused("it does not open: encrypt text in UTF-8 to the `enc` key of /v1/keys as it is now") from error


def _check_header(token: str, kid: str) -> None:
    if len(token) > MAX_DEPOSIT:
        raise _refused(f"it is longer than {MAX_DEPOSIT} characters")
    if token.count(".") != PARTS - 1:
        raise _refused("it does not have five parts, joined by dots")
    header = _header_of(token)
    if header.get("alg") != "ECDH-ES" or header.get("enc") != "A256GCM":
        raise _refused("its alg must be ECDH-ES and its enc A256GCM")
    if "zip" in header or "crit" in header:
        raise _refused("it must not be compressed, nor have critical extensions")
    if header.get("kid", kid) != kid:
        raise _refused("its kid names another key: fetch /v1/keys again and take the `enc` key")


def _header_of(token: str) -> dict[str, Any]:
    try:
        header = json.loads(jose.from_b64url(token.partition(".")[0]))
    except (ValueError, RecursionError, MalformedError) as error:
        raise _refused("its first part is not a header in base64url") from error
    if not isinstance(header, dict):
        raise _refused("its first part is not a header in base64url")
    return header


def _refused(why: str) -> MalformedError:
    return MalformedError(f"not a compact JWE to the vault: {why}", code="deposit-refused")
