"""HTTP to one witness, over a connection that is kept. What goes out is one piece, and can be sent before anybody is
told what came in: between the two the process's other threads would have the interpreter lock.

A witness may be slow, silent or malicious: what it sends is bounded in time and length, and nobody is followed
elsewhere.
"""

from __future__ import annotations

import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from registry.logs import unexpected
from registry.vault.log.feeder_ports import Reply

MAX_ANSWER = 32 * 1024  # bytes, with all that is around the body; a cosignature is a line of 200
PART = 4096
SHORTEST = 0.01  # seconds
SILENCE = Reply(0)
_TROUBLE = (HTTPException, OSError, ValueError)  # refused, silent, no HTTP, or no URL


class _Answer(RawIOBase):
    """What comes in on a connection until a time (of the monotonic clock), the headers too. `HTTPResponse` takes it
    for a socket. Reading raises TimeoutError after that time, ValueError when it never ends."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until, self._room = connection, until, MAX_ANSWER

    def makefile(self, _mode: str) -> BinaryIO:
        return cast(BinaryIO, BufferedReader(self, PART))

    def readable(self) -> bool:
        return True

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        count = self._connection.recv_into(into)
        self._room -= count
        if self._room < 0:
            raise ValueError("it never ends")
        return count


class Line:
    """The way to `<url>/add-checkpoint`. After each `begin` comes one `end`, in the same thread."""

    def __init__(self, url: str, seconds: float) -> None:
        """`seconds`: for one answer."""
        self._url, self._seconds = url.rstrip("/") + "/add-checkpoint", seconds
        self._connection: HTTPConnection | None = None
        self._body = b""
        self._until = 0.0
        self._sent = False

    def begin(self, body: bytes) -> None:
        """Sends a submission where there is a connection. Else `end` does, which may take its time."""
        self._body, self._until = body, time.monotonic() + self._seconds
        self._sent = self._connection is not None
        if self._sent:
            try:
                self._send()
                return
            except _TROUBLE:
                pass  # as where it closed the connection after that: `end` tries another
            except Exception as error:  # noqa: BLE001 - or this witness would never be asked again
                unexpected("witness", error)
            self._sent = False
            self.close()

    def end(self) -> Reply:
        """What the witness answers within the time, once more at once where it had closed the kept connection."""
        try:
            if self._sent:
                try:
                    return self._receive()
                except ConnectionError:
                    self.close()
            self._connect()
            self._send()
            return self._receive()
        except _TROUBLE:
            self.close()
            return SILENCE  # not cosigned, and said so by the feeder
        except Exception as error:  # noqa: BLE001 - or this witness would never be asked again
            unexpected("witness", error)
            self.close()
            return SILENCE

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> None:
        where = urlsplit(self._url)
        if where.scheme not in ("http", "https") or not where.hostname:
            raise ValueError("no URL of a witness")
        if where.scheme == "https":
            self._connection = HTTPSConnection(where.hostname, where.port, timeout=self._left(),
                                               context=ssl.create_default_context())
        else:
            self._connection = HTTPConnection(where.hostname, where.port, timeout=self._left())
        self._connection.connect()  # which asks for TCP_NODELAY

    def _send(self) -> None:
        where = urlsplit(self._url)
        head = (f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc.rpartition('@')[2]}\r\nUser-Agent: consentry\r\n"
                "Content-Type: text/plain; charset=utf-8\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
                f"Content-Length: {len(self._body)}\r\n\r\n")
        assert self._connection is not None
        self._connection.sock.settimeout(self._left())
        self._connection.sock.sendall(head.encode("ascii") + self._body)

    def _receive(self) -> Reply:
        assert self._connection is not None
        # It needs no more of a socket than `makefile`, and takes its own time for each read of a real one.
        answer = HTTPResponse(cast(socket.socket, _Answer(self._connection.sock, self._until)), method="POST")
        try:
            answer.begin()
            said = bytearray()
            while part := answer.read1(PART):
                said += part
            if answer.length:
                raise ValueError("it ended in the middle of its words")
            if answer.will_close or not (answer.length == 0 or answer.chunked):
                self.close()
            kind = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
            return Reply(answer.status, kind, bytes(said))
        finally:
            answer.close()

    def _left(self) -> float:
        return max(self._until - time.monotonic(), SHORTEST)
