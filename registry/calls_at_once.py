"""Bounds how many threads may wait for another process, so that one that hangs does not take all of ours.

A hung vault must not keep `/healthz`, or a request that needs no vault, from being answered: with all turns taken
in vain, whoever comes next is refused at once instead of waiting behind them.
"""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

from registry.errors import UnavailableError

SILENT_SECONDS = 2.0


class CallsAtOnce:
    """At most `most` calls at once. A call beyond waits for its turn while the other side answers anybody; once it
    has been silent for two seconds with all turns taken, such a call is refused. After a call that was never answered
    one at a time tries, until one is."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._change = threading.Condition()
        self._owner = os.getpid()
        self._began: dict[int, float] = {}  # of the calls that wait for an answer
        self._next = 0
        self._heard = 0.0
        self._in_doubt = False

    def one(self) -> OneCall:
        """One call, to be made inside: entering raises UnavailableError when there is no turn. A TimeoutError inside:
        it was never answered."""
        return OneCall(self)

    def take(self) -> int:
        """A turn. Raises UnavailableError when there is none."""
        with self._change:
            if self._owner != os.getpid():  # forked: the calls in flight are the parent's
                self._owner, self._began = os.getpid(), {}
            while len(self._began) >= (1 if self._in_doubt else self._most):
                silent_at = max(self._heard, min(self._began.values())) + SILENT_SECONDS
                left = 0.0 if self._in_doubt else silent_at - time.monotonic()
                if left <= 0:
                    raise UnavailableError("the other process does not answer now; try again later")
                self._change.wait(left)
            self._next += 1
            self._began[self._next] = time.monotonic()
            return self._next

    def give_back(self, turn: int, *, heard: bool | None) -> None:
        """`heard`: whether the other side answered; None: it cannot be told."""
        with self._change:
            self._began.pop(turn, None)
            if heard:
                self._heard = time.monotonic()
            if heard is not None:
                self._in_doubt = not heard
            self._change.notify()


class OneCall:
    """One turn. A class, for a generator takes three times as long."""

    __slots__ = ("_calls", "_number")

    def __init__(self, calls: CallsAtOnce) -> None:
        self._calls = calls

    def __enter__(self) -> None:
        self._number = self._calls.take()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        heard = True if kind is None else False if issubclass(kind, TimeoutError) else None
        self._calls.give_back(self._number, heard=heard)
