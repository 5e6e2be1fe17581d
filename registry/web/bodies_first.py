"""Reads each body before its request takes one of the few turns at work.

Our server hands a request over once its head has come; the body is then read in the request's own thread, which a
client that sends a byte a second keeps. So there are many threads, most of which may only wait for bodies, and few
turns: whoever is slow holds up nobody but others who are slow.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from registry.errors import UnavailableError

TURNS = 12  # requests at work: more than may wait for vault and courier together, so that some are always free
READERS = 128  # requests whose body is still coming; more are refused
THREADS = READERS + 2 * TURNS  # of one worker: made when they are needed
LONGEST = 256 * 1024 + 1  # bytes: beyond the largest body that any path takes

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
        self._turns = threading.Semaphore(turns)
        self._readers = threading.Semaphore(readers)

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        if _is_coming(environ):
            if not self._readers.acquire(blocking=False):
                start_response("503 Service Unavailable", [
                    ("Content-Type", "application/problem+json"), ("Content-Length", str(len(BUSY))),
                    ("Retry-After", "1"), ("Connection", "close")])
                return [BUSY]
            try:
                environ["wsgi.input"] = io.BytesIO(_read(environ["wsgi.input"]))
            finally:
                self._readers.release()
        with self._turns:
            return self._app(environ, start_response)


def _is_coming(environ: Environ) -> bool:
    """Whether there is a body that the app may want: one that says it is longer than any path takes is not read."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return True
    length = environ.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and 0 < int(length) < LONGEST


def _read(stream: Any) -> bytes:
    """All of it, up to what is too long anyway."""
    parts: list[bytes] = []
    left = LONGEST
    while left > 0 and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
