"""What is on the disk, whole, once a function has returned."""

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
    sync(path.parent)


def sync(path: Path) -> None:
    """Makes a file, or the names in a folder, durable."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
