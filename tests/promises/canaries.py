"""Looks for what must not be there: a number, name or mail address, in any form that a program would give it."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from tests import postgresql

HEAD = 6
WORD = 4  # bytes that memory can be read by as one number
FEW = 100  # heads that are looked for one by one
BINARY = re.compile("X'([0-9A-F]*)'")
BYTEA = re.compile(r"'\\x([0-9a-f]*)'")
Form = tuple[str, bytes]


def forms_of_number(e164: str) -> Iterator[Form]:
    """Every form of a Chinese number: what lacks the country code is found within what has it."""
    digits, national = e164.removeprefix("+"), e164.removeprefix("+86")
    yield from _forms_of_text(national)
    yield "in groups", f"{national[:3]} {national[3:7]} {national[7:]}".encode()
    yield "with hyphens", f"{national[:3]}-{national[3:7]}-{national[7:]}".encode()
    yield "in full-width digits", "".join(chr(ord(one) + 0xFEE0) for one in national).encode()
    for name, text in (("with", digits), ("without", national)):
        number = int(text)
        size = (number.bit_length() + 7) // 8
        yield f"as an integer {name} country code", number.to_bytes(size, "big")
        yield f"as an integer {name} country code, reversed", number.to_bytes(size, "little")
    for spelled in (e164, digits, national):
        yield from _hashes(spelled)


def forms_of_text(text: str) -> Iterator[Form]:
    """Every form of a name or of a mail address."""
    yield from _forms_of_text(text)
    yield from _hashes(text)


def _forms_of_text(text: str) -> Iterator[Form]:
    data = text.encode()
    yield "plain", data
    yield "hex", data.hex().encode()
    yield "HEX", data.hex().upper().encode()
    yield "URL-encoded", quote(text, safe="").encode()
    yield "URL-encoded throughout", "".join(f"%{byte:02X}" for byte in data).encode()
    yield "JSON escapes", "".join(f"\\u{ord(one):04x}" for one in text).encode()
    if len(text) > 2:  # four bytes would be found in any ciphertext
        yield "UTF-16-LE", text.encode("utf-16-le")
        yield "UTF-16-BE", text.encode("utf-16-be")
    for offset in range(3):
        # The letters that no neighbour's bits reach into.
        start, end = -(-8 * offset // 6), 8 * (offset + len(data)) // 6
        kept = base64.b64encode(bytes(offset) + data)[start:end]
        yield f"base64 at {offset}", kept
        yield f"base64url at {offset}", kept.replace(b"+", b"-").replace(b"/", b"_")


def _hashes(text: str) -> Iterator[Form]:
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, text.encode()).digest()
        yield f"{name}", digest
        yield f"{name} in hex", digest.hex().encode()
        yield f"{name} in base64", base64.b64encode(digest).rstrip(b"=")


class Scanner:
    """Finds canaries in bytes."""

    def __init__(self, numbers: Iterable[str], texts: Iterable[str]) -> None:
        self._by_head: dict[bytes, list[tuple[str, bytes]]] = {}
        for secret, forms in ((one, forms_of_number(one)) for one in numbers):
            self._add(secret, forms)
        for secret, forms in ((one, forms_of_text(one)) for one in texts):
            self._add(secret, forms)

    def _add(self, secret: str, forms: Iterable[Form]) -> None:
        for form, pattern in forms:
            self._by_head.setdefault(pattern[:HEAD], []).append((f"{secret} {form}", pattern))

    def hits(self, data: bytes) -> list[str]:
        """What was found, as "secret form"."""
        found = []
        heads = list(self._by_head)
        if len(heads) > FEW:
            # Every four bytes looked up once, not every head looked for in all bytes: a twentieth of the time.
            seen = _words_of(data, frozenset(map(_word, heads)))
            heads = [head for head in heads if len(head) < WORD or _word(head) in seen]
        for head in heads:
            if head in data:
                found += [name for name, pattern in self._by_head[head] if pattern in data]
        return found

    def search(self, places: Mapping[str, bytes]) -> dict[str, list[str]]:
        """Where something was found, and what."""
        return {place: hits for place, data in places.items() if (hits := self.hits(data))}


def _word(head: bytes) -> int:
    return int.from_bytes(head[:WORD], sys.byteorder)


def _words_of(data: bytes, wanted: frozenset[int]) -> set[int]:
    """Which of these begin anywhere in there."""
    found: set[int] = set()
    for start in range(WORD):
        whole = (len(data) - start) // WORD * WORD
        if whole > 0:
            found |= wanted.intersection(memoryview(data)[start:start + whole].cast("I"))
    return found


def files_of(folder: Path, skip: Iterable[Path] = ()) -> dict[str, bytes]:
    """Every file below a folder, and every SQLite database once more as its dump in SQL."""
    skipped = [one.resolve() for one in skip]
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or any(path.resolve().is_relative_to(one) for one in skipped):
            continue
        data = path.read_bytes()
        found[str(path.relative_to(folder))] = data
        # The counters of several workers are files of this suffix too.
        if path.suffix == ".db" and (not data or data.startswith(b"SQLite format 3\0")):
            found[f"{path.relative_to(folder)} as SQL"] = dump_of(path)
    return found


def dump_of_server(url: str) -> bytes:
    """A database of PostgreSQL as SQL; binary values as they are, whole, behind it."""
    text = postgresql.dump(url).decode()
    values = (bytes.fromhex(one) for one in BYTEA.findall(text))
    return BYTEA.sub("X", text).encode() + b"".join(b"\n" + one for one in values)


def dump_of(path: Path) -> bytes:
    """A database as SQL, its write-ahead log included; binary values as they are, whole, behind it."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        text = "\n".join(connection.iterdump())
    finally:
        connection.close()
    # In hex, twelve digits of a ciphertext can look like a number.
    values = (bytes.fromhex(one) for one in BINARY.findall(text))
    return BINARY.sub("X", text).encode() + b"".join(b"\n" + one for one in values)
