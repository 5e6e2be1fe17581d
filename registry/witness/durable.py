"""Small files that are there, whole, once a function has returned."""

from __future__ import annotations

import os
from pathlib import Path


def make_file(path: Path, data: bytes) -> None:
    """A new file, 0600, on disk with its name. Raises FileExistsError, OSError; a torn one is never left behind."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, data)
        os.fsync(file)
    finally:
        os.close(file)
    try:
        os.link(fresh, path)  # and not a rename: what is there stays there
    finally:
        fresh.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
