"""Calls to the vault and the courier over a Unix stream socket: one connection a thread, frames as in `frames`."""

from __future__ import annotations

import itertools
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, TypeVar

from registry import frames
from registry.calls_at_once import CallsAtOnce
from registry.errors import UnavailableError
from registry.logs import frame_id

CONNECT_SECONDS = 2.0
CALL_SECONDS = 10.0
RECEIVE_BYTES = 64 * 1024
TIMEVAL = struct.Struct("@ll")  # of socket(7), SO_RCVTIMEO: seconds, microseconds
Answered = TypeVar("Answered")


class Caller(Protocol):
    """Whoever answers ops: a socket's client, or the vault or courier itself in one process."""

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        """The op's result. Raises the ConsentryError that the op raised."""
        ...


class VaultClient:
    """A Caller over a Unix socket; serves for the courier's socket too. Safe for many threads and after a fork.

    A call is sent once: whether an unanswered write happened, only its idempotency key or entry id can tell.
    """

    def __init__(self, socket_path: Path | str, most: int | None = None) -> None:
        """`most`: so many threads may wait at once, any number if None."""
        self._path = str(socket_path)
        one: Callable[[], AbstractContextManager[None]] = nullcontext if most is None else CallsAtOnce(most).one
        self._one = one
        self._local = threading.local()
        self._ids = itertools.count(1)

    def call(self, op: str, args: dict[str, Any], timeout: float = CALL_SECONDS) -> dict[str, Any]:
        """The op's result. Raises the error the other side sent; UnavailableError when there is no answer, or none
        that can be this call's."""
        ident = frame_id(next(self._ids))
        data = frames.encode({"id": ident, "op": op, "args": args})
        deadline = time.monotonic() + timeout
        try:
            with self._one():
                connection = self._connection()
                connection.send(data, deadline)
                value = connection.receive(ident, deadline)
            return frames.result_of(value)
        except (OSError, frames.FrameError) as error:
            self.close()
            raise UnavailableError("there is no answer from the other process; try again later") from error

    def close(self) -> None:
        """Closes this thread's connection; the next call opens a new one."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _connection(self) -> _Connection:
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is not None and connection.usable():
            return connection
        self.close()
        try:
            self._local.connection = connection = _Connection(self._path)
        except OSError as error:
            raise UnavailableError("the other process cannot be reached; try again later") from error
        return connection


class _Connection:
    """One connected socket, owned by one thread of one process.

    It blocks, and the kernel counts its time: each wait of Python's own costs a system call and a change of threads.
    """

    def __init__(self, path: str) -> None:
        self._owner = os.getpid()
        self._assembler = frames.Assembler()
        self._waiting: list[bytes] = []
        self._over = False  # the other side said what was wrong, and closes
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(CONNECT_SECONDS)
            self._socket.connect(path)
            self._socket.settimeout(None)
        except OSError:
            self._socket.close()
            raise
        self._patience = 0.0  # seconds that the kernel waits
        self._unasked = select.poll()  # not select(): a web process may hold more than 1,024 descriptors
        self._unasked.register(self._socket, select.POLLIN)

    def usable(self) -> bool:
        """Whether nothing has come unasked: the end of the stream (the other side restarted), an error, an answer to
        what was not asked yet."""
        if self._owner != os.getpid() or self._over or self._waiting or self._assembler.unfinished:
            return False
        return not self._unasked.poll(0)

    def send(self, data: bytes, deadline: float) -> None:
        """Raises OSError when the other side does not take it in time."""
        left = memoryview(data)
        while left:
            self._wait_until(deadline)
            left = left[self._answered(self._socket.send, left):]

    def receive(self, ident: frames.Ident, deadline: float) -> dict[str, Any]:
        """The answer to request `ident`. Raises OSError, FrameError."""
        while True:
            while self._waiting:
                value = frames.decode(self._waiting.pop(0))
                found = value.get("id")
                if type(found) is type(ident) and found == ident:
                    return value
                if "id" not in value:
                    self._over = True
                    if "ok" in value:
                        raise frames.FrameError("a result says what it answers")
                    return value
            self._wait_until(deadline)
            data = self._answered(self._socket.recv, RECEIVE_BYTES)
            if not data:
                raise ConnectionError("the other side closed the connection")
            self._waiting += self._assembler.feed(data)

    def close(self) -> None:
        self._socket.close()

    def __del__(self) -> None:
        # Its thread has ended: nobody else can close it any more.
        self._socket.close()

    def _wait_until(self, deadline: float) -> None:
        """Has the kernel wait so long, or up to a tenth longer: else it would have to be told at each call."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        if not left <= self._patience <= left * 1.1:
            self._patience = left * 1.05
            value = TIMEVAL.pack(int(self._patience), int(self._patience % 1 * 1e6))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)

    @staticmethod
    def _answered(ask: Callable[[Any], Answered], what: Any) -> Answered:
        try:
            return ask(what)
        except BlockingIOError as error:
            raise TimeoutError("no answer in time") from error
