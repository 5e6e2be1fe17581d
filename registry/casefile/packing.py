"""A package's manifest, and its files in one archive: the same files always give the same bytes."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

MANIFEST, SIGNATURE = "manifest.sha256", "manifest.sig"
TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: no file says when it was made
UNIX, PLAIN_FILE = 3, 0o100644 << 16

Files = Mapping[str, bytes]


def digests(files: Files) -> dict[str, str]:
    """The SHA-256 of every file, in hex."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def manifest(context: str, about: Mapping[str, str], sums: Mapping[str, str]) -> str:
    """What `sha256sum --check` reads: a line for each file, in order of their names, behind lines of comment.

    The comment names what is signed: no other text that the vault signs begins with `# ` and this context.
    """
    head = [f"# {context}", *(f"# {name} {value}" for name, value in about.items())]
    return "\n".join([*head, *(f"{sums[name]}  {name}" for name in sorted(sums))]) + "\n"


def zipped(files: Files) -> bytes:
    """An archive of the files in order of their names, with fixed times and modes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            archive.writestr(_info(name), files[name])
    return packed.getvalue()


def zip_folder(folder: Path, target: Path) -> None:
    """The same of a folder's files, however large: each is read in pieces."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in names_in(folder):
            with (folder / name).open("rb") as source, archive.open(_info(name), "w", force_zip64=True) as packed:
                shutil.copyfileobj(source, packed)


def names_in(folder: Path) -> list[str]:
    """Every file under a folder, as paths with `/`, in order."""
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, TIME)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, UNIX, PLAIN_FILE
    return info
