"""The courier process: one thread answers the socket, another follows the log. Nobody else's code is loaded here."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from registry.clients import VaultClient
from registry.courier import delivery_settings
from registry.courier.bridges.choosing import bridged
from registry.courier.bridges.port import VOICE
from registry.courier.bridges.tending import Tending
from registry.courier.clock import VaultTime
from registry.courier.courier import Courier
from registry.courier.delivery_settings import DeliverySettings, Mailbox
from registry.courier.follow import BATCH
from registry.courier.gateways import MEDIA, gateways_of
from registry.courier.hands import Hands
from registry.courier.incoming import ANYBODY
from registry.courier.mailbox import open_mails
from registry.courier.outbox import FileOutbox, Outbox
from registry.courier.pacing import TO_NOBODY
from registry.courier.store import Store
from registry.errors import ConsentryError, UnavailableError
from registry.frames import Request
from registry.garbage import collect_rarely
from registry.logs import answered, unexpected
from registry.loop import Loop, listen
from registry.settings import SettingsError

# The vault counts a courier as gone after 5 s; messages are due at once.
FOLLOW_SECONDS = 0.2
MAILBOX_SECONDS = 5.0
ASK_SECONDS = 1.0
# Less than who stops us waits before it kills.
HAND_OVER_SECONDS = 7.0


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
    """Serves until SIGTERM or SIGINT. Raises ConsentryError when only an operator can help."""
    delivery = delivery_settings.load(settings.folder / delivery_settings.FILE)
    with only_one(settings.folder):
        vault = VaultClient(settings.vault_socket)
        outbox = transport(settings, delivery)
        hands = None if delivery is None else Hands((*MEDIA, VOICE, TO_NOBODY))
        courier = Courier(
            vault, Store.open(settings.folder), outbox, VaultTime(vault), os.urandom, settings.public_url,
            hands=hands, carrier=carrier(settings, delivery),
            bridged=bridged(delivery, settings.outbox.parent if settings.demo else None, settings.public_url),
        )
        Tending(courier).start()
        if delivery is not None and delivery.mailbox is not None:
            _Reading(courier, delivery.mailbox).start()
        _Asking(courier).start()
        collect_rarely()
        try:
            serve(courier, settings.socket, settings.allowed_uids, _stops_on_signals)
        finally:
            if hands is not None:
                hands.end(HAND_OVER_SECONDS)


def transport(settings: CourierSettings, delivery: DeliverySettings | None = None) -> Outbox:
    """Where messages go: as `delivery` says, else files. Only a demo's people read them; elsewhere no receipt says
    that anybody did."""
    files = FileOutbox(settings.outbox, receipt="delivered" if settings.demo else None)
    told = {"email": delivery and delivery.email, "sms": delivery and delivery.sms}
    missing = [medium for medium in MEDIA if told[medium] is None]
    if missing and not settings.demo:
        structlog.get_logger("courier").warning(
            "no gateway: these messages are only files, no such notice counts as delivered", media=missing,
            folder=str(settings.outbox))
    return files if delivery is None else gateways_of(delivery, files)


def carrier(settings: CourierSettings, delivery: DeliverySettings | None) -> str | None:
    """The provider whose webhooks speak of our SMS. In a demo without a gateway anybody plays it."""
    if delivery is not None:
        return None if delivery.sms is None else delivery.sms.provider
    return ANYBODY if settings.demo else None


def serve(
    courier: Courier, path: Path, allowed: Collection[int], on_start: Callable[[Callable[[], None]], None],
) -> None:
    """Answers at `path` and follows the log until stopped; `on_start` is given the function that stops it.

    Raises what ended the follower: a courier that cannot follow must not look alive.
    """
    loop = Loop(listen(path, allowed), lambda requests: handle(courier, requests), allowed=allowed)
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
    outcomes = [_answer(courier, request) for request in requests]
    answered("courier", requests, outcomes)
    return outcomes


def _answer(courier: Courier, request: Request) -> dict[str, Any] | ConsentryError:
    try:
        return courier.call(request.op, request.args)
    except ConsentryError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one bad request must not end the others
        unexpected("courier", error, request=str(request.id), op=request.op)
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


class _Reading(threading.Thread):
    """Reads the mailbox again and again; it dies with the process, and what it had not settled is read again."""

    def __init__(self, courier: Courier, mailbox: Mailbox) -> None:
        super().__init__(name="mailbox", daemon=True)
        self._courier = courier
        self._mailbox = mailbox
        self._log = structlog.get_logger("courier")

    def run(self) -> None:
        waiting = ""
        while True:
            try:
                with open_mails(self._mailbox) as mails:
                    self._courier.read_mails(mails)
                waiting = ""
            except ConsentryError as error:
                if error.code != waiting:
                    self._log.warning("mailbox waits", code=error.code)
                waiting = error.code
            except Exception as error:  # noqa: BLE001 - one mail must not end the reading; its words may be personal
                self._log.error("unforeseen", work="mailbox", error=type(error).__name__)
            time.sleep(MAILBOX_SECONDS)


class _Asking(threading.Thread):
    """Asks providers for their records again and again; it dies with the process, and what waits is in courier.db."""

    def __init__(self, courier: Courier) -> None:
        super().__init__(name="ask", daemon=True)
        self._courier = courier
        self._log = structlog.get_logger("courier")

    def run(self) -> None:
        while True:
            try:
                asked = self._courier.ask_provider()
            except ConsentryError as error:
                self._log.warning("provider not asked", code=error.code)
                asked = False
            except Exception as error:  # noqa: BLE001 - one record must not end the asking; its words may be personal
                self._log.error("unforeseen", work="ask", error=type(error).__name__)
                asked = False
            if not asked:
                time.sleep(ASK_SECONDS)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Holds the folder's lock. Raises SettingsError when another courier has it: two would send twice."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise SettingsError(f"another courier runs in {folder}: stop that process first") from error
    try:
        yield
    finally:
        os.close(handle)


def _stops_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
