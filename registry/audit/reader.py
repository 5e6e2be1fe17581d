"""Reads a log as anybody can: its checkpoint, tiles and bundles, from a folder in C2SP layout or over HTTP.

Nothing that a reader returns is verified; `registry.audit.verify` does that.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from registry.errors import MalformedError, NotFoundError, UnauthorizedError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, parse_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import MAX_NOTE, parse_note
from registry.tlog.tiles import ENTRIES, WIDTH, Tile, bundles_of, split_bundle, tiles_of
from registry.tlog.tree import HASH_SIZE

MAX_BUNDLE = WIDTH * (2 + 65_535)
GZIP_OVERHEAD = 1024  # hashes do not get smaller
TIMEOUT = 30.0  # seconds
PERIOD = "period.json"  # in a folder that holds the log of a period: how far its entries go

Progress = Callable[[int, int], None]
"""done, total"""


def no_progress(done: int, total: int) -> None:
    """For whoever does not watch."""


class Reader(Protocol):
    """Where a log is read. Raises NotFoundError for what is not there, UnavailableError when it cannot be asked."""

    def checkpoint(self) -> bytes: ...
    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile or bundle, exactly as wide as asked for."""
        ...


def open_reader(log: str, token: str | None = None) -> Reader:
    """A reader of a folder or of `http(s)://…/log`; the token is needed for the bundles of a served log."""
    if "://" in log:
        return HttpReader(log, token)
    return FolderReader(Path(log))


def entries_of(reader: Reader, size: int) -> Iterator[bytes]:
    """The first `size` entries, in order, bundle by bundle."""
    for bundle in bundles_of(size):
        yield from split_bundle(reader.tile(bundle), bundle.width)


def held(reader: Reader, size: int) -> int:
    """How many entries of a log of this size are here: all, but in a folder made for a period, which ends earlier.

    Raises TlogError where the folder says something impossible.
    """
    return reader.held(size) if isinstance(reader, FolderReader | Pinned) else size


def unverified_checkpoint(reader: Reader) -> Checkpoint:
    """What the log claims to be, its signature unchecked."""
    return parse_checkpoint(parse_note(reader.checkpoint()).text)


def save(reader: Reader, folder: Path, progress: Progress = no_progress) -> Checkpoint:
    """Copies a log into a folder in C2SP layout, the checkpoint last. Verify the copy afterwards."""
    note = reader.checkpoint()
    checkpoint = parse_checkpoint(parse_note(note).text)
    wanted = [*bundles_of(checkpoint.size), *tiles_of(checkpoint.size)]
    for done, tile in enumerate(wanted):
        progress(done, len(wanted))
        write(folder / tile.path, reader.tile(tile))
    write(folder / "checkpoint", note)
    progress(len(wanted), len(wanted))
    return checkpoint


class FolderReader:
    """A log's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def checkpoint(self) -> bytes:
        return self._read("checkpoint")

    def tile(self, tile: Tile) -> bytes:
        return _tile_or_wider(self._read, tile)

    def held(self, size: int) -> int:
        """How many entries of a log of this size are in the folder. Raises TlogError."""
        try:
            value = json.loads(self._read(PERIOD))
        except NotFoundError:
            return size
        except ValueError as error:
            raise TlogError(f"{PERIOD} is not JSON") from error
        count = value.get("entries") if isinstance(value, dict) else None
        if type(count) is not int or not 0 <= count <= size:
            raise TlogError(f"{PERIOD} does not say how many of the log's entries are here")
        return count

    def _read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(f"the log has no {path}") from error
        except OSError as error:
            raise UnavailableError(f"{path} of the log cannot be read", code="log-unavailable") from error


class Pinned:
    """A log as it is now: its checkpoint stays the same while more is read of a log that grows."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._note = reader, reader.checkpoint()

    def checkpoint(self) -> bytes:
        return self._note

    def tile(self, tile: Tile) -> bytes:
        return self._reader.tile(tile)

    def held(self, size: int) -> int:
        """As the reader itself."""
        return held(self._reader, size)


class HttpReader:
    """A log served over HTTP, on one kept-alive connection. Follows no redirects."""

    def __init__(self, url: str, token: str | None = None, timeout: float = TIMEOUT) -> None:
        """Raises MalformedError unless the URL is http or https with a host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise MalformedError("a log is a folder, or http(s)://host/…/log")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Accept-Encoding": "gzip"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._connection.close()

    def checkpoint(self) -> bytes:
        return self._read("checkpoint", MAX_NOTE)

    def tile(self, tile: Tile) -> bytes:
        limit = MAX_BUNDLE if tile.level == ENTRIES else WIDTH * HASH_SIZE
        return _tile_or_wider(lambda path: self._read(path, limit), tile)

    def _read(self, path: str, limit: int) -> bytes:
        try:
            try:
                return self._get(path, limit)
            except (HTTPException, ConnectionError):
                # A kept-alive connection may have been closed under us: once more, on a new one.
                self._connection.close()
                return self._get(path, limit)
        except (HTTPException, OSError) as error:
            self._connection.close()
            raise UnavailableError(f"the log does not answer for {path}: is --log its address, and is it served?",
                                   code="log-unavailable") from error

    def _get(self, path: str, limit: int) -> bytes:
        self._connection.request("GET", f"{self._prefix}/{path}", headers=self._headers)
        response = self._connection.getresponse()
        most = limit + GZIP_OVERHEAD
        body = response.read(most + 1)
        if response.status == 200 and len(body) <= most:
            if response.length:  # http.client does not say so when it was asked for a part
                raise HTTPException("the body is cut off")
            return _unpacked(response, body, limit)
        self._connection.close()  # whatever is left of the body is not read
        if response.status == 404:
            raise NotFoundError(f"the log has no {path}{self._hint(path)}")
        if response.status in (401, 403):
            raise UnauthorizedError("reading the log's entries needs a token with entries:read")
        raise UnavailableError(f"the log answered {response.status} for {path}{self._hint(path)}",
                               code="log-unavailable")

    def _hint(self, path: str) -> str:
        """Where nothing of a log is at an address, it is mostly the registry's own and not its log's."""
        if path != "checkpoint" or self._prefix.endswith("/log"):
            return ""
        return " here: a registry serves its log under /log, so end the address in /log"


def _unpacked(response: HTTPResponse, body: bytes, limit: int) -> bytes:
    if response.getheader("Content-Encoding") == "gzip":
        unpack = zlib.decompressobj(wbits=31)
        try:
            body = unpack.decompress(body, limit + 1)
        except zlib.error as error:
            raise HTTPException("not gzip") from error
        if not unpack.eof:
            raise HTTPException("the packed body is cut off or too long")
    if len(body) > limit:
        raise HTTPException("the body is longer than it may be")
    return body


def _tile_or_wider(read: Callable[[str], bytes], tile: Tile) -> bytes:
    try:
        return read(tile.path)
    except NotFoundError:
        if tile.width == WIDTH:
            raise
    # A log may drop a partial tile once the full one exists (tlog-tiles, "Partial Tiles").
    data = read(Tile(tile.level, tile.n, WIDTH).path)
    if tile.level == ENTRIES:
        return _first_entries(data, tile.width)
    return data[: tile.width * HASH_SIZE]


def _first_entries(bundle: bytes, count: int) -> bytes:
    end = 0
    for _ in range(count):
        end += 2 + int.from_bytes(bundle[end : end + 2], "big")
    return bundle[:end]


def write(path: Path, data: bytes) -> None:
    """Puts a file into its place whole, folders above it included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    os.replace(fresh, path)
