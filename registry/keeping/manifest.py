"""`manifest.json` of a backup: what is in it, with size and SHA-256 of each file, and how far each part goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.errors import ConsentryError
from registry.settings import write_json

FILE = "manifest.json"
KIND = "consentry-backup"
MEBIBYTE = 1 << 20


class BackupError(ConsentryError):
    """A backup cannot be made, or must not be used; the detail says what to do."""

    code = "backup"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: its path below the backup's folder, bytes, SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`size`: entries in the copied log; `web` and `courier`: how many of them the two had followed.

    `checkpoint`: the newest signed note of the log when its copy began. `made_at`: the wall clock, in milliseconds.
    `key_ids`: which key-encryption keys the copied keys are wrapped by; none of those keys is in it.
    """

    origin: str
    demo: bool
    public_url: str
    key_file: str
    guard: str
    made_at: int
    size: int
    web: int
    courier: int
    checkpoint: str
    key_ids: Sequence[str]
    files: Sequence[Kept]

    def save(self, folder: Path) -> None:
        """Writes it, last of all: a folder without it is no backup."""
        write_json(folder / FILE, {"v": 1, "kind": KIND, **asdict(self)})


def load(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError when there is none, or another version's."""
    try:
        value: dict[str, Any] = json.loads((folder / FILE).read_text("utf-8"))
        if (value.pop("v"), value.pop("kind")) != (1, KIND):
            raise ValueError("another version")
        files = tuple(Kept(**one) for one in value.pop("files"))
        return Manifest(**{**value, "key_ids": tuple(value["key_ids"])}, files=files)
    except FileNotFoundError as error:
        raise BackupError(f"{folder} holds no {FILE}: it is no backup, or one that was not finished") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder / FILE} cannot be read: restore another one") from error


def kept(folder: Path, path: Path) -> Kept:
    """A file as the manifest names it."""
    return Kept(path.relative_to(folder).as_posix(), path.stat().st_size, digest_of(path))


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raises BackupError unless every file is there, whole and unchanged."""
    for one in manifest.files:
        path = folder / one.path
        if ".." in Path(one.path).parts or not path.is_file() or path.stat().st_size != one.bytes \
                or digest_of(path) != one.sha256:
            raise BackupError(f"{path} is missing or not as it was backed up: restore another one")


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hex, a mebibyte at a time."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(MEBIBYTE):
            found.update(block)
    return found.hexdigest()
