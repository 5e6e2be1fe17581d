"""Which key-encryption key a setting names: a file, or a key in a PKCS#11 token by its URI (RFC 7512)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from registry.vault.keys.kek import KeyEncryption, KeyFile, refuse_inside
from registry.vault.keys.pkcs11_uri import SCHEME


def is_token(named: str | Path) -> bool:
    """Whether this names a key in a token, not a file."""
    return str(named).startswith(SCHEME)


def open_key(named: str, random: Callable[[int], bytes]) -> KeyEncryption:
    """The key behind `--key-file`. Raises ConsentryError `key-file`, `key-token`."""
    if is_token(named):
        from registry.vault.keys.token import TokenKey  # noqa: PLC0415 - its library is loaded only where it is used

        return TokenKey.open(named, random)
    return KeyFile(Path(named), random)


def placed(named: str | Path, data: Path) -> Path:
    """A key file by its whole path, outside `data`; a URI as it is. Raises ConsentryError `key-file`."""
    if is_token(named):
        return Path(named)
    path = Path(named).resolve()
    refuse_inside(path, data)
    return path
