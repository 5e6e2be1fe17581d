"""A readiness loop for one thread: frames of all peers that are ready, one round of work, then the answers.

No timer: the round in flight is the batch (SPEED.md). One bad peer or frame harms nobody else; nothing blocks on a
send; requests that only restrict are never refused, other ones are when too much waits.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from registry.errors import ConsentryError, UnavailableError
from registry.frames import Request
from registry.peers import Limits, Peer, uid_of


class Waiting:
    """Stands for an outcome that comes later."""

    __slots__ = ()


Outcome = dict[str, Any] | ConsentryError
Handle = Callable[[Sequence[Request]], Sequence[Outcome | Waiting]]
Late = Callable[[], Sequence[tuple[Waiting, Outcome]]]
IDLE_SECONDS = 0.5
WAITING_SECONDS = 0.05  # while answers are due: some of them end by time alone


def listen(path: Path, allowed: Collection[int]) -> socket.socket:
    """A listening Unix socket at `path`, for its owner only; a stale one of an earlier life is replaced.

    Where other system users may connect, its group can reach it too: who of them is heard, the peer's uid decides.
    """
    mode = 0o600 if set(allowed) <= {os.getuid()} else 0o660
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(mode)
        listener.listen(512)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


class Loop:
    """Serves `listener` until `stop` is called. `handle` gets a round's requests and answers each, in order, or the
    first of them: the others come again in the next round. Of those that it lets wait, `late` gives the outcomes when
    there are any: it is asked before each round, and after `wake`.

    `tick` is called about every half second, between rounds. What either raises ends the loop: `handle` answers for
    single requests itself.
    """

    def __init__(
        self, listener: socket.socket, handle: Handle, *, allowed: Collection[int],
        restricts: Callable[[Request], bool] = lambda request: False, limits: Limits | None = None,
        tick: Callable[[], None] = lambda: None, late: Late = tuple,
    ) -> None:
        self._listener = listener
        self._tick, self._late = tick, late
        self._ticked = time.monotonic()
        self._handle = handle
        self._allowed = frozenset(allowed)
        self._restricts = restricts
        self._limits = limits or Limits()
        self._peers: dict[socket.socket, Peer] = {}
        self._queue: deque[tuple[Peer, Request]] = deque()
        self._due: dict[Waiting, tuple[Peer, Request]] = {}
        self._stopped = False
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)

    def stop(self) -> None:
        """Ends `run` after the round in flight. May be called from a signal handler or another thread."""
        self._stopped = True
        self.wake()

    def wake(self) -> None:
        """Has `late` asked soon. May be called from a signal handler or another thread."""
        try:
            self._wake.send(b"\0")
        except OSError:
            return  # it has been woken already, or has ended

    def run(self) -> None:
        """Serves. Raises what `handle` raises."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        try:
            while not self._stopped:
                self._once()
        finally:
            for peer in list(self._peers.values()):
                self._close(peer)
            self._selector.close()
            for one in (self._listener, self._wake, self._woken):
                one.close()

    def _once(self) -> None:
        ready = self._selector.select(0 if self._queue else WAITING_SECONDS if self._due else IDLE_SECONDS)
        at = time.monotonic()
        newcomers = False
        for key, events in ready:
            if key.fileobj is self._listener:
                newcomers = True  # last: whoever has just said something does not make room
            elif key.fileobj is self._woken:
                self._woken.recv(4096)
            else:
                assert isinstance(key.fileobj, socket.socket)
                self._serve(self._peers[key.fileobj], events, at)
        if newcomers:
            self._accept(at)
        for waiting, outcome in self._late():
            peer, request = self._due.pop(waiting)
            peer.send(request.id, outcome)
        self._work()
        if at - self._ticked >= IDLE_SECONDS:
            self._ticked = at
            self._tick()
        for peer in list(self._peers.values()):
            if peer.dawdles(at) and not self._full():
                peer.refuse(UnavailableError("a frame was not finished in time", code="frame-unfinished"))
            self._watch(peer)

    def _accept(self, at: float) -> None:
        # Until it would block: one accept a wake-up made others wait for seconds (SPEED.md).
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if uid_of(connection) not in self._allowed or not self._room(at):
                connection.close()
                continue
            self._peers[connection] = peer = Peer(connection, self._limits, at)
            self._selector.register(connection, selectors.EVENT_READ)
            peer.watched = selectors.EVENT_READ

    def _room(self, at: float) -> bool:
        """Whether one more connection may come; at the limit the one that was silent for longest makes room.

        Else somebody who opens connections and never uses them shuts everybody else out for good.
        """
        if len(self._peers) < self._limits.peers:
            return True
        idle = [peer for peer in self._peers.values() if peer.idles(at)]
        if idle:
            self._close(min(idle, key=lambda peer: peer.heard))
        return bool(idle)

    def _serve(self, peer: Peer, events: int, at: float) -> None:
        if events & selectors.EVENT_WRITE:
            peer.flush()
        if not events & selectors.EVENT_READ or peer.ended:
            return
        for request in peer.read(at):
            if len(self._queue) + len(self._due) >= self._limits.waiting and not self._restricts(request):
                peer.send(request.id, UnavailableError(
                    "too much is waiting; try again in a second", code="log-unavailable",
                ))
            else:
                self._queue.append((peer, request))

    def _work(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._limits.per_round))]
        if not batch:
            return
        outcomes = self._handle([request for _, request in batch])
        self._queue.extendleft(reversed(batch[len(outcomes):]))
        for (peer, request), outcome in zip(batch, outcomes, strict=False):
            if isinstance(outcome, Waiting):
                self._due[outcome] = (peer, request)
            else:
                peer.send(request.id, outcome)

    def _watch(self, peer: Peer) -> None:
        """Closes a peer that is done; otherwise waits for what it can do next."""
        if peer.done:
            self._close(peer)
            return
        events = 0 if peer.ended or self._full() else selectors.EVENT_READ
        if peer.wants_to_write:
            events |= selectors.EVENT_WRITE
        if events == peer.watched:
            return
        if not events:
            self._selector.unregister(peer.connection)
        elif not peer.watched:
            self._selector.register(peer.connection, events)
        else:
            self._selector.modify(peer.connection, events)
        peer.watched = events

    def _full(self) -> bool:
        return len(self._queue) >= self._limits.most_waiting

    def _close(self, peer: Peer) -> None:
        peer.gone = True
        del self._peers[peer.connection]
        if peer.watched:
            self._selector.unregister(peer.connection)
        peer.connection.close()
