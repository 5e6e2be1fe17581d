"""The network of the feeder: HTTP, a thread for each witness, so that none waits for another.

A witness may be slow, silent or malicious: what it sends is bounded in time and length, nobody is followed elsewhere,
and what goes wrong with one stays in its thread.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

import urllib3

from registry.logs import unexpected
from registry.tlog.witness_policy import Witness
from registry.vault.log.feeder_ports import Reply

MAX_BODY = 16 * 1024  # a cosignature is a line of 200 bytes
PART = 4096
SILENCE = Reply(0)


class HttpNetwork:
    """Posts to `<url>/add-checkpoint` of each witness. `alert` is called, in any thread, when something has come."""

    def __init__(
        self, witnesses: Sequence[Witness], seconds: float, alert: Callable[[], None] = lambda: None,
    ) -> None:
        """`seconds`: for one answer."""
        self.alert = alert
        self._come: queue.SimpleQueue[tuple[int, Reply]] = queue.SimpleQueue()
        self._something = threading.Event()
        self._lines = [_Line(str(one.url), seconds) for one in witnesses]
        for place, line in enumerate(self._lines):
            threading.Thread(target=self._carry, args=(place, line), name=f"witness-{place}", daemon=True).start()

    def send(self, place: int, body: bytes) -> None:
        self._lines[place].due.put(body)

    def arrived(self) -> list[tuple[int, Reply]]:
        self._something.clear()
        come: list[tuple[int, Reply]] = []
        while True:
            try:
                come.append(self._come.get_nowait())
            except queue.Empty:
                return come

    def wait(self, seconds: float) -> None:
        self._something.wait(max(seconds, 0))

    def close(self) -> None:
        """The threads end after what they are at."""
        for line in self._lines:
            line.due.put(None)

    def _carry(self, place: int, line: _Line) -> None:
        while (body := line.due.get()) is not None:
            self._come.put((place, line.post(body)))
            self._something.set()
            self.alert()
        line.pool.clear()


class _Line:
    """The way to one witness: a connection that is kept, and what is due on it."""

    def __init__(self, url: str, seconds: float) -> None:
        self.due: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._url = url.rstrip("/") + "/add-checkpoint"
        self._seconds = seconds
        self.pool = urllib3.PoolManager(
            num_pools=1, maxsize=1, retries=False,
            headers={"User-Agent": "consentry", "Content-Type": "text/plain; charset=utf-8", "Accept": "*/*",
                     "Accept-Encoding": "identity"},
        )

    def post(self, body: bytes) -> Reply:
        """What the witness answers within the time, once more at once where it had closed the kept connection."""
        until = time.monotonic() + self._seconds
        try:
            try:
                return self._exchange(body, until)
            except urllib3.exceptions.ProtocolError:
                return self._exchange(body, until)
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return SILENCE  # refused, silent, no HTTP, or no URL: not cosigned, and said so by the feeder
        except Exception as error:  # noqa: BLE001 - or this witness would never be asked again
            unexpected("witness", error)
            return SILENCE

    def _exchange(self, body: bytes, until: float) -> Reply:
        left = max(until - time.monotonic(), 0.01)
        answer = self.pool.request(
            "POST", self._url, body=body, redirect=False, preload_content=False, decode_content=False,
            timeout=urllib3.Timeout(total=left),
        )
        said = bytearray()
        while part := answer.read1(PART, decode_content=False):
            said += part
            if len(said) > MAX_BODY or time.monotonic() > until:
                answer.close()
                return SILENCE
        answer.release_conn()
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Reply(answer.status, kind, bytes(said))
