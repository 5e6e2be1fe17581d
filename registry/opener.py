"""`registry open`: a collector opens a release with its own key, and trusts it only by the vault's pinned key.

What a web tier could put into the answer is checked against what the vault signed, or not believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from registry import jose
from registry.errors import ConsentryError, MalformedError
from registry.model.times import SECOND, parse_rfc3339

Object = Mapping[str, Any]
WORD = re.compile(r"[a-z-]{1,40}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified release. `lines` is what to print: the number, or one `medium value` a channel."""

    claims: Object = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)


def open_release(lookup: Object, key: Object, vault_keys: Object, wall: int, *, expired: bool = False) -> Opened:
    """Opens the `release` of a lookup's answer.

    `key`: the private P-256 JWK; `vault_keys`: a JWKS or a JWK that the vault's `sig` key is in; `wall`: milliseconds
    now; `expired`: take it after its time too. Raises MalformedError: `no-release`, `jwe-refused`,
    `signature-refused`, `release-differs`, `release-expired`.
    """
    release = lookup.get("release")
    if not isinstance(release, dict) or release.get("format") != "jwe" or not isinstance(release.get("jwe"), str):
        raise MalformedError(f"{_instead(lookup)}: only a permit that gives a number or channels holds one",
                             code="no-release")
    token = jose.decrypt(release["jwe"], jose.p256_key(key))
    claims = jose.verify_jws(token.decode("ascii", "replace"), jose.RELEASE, vault_keys)
    _check_same(lookup, claims)
    if not expired and wall >= claims["exp"] * SECOND:
        raise MalformedError("this release has expired: ask again, or say --expired", code="release-expired")
    return Opened(claims, _lines_of(claims))


def _instead(lookup: Object) -> str:
    """What an answer without a release is, as far as its own words are words."""
    words = {name: one for name in ("verdict", "state", "code")
             if isinstance(one := lookup.get(name), str) and WORD.match(one)}
    if "code" in words and "verdict" not in words:
        return f"this is no answer of a lookup but a problem ({words['code']}), whose detail says what to change"
    if words.get("verdict") == "deny":
        return f"this answer is a deny ({words.get('state', 'no state')})"
    return "this answer holds no release"


def command(key_path: Path, vault_keys_path: Path | None, lookup: TextIO, out: TextIO, wall: int, *,
            expired: bool = False) -> int:
    """`registry open`: prints the number and nothing else. Raises ConsentryError, for the caller to exit with 1."""
    key = _read(key_path)
    pinned = key.get("vault") if vault_keys_path is None else _read(vault_keys_path)
    if not isinstance(pinned, dict):
        raise MalformedError("the key has no member `vault`, the vault's pinned key: give --vault-keys",
                             code="vault-key-missing")
    try:
        answer = json.load(lookup)
    except ValueError as error:
        raise MalformedError("standard input is not a lookup's answer in JSON") from error
    if not isinstance(answer, dict):
        raise MalformedError("standard input is not a lookup's answer")
    for line in open_release(answer, key, pinned, wall, expired=expired).lines:
        out.write(line + "\n")
    return 0


def _check_same(lookup: Object, claims: Object) -> None:
    """The signed claims must be of this answer: the web tier could swap one release for an older one."""
    if type(claims.get("exp")) is not int or claims.get("jti") != lookup.get("lookup"):
        raise _differs("lookup")
    if "log_index" in lookup and claims.get("log_index") != lookup["log_index"]:
        raise _differs("log_index")
    expires_at = lookup.get("expires_at")
    if isinstance(expires_at, str) and abs(parse_rfc3339(expires_at) - claims["exp"] * SECOND) >= SECOND:
        raise _differs("expires_at")


def _lines_of(claims: Object) -> tuple[str, ...]:
    try:
        if "number" in claims:
            return (_printable(claims["number"]),)
        return tuple(f"{_printable(one['medium'])} {_printable(one['value'])}" for one in claims["channels"])
    except (KeyError, TypeError) as error:
        raise _differs("number") from error


def _printable(text: object) -> str:
    if not isinstance(text, str) or not text.isprintable():
        raise _differs("number")
    return text


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise ConsentryError(f"cannot read a key file ({error.strerror})", code="key-file") from error
    except ValueError as error:
        raise ConsentryError("a key file is a JWK or a JWKS in JSON", code="key-file") from error
    if not isinstance(value, dict):
        raise ConsentryError("a key file is a JWK or a JWKS in JSON", code="key-file")
    return value


def _differs(member: str) -> MalformedError:
    return MalformedError(f"the signed release contradicts the answer's {member}: do not use it",
                          code="release-differs")
