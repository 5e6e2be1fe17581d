"""HTTP to one witness by urllib3, over a connection that is kept. Below urllib3's pool a request and its response are
two steps: what goes out can be sent before anybody is told what came in, because between the two the process's other
threads would have the interpreter lock.

A witness may be slow, silent or malicious: what it sends is bounded in time and length, and nobody is followed
elsewhere.
"""

from __future__ import annotations

import socket
import ssl
import time
from http.client import HTTPException
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from registry.logs import unexpected
from registry.vault.log.feeder_ports import Reply

MAX_ANSWER = 32 * 1024  # bytes, with all that is around the body; a cosignature is a line of 200
PART = 4096
SHORTEST = 0.01  # seconds
SILENCE = Reply(0)
_HEADERS = {"User-Agent": "consentry", "Content-Type": "text/plain; charset=utf-8", "Accept": "*/*",
            "Accept-Encoding": "identity"}
_TROUBLE = (HTTPError, HTTPException, OSError, ValueError)  # refused, silent, no HTTP, or no URL


class _Answer(RawIOBase):
    """What comes in on a socket until a time (of the monotonic clock), the headers too: urllib3's own time-outs are
    for each read. Reading raises TimeoutError after that time, ValueError when it never ends."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until, self._room = connection, until, MAX_ANSWER
        self._raw = connection.makefile("rb", buffering=0)  # outlives a connection that is closed before its answer

    def readable(self) -> bool:
        return True

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        count = self._raw.readinto(into) or 0
        self._room -= count
        if self._room < 0:
            raise ValueError("it never ends")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Bounded:
    """A connected socket as urllib3 uses one: an answer is bounded, and a request, head and body, leaves in one piece
    when it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._out = connection, bytearray()
        self.until = 0.0  # of the monotonic clock

    def sendall(self, part: bytes) -> None:
        self._out += part

    def leave(self) -> None:
        """Sends what was gathered. Raises OSError."""
        whole, self._out = self._out, bytearray()
        self._connection.sendall(whole)

    def makefile(self, _mode: str) -> BinaryIO:
        return cast(BinaryIO, BufferedReader(_Answer(self._connection, self.until), PART))

    def settimeout(self, seconds: float | None) -> None:
        self._connection.settimeout(seconds)

    def close(self) -> None:
        self._connection.close()


class Line:
    """The way to `<url>/add-checkpoint`. After each `begin` comes one `end`, in the same thread."""

    def __init__(self, url: str, seconds: float) -> None:
        """`seconds`: for one answer."""
        self._url, self._seconds = url.rstrip("/") + "/add-checkpoint", seconds
        self._trusted: ssl.SSLContext | None = None
        self._connection: HTTPConnection | None = None
        self._socket: _Bounded | None = None  # of that connection, while it is open
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
        except ssl.SSLCertVerificationError as error:
            self.close()
            return Reply(0, trouble=f"its certificate is not trusted: {error.verify_message}")
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
            self._connection = self._socket = None

    def _connect(self) -> None:
        where = urlsplit(self._url)
        if where.scheme not in ("http", "https") or not where.hostname:
            raise ValueError("no URL of a witness")
        if where.scheme == "https":
            if self._trusted is None:
                self._trusted = ssl.create_default_context()
            made: HTTPConnection = HTTPSConnection(where.hostname, where.port, timeout=self._left(),
                                                   ssl_context=self._trusted)
        else:
            made = HTTPConnection(where.hostname, where.port, timeout=self._left())
        self._connection = made
        made.connect()  # which asks for TCP_NODELAY
        assert made.sock is not None
        self._socket = _Bounded(made.sock)
        made.sock = cast(socket.socket, self._socket)

    def _send(self) -> None:
        assert self._connection is not None
        assert self._socket is not None
        self._connection.timeout = self._left()
        self._socket.until = self._until
        self._connection.request("POST", urlsplit(self._url).path, self._body, _HEADERS, decode_content=False)
        self._socket.leave()

    def _receive(self) -> Reply:
        assert self._connection is not None
        answer = self._connection.getresponse()  # the whole of it
        if self._connection.is_closed:
            self._connection = self._socket = None  # it said that it would not keep it
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Reply(answer.status, kind, answer.data)

    def _left(self) -> float:
        return max(self._until - time.monotonic(), SHORTEST)
