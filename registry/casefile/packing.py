"""A package's manifest, and its files in one archive: the same files always give the same bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

MANIFEST, SIGNATURE = "manifest.sha256", "manifest.sig"
TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: no file says when it was made
UNIX, PLAIN_FILE = 3, 0o100644 << 16

Files = Mapping[str, bytes]


def manifest(context: str, about: Mapping[str, str], files: Files) -> str:
    """What `sha256sum --check` reads: a line for each file, in order of their names, behind lines of comment.

    The comment names what is signed: no other text that the vault signs begins with `# ` and this context.
    """
    head = [f"# {context}", *(f"# {name} {value}" for name, value in about.items())]
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(files)]
    return "\n".join([*head, *lines]) + "\n"


def zipped(files: Files) -> bytes:
    """An archive of the files in order of their names, with fixed times and modes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, UNIX, PLAIN_FILE
            archive.writestr(info, files[name], compresslevel=9)
    return packed.getvalue()
