"""One connected peer of a socket loop: what came from it, what it still has to be sent, how long it may dawdle."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from registry.errors import ConsentryError
from registry.frames import Assembler, FrameError, Ident, Request, answer, request_of

RECEIVE_BYTES = 256 * 1024
UCRED = struct.Struct("3i")  # pid, uid, gid of unix(7), SO_PEERCRED


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer, and all together, may take. Times are seconds of a monotonic clock."""

    unfinished: float = 5.0  # from the first byte of a frame to its last
    unread_bytes: int = 4 * 1024 * 1024  # answers it does not read; more, and it is dropped
    peers: int = 512  # connections; who comes beyond takes the place of one that is idle, or is turned away
    idle: float = 1.0  # from the last sign of a connection until it may have to make room
    waiting: int = 1024  # requests; more, and those that do not restrict are refused
    most_waiting: int = 4096  # requests; more, and nothing is read until some are done
    per_round: int = 128


class Peer:
    """A connection. Never blocks; `gone` once nothing more can be said to it."""

    def __init__(self, connection: socket.socket, limits: Limits, at: float = 0.0) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.gone = False
        self.ended = False  # it sends no more, or must not; what is due is still answered
        self.due = 0  # requests not yet answered
        self.watched = 0  # the selector's events that the loop waits for
        self.heard = at  # when it last sent anything
        self._limits = limits
        self._assembler = Assembler()
        self._began: float | None = None
        self._out = bytearray()

    @property
    def wants_to_write(self) -> bool:
        return bool(self._out)

    @property
    def done(self) -> bool:
        """Whether it can be closed: gone, or ended with everything answered."""
        return self.gone or (self.ended and not self.due and not self._out)

    def read(self, at: float) -> list[Request]:
        """The requests that have come in full. What is no frame is answered with an error and ends the peer."""
        try:
            data = self.connection.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            self.gone = True
            return []
        if not data:
            self.ended = True
            return []
        self.heard = at
        requests: list[Request] = []
        try:
            payloads = self._assembler.feed(data)
            for payload in payloads:
                requests.append(request_of(payload))
        except FrameError as error:
            self.refuse(error)
            payloads = []
        if not self._assembler.unfinished:
            self._began = None
        elif self._began is None or payloads:
            self._began = at
        self.due += len(requests)
        return requests

    def idles(self, at: float) -> bool:
        """Whether nothing is due to it, and nothing came of late: its owner connects again when it has something."""
        return not self.due and not self._out and at - self.heard > self._limits.idle

    def dawdles(self, at: float) -> bool:
        """Whether it began a frame too long ago and has not finished it."""
        return self._began is not None and not self.ended and at - self._began > self._limits.unfinished

    def refuse(self, error: ConsentryError) -> None:
        """Says what was wrong; nothing more is read from it."""
        self.ended = True
        self._began = None
        self._put(answer(None, error))

    def send(self, ident: Ident, outcome: dict[str, object] | ConsentryError) -> None:
        """Answers one request, as far as the peer takes it now; keeps the rest."""
        self.due -= 1
        self._put(answer(ident, outcome))

    def _put(self, data: bytes) -> None:
        if self.gone:
            return
        self._out += data
        self.flush()
        if len(self._out) > self._limits.unread_bytes:
            self.gone = True

    def flush(self) -> None:
        """Sends what waits until the kernel takes no more."""
        try:
            while self._out:
                del self._out[:self.connection.send(self._out)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.gone = True


def uid_of(connection: socket.socket) -> int:
    """The user of the process at the other end of a Unix socket."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size)
    uid: int = UCRED.unpack(data)[1]
    return uid
