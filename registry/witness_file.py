"""The file that `--witness-policy` names: read once at start, by `up` to say it and by the vault to obey it."""

from __future__ import annotations

from pathlib import Path

from registry.settings import SettingsError
from registry.tlog.errors import TlogError
from registry.tlog.witness_policy import WitnessPolicy, parse_policy


def read_policy(path: Path) -> tuple[WitnessPolicy, str]:
    """The policy in a file, and the file's text. Raises SettingsError saying what to correct."""
    try:
        data = path.read_bytes()
        return parse_policy(data), data.decode("utf-8", "backslashreplace")
    except OSError as error:
        raise SettingsError(f"the witness policy {path} cannot be read: {error.strerror}") from error
    except TlogError as error:
        raise SettingsError(f"{path}: {error.detail}") from error
