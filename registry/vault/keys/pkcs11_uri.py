"""PKCS#11 URIs (RFC 7512), as far as they name one secret key in one token. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from registry.errors import ConsentryError

SCHEME = "pkcs11:"
PATH = ("token", "serial", "manufacturer", "model", "object", "id", "type")
QUERY = ("module-path", "pin-source")
KEY_TYPE = "secret-key"


@dataclass(frozen=True, slots=True)
class TokenUri:
    """`id` are the bytes of CKA_ID; None where the URI does not say."""

    module: Path
    pin_file: Path
    token: str | None
    serial: str | None
    object: str | None
    id: bytes | None


def parse_uri(uri: str) -> TokenUri:
    """The parts of a URI. Raises ConsentryError `key-token` naming what is missing; never repeats a PIN."""
    if not uri.startswith(SCHEME):
        raise refused("it begins with pkcs11:")
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    where, how = _attributes(path, ";", PATH), _attributes(query, "&", QUERY)
    if where.get("type", KEY_TYPE) != KEY_TYPE:
        raise refused("type is secret-key: an AES key of 32 bytes")
    for name in ("manufacturer", "model"):
        if name in where:
            raise refused(f"{name} is not looked at: name the token by token or serial")
    if not {"token", "serial"} & set(where) or not {"object", "id"} & set(where):
        raise refused("it names the token (token or serial) and the key in it (object or id)")
    if "module-path" not in how:
        raise refused("?module-path= is missing: the library of the token's maker, a file")
    if "pin-source" not in how:
        raise refused("&pin-source= is missing: a file of mode 0600 that holds the PIN")
    text = {name: unquote(value) for name, value in (where | how).items()}
    return TokenUri(
        Path(text["module-path"]), Path(text["pin-source"].removeprefix("file:").replace("///", "/", 1)),
        text.get("token"), text.get("serial"), text.get("object"),
        unquote_to_bytes(where["id"]) if "id" in where else None,
    )


def refused(why: str) -> ConsentryError:
    """The error of a URI that cannot be used."""
    return ConsentryError(f"the key's pkcs11: URI cannot be used: {why}", code="key-token")


def _attributes(text: str, between: str, known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(between)):
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise refused("a PIN in it would lie in consentry.json and its backups: give pin-source, a file")
        if not equals or name not in known or name in found:
            raise refused(f"of its attributes {', '.join(known)} are understood, each once")
        found[name] = value
    return found
