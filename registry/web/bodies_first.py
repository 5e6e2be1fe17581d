"""Reads each body before its request takes one of the few turns at work.

Our server hands a request over once its head has come; the body is then read in the request's own thread, which a
client that sends a byte a second keeps. So there are many threads, most of which may only wait for bodies, and few
turns: whoever is slow holds up nobody but others who are slow.
"""

from __future__ import annotations

import io
import queue
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from registry.errors import UnavailableError

TURNS = 44  # requests at work: more than may wait for vault and courier together, so that some are always free
READERS = 128  # requests whose body is still coming; more are refused
THREADS = READERS + 2 * TURNS  # of one worker: made when they are needed
BODY = "consentry.body"  # in a request's environment: the whole of it, once it was read
LONGEST = 256 * 1024 + 1  # bytes: beyond the largest body that any path takes

_Queue = queue.SimpleQueue[None]
Environ = dict[str, Any]
Start = Callable[..., Any]
Wsgi = Callable[[Environ, Start], Iterable[bytes]]
_BUSY = UnavailableError("too many bodies are on their way; try again in a second", code="server-busy")
BUSY = orjson.dumps({
    "type": f"urn:consentry:problem:{_BUSY.code}", "title": "Service Unavailable", "status": 503,
    "detail": _BUSY.detail, "code": _BUSY.code})


class BodiesFirst:
    """WSGI middleware in front of the app."""

    def __init__(self, app: Wsgi, turns: int = TURNS, readers: int = READERS) -> None:
        self._app = app
        self._turns = _some(turns)
        self._readers = _some(readers)

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        if _is_coming(environ):
            try:
                self._readers.get_nowait()
            except queue.Empty:
                start_response("503 Service Unavailable", [
                    ("Content-Type", "application/problem+json"), ("Content-Length", str(len(BUSY))),
                    ("Retry-After", "1"), ("Connection", "close")])
                return [BUSY]
            try:
                environ[BODY] = body = _read(environ["wsgi.input"], _length(environ))
                environ["wsgi.input"] = io.BytesIO(body)
            finally:
                self._readers.put(None)
        self._turns.get()
        try:
            return self._app(environ, start_response)
        finally:
            self._turns.put(None)


def _some(count: int) -> _Queue:
    """So many turns, to take and to put back: half the time of a semaphore."""
    found: _Queue = queue.SimpleQueue()
    for _ in range(count):
        found.put(None)
    return found


def _is_coming(environ: Environ) -> bool:
    """Whether there is a body that the app may want: one that says it is longer than any path takes is not read."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return True
    return 0 < _length(environ) < LONGEST


def _length(environ: Environ) -> int:
    """What the request says of its body's length; nought if it says nothing that is a length, or sends chunks."""
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() and "HTTP_TRANSFER_ENCODING" not in environ else 0


def _read(stream: Any, length: int) -> bytes:
    """All of it, up to what is too long anyway."""
    parts: list[bytes] = []
    left = length or LONGEST
    while left > 0 and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
