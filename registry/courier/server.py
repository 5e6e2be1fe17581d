"""The courier process: one thread answers the socket, another follows the log. Nobody else's code is loaded here."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from registry.clients import VaultClient
from registry.courier.clock import VaultTime
from registry.courier.courier import Courier
from registry.courier.follow import BATCH
from registry.courier.outbox import FileOutbox, Outbox
from registry.courier.store import Store
from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.frames import Request
from registry.logs import configure_logs
from registry.loop import Loop, listen

# The vault counts a courier as gone after 5 s; messages are due at once.
FOLLOW_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class CourierSettings:
    """Where one courier process finds its folder, its neighbours and its transport."""

    folder: Path
    socket: Path
    vault_socket: Path
    outbox: Path
    public_url: str
    allowed_uids: tuple[int, ...]
    demo: bool


def run(settings: CourierSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises IntegrityError when only an operator can help."""
    configure_logs()
    with only_one(settings.folder):
        vault = VaultClient(settings.vault_socket)
        courier = Courier(
            vault, Store.open(settings.folder), transport(settings), VaultTime(vault), os.urandom,
            settings.public_url,
        )
        serve(courier, settings.socket, settings.allowed_uids, _stops_on_signals)


def transport(settings: CourierSettings) -> Outbox:
    """Where messages go: files. Only a demo's people read them; elsewhere no receipt says that anybody did."""
    if settings.demo:
        return FileOutbox(settings.outbox)
    structlog.get_logger("courier").warning(
        "no gateway: messages are only files, no notice counts, nothing is released", folder=str(settings.outbox))
    return FileOutbox(settings.outbox, receipt=None)


def serve(
    courier: Courier, path: Path, allowed: Collection[int], on_start: Callable[[Callable[[], None]], None],
) -> None:
    """Answers at `path` and follows the log until stopped; `on_start` is given the function that stops it.

    Raises what ended the follower: a courier that cannot follow must not look alive.
    """
    loop = Loop(listen(path), lambda requests: handle(courier, requests), allowed=allowed)
    follower = _Following(courier, loop.stop)
    on_start(loop.stop)
    follower.start()
    try:
        loop.run()
    finally:
        follower.end()
        path.unlink(missing_ok=True)
    if follower.failure is not None:
        raise follower.failure


def handle(courier: Courier, requests: Sequence[Request]) -> list[dict[str, Any] | ConsentryError]:
    """One answer a request, in order. What is not one of our errors becomes `internal`, for that request only."""
    return [_answer(courier, request) for request in requests]


def _answer(courier: Courier, request: Request) -> dict[str, Any] | ConsentryError:
    try:
        return courier.call(request.op, request.args)
    except ConsentryError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one bad request must not end the others
        # The words of an unforeseen error may hold a value; its type does not.
        structlog.get_logger("courier").error("unforeseen", op=request.op, error=type(error).__name__)
        return ConsentryError("something went wrong in the courier")


class _Following(threading.Thread):
    """Follows the log again and again; `failure` is what ended it before it was told to end."""

    def __init__(self, courier: Courier, on_failure: Callable[[], None]) -> None:
        super().__init__(name="follow", daemon=True)
        self.failure: Exception | None = None
        self._courier = courier
        self._on_failure = on_failure
        self._ending = threading.Event()
        self._log = structlog.get_logger("courier")
        self._waiting = False

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                # Resting also after a few: under load one pass and one commit serve many entries.
                if self._pass() < BATCH:
                    self._ending.wait(FOLLOW_SECONDS)
        except Exception as error:  # noqa: BLE001 - raised again in the main thread, where it ends the process
            self.failure = error
            self._on_failure()

    def end(self) -> None:
        """Stops after the pass in flight."""
        self._ending.set()
        self.join(timeout=10)

    def _pass(self) -> int:
        try:
            found = self._courier.follow()
        except UnavailableError as error:
            if not self._waiting:
                self._log.warning("waiting for the vault", code=error.code)
            self._waiting = True
            return 0
        self._waiting = False
        return found


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Holds the folder's lock. Raises IntegrityError when another courier has it: two would send twice."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise IntegrityError(f"another courier runs in {folder}: stop that process first") from error
    try:
        yield
    finally:
        os.close(handle)


def _stops_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
