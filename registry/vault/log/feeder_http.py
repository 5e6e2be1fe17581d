"""The network of the feeder: HTTP, a thread for each witness, so that none waits for another.

What goes wrong with one stays in its thread. Once a reply is in, what was prepared to follow it goes out first
(`feeder_following.py`), then the vault's thread is told.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from registry.logs import unexpected
from registry.tlog.witness_policy import Witness
from registry.vault.log.feeder_line import Line
from registry.vault.log.feeder_ports import Reply


def _nothing(_place: int, _reply: Reply) -> Sequence[tuple[int, bytes]]:
    return ()


class HttpNetwork:
    """Posts to `<url>/add-checkpoint` of each witness. `alert` is called, in any thread, when something has come."""

    def __init__(
        self, witnesses: Sequence[Witness], seconds: float, alert: Callable[[], None] = lambda: None,
    ) -> None:
        """`seconds`: for one answer."""
        self.alert = alert
        self.following: Callable[[int, Reply], Sequence[tuple[int, bytes]]] = _nothing
        self._come: queue.SimpleQueue[tuple[int, Reply]] = queue.SimpleQueue()
        self._something = threading.Event()
        self._due: list[queue.SimpleQueue[bytes | None]] = [queue.SimpleQueue() for _ in witnesses]
        for place, one in enumerate(witnesses):
            line = Line(str(one.url), seconds)
            threading.Thread(target=self._carry, args=(place, line), name=f"witness-{place}", daemon=True).start()

    def send(self, place: int, body: bytes) -> None:
        self._due[place].put(body)

    def arrived(self) -> list[tuple[int, Reply]]:
        self._something.clear()
        come: list[tuple[int, Reply]] = []
        while True:
            try:
                come.append(self._come.get_nowait())
            except queue.Empty:
                return come

    @property
    def has_come(self) -> bool:
        return not self._come.empty()

    def wait(self, seconds: float) -> None:
        self._something.wait(max(seconds, 0))

    def close(self) -> None:
        """The threads end after what they are at."""
        for due in self._due:
            due.put(None)

    def _carry(self, place: int, line: Line) -> None:
        body = self._due[place].get()
        while body is not None:
            line.begin(body)
            while self._take(place, line):
                pass
            body = self._due[place].get()
        line.close()

    def _take(self, place: int, line: Line) -> bool:
        """The reply to what is on its way; whether what follows is on its way already."""
        reply, goes_on = line.end(), False
        try:
            for other, body in self.following(place, reply):
                if other == place:
                    line.begin(body)
                    goes_on = True
                else:
                    self._due[other].put(body)
        except Exception as error:  # noqa: BLE001 - or this witness would never be asked again
            unexpected("witness", error)
        self._come.put((place, reply))
        self._something.set()
        try:
            self.alert()
        except Exception as error:  # noqa: BLE001 - the vault's thread finds it when it next looks
            unexpected("witness", error)
        return goes_on
