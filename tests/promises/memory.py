"""Reads another process's memory as the kernel shows it: every page it may read or write, code of files left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.promises.canaries import Scanner, forms_of_number, forms_of_text

REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r\S{3}) \S+ \S+ \S+\s*(.*)")
NOT_MEMORY = ("[vvar", "[vsyscall", "[vdso")
EMPTY = re.compile(rb"\0{64,}")
# As Python, JSON and JOSE hold a text. Digests and integers are looked for in files; here they would take minutes.
HELD = frozenset({"plain", "UTF-16-LE", "hex", "JSON escapes", "base64 at 0", "base64 at 1", "base64 at 2"})


class MemoryScanner(Scanner):
    """Finds numbers (best with a beginning in common: that is looked for once) and texts in memory."""

    def __init__(self, numbers: Iterable[str], texts: Iterable[str]) -> None:
        super().__init__((), ())
        for secret, forms in ((one, forms_of_number(one)) for one in numbers):
            self._add(secret, ((name, form) for name, form in forms if name in HELD))
        for secret, forms in ((one, forms_of_text(one)) for one in texts):
            self._add(secret, ((name, form) for name, form in forms if name in HELD))


def why_unreadable(pid: int) -> str | None:
    """Why this process's memory cannot be read from here, if so."""
    try:
        with open(f"/proc/{pid}/mem", "rb"):
            return None
    except FileNotFoundError:
        return "there is no /proc with the memory of processes"
    except PermissionError:
        return "no program of the same user may read its processes' memory: run this test as root (CAP_SYS_PTRACE)"


def regions(pid: int) -> Iterator[tuple[str, bytes]]:
    """What is in memory, by region. A mapped file that cannot be written to holds nothing but itself."""
    maps = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, mode, name in REGION.findall(maps):
            if name.startswith(NOT_MEMORY) or (name.startswith("/") and "w" not in mode):
                continue
            data = _read(memory.fileno(), int(start, 16), int(end, 16))
            if data := EMPTY.sub(b"\0", data):
                yield name or start, data


def _read(handle: int, start: int, end: int) -> bytes:
    found = bytearray()
    while start + len(found) < end:
        try:
            part = os.pread(handle, min(end - start - len(found), 2**24), start + len(found))
        except OSError:
            break  # unmapped meanwhile, or a guard page
        if not part:
            break
        found += part
    return bytes(found)
