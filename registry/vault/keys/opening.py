"""Which key-encryption key a setting names: a file's path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from registry.vault.keys.kek import KeyEncryption, KeyFile


def open_key(named: str, random: Callable[[int], bytes]) -> KeyEncryption:
    """The key behind `--key-file`. Raises ConsentryError `key-file`."""
    return KeyFile(Path(named), random)
