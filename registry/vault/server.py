"""The vault process: one thread, one socket, rounds of whatever is waiting. Makes the only clocks of a served log."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from registry.errors import ConsentryError
from registry.frames import Request
from registry.garbage import collect_rarely
from registry.logs import answered
from registry.loop import Loop, listen
from registry.peers import Limits
from registry.vault.clock import Clock, DemoClock, SystemClock
from registry.vault.desk import Settings
from registry.vault.founding import Founding
from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Random, Vault, is_restricting

__all__ = ["ServerSettings", "Vault", "create_vault", "open_vault", "run", "serve"]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where one vault process finds its folder and its key, and who may talk to it."""

    folder: Path
    key_file: Path
    socket: Path
    demo: bool
    allowed_uids: tuple[int, ...]
    public_url: str  # what people reach: passkeys are bound to it


def open_vault(
    folder: Path, key_file: Path, clock: Clock, random: Random, *, demo: bool = True,
    settings: Settings | None = None,
) -> Vault:
    """The vault in a folder, with the key-encryption key in a file. Raises IntegrityError, ConflictError."""
    return Vault.open(folder, KeyFile(key_file, random), clock, random, demo=demo, settings=settings)


def create_vault(
    folder: Path, key_file: Path, founding: Founding, random: Random, clock: Clock | None = None,
) -> Vault:
    """A new vault; entry 0 is stamped by the machine's clock unless the demo's seed gives its own."""
    return Vault.create(folder, KeyFile(key_file, random), founding, clock or SystemClock(), random)


def run(settings: ServerSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises IntegrityError when only an operator can help: the process must end."""
    demo_clock = DemoClock(0) if settings.demo else None
    clock: Clock = demo_clock or SystemClock()
    vault = open_vault(settings.folder, settings.key_file, clock, os.urandom, demo=settings.demo,
                       settings=Settings(public_url=settings.public_url))
    try:
        if demo_clock is not None:
            # A demo's time goes on from its last entry, whatever the wall clock says.
            last = vault.desk.log.entry(vault.desk.log.size - 1)
            demo_clock.resume(0 if last is None else last.at)
        collect_rarely()
        serve(vault, settings.socket, settings.allowed_uids, _stops_on_signals)
    finally:
        vault.close()


def serve(
    vault: Vault, path: Path, allowed: Collection[int], on_start: Callable[[Callable[[], None]], None],
    limits: Limits | None = None,
) -> None:
    """Answers at `path` until stopped; `on_start` is given the function that stops it. Raises IntegrityError."""
    loop = Loop(
        listen(path, allowed), lambda requests: handle(vault, requests), allowed=allowed, limits=limits,
        restricts=lambda request: is_restricting(request.op, request.args), tick=lambda: keep_house(vault),
    )
    on_start(loop.stop)
    try:
        loop.run()
    finally:
        path.unlink(missing_ok=True)


def handle(vault: Vault, requests: Sequence[Request]) -> list[dict[str, Any] | ConsentryError]:
    """One round."""
    outcomes = vault.round([(request.op, request.args) for request in requests])
    answered("vault", requests, outcomes)
    return outcomes


def keep_house(vault: Vault) -> None:
    """One round of chores; what storage refuses now is tried again at the next. Raises IntegrityError: stop."""
    (outcome,) = vault.round([("keep-house", {})])
    if isinstance(outcome, ConsentryError):
        structlog.get_logger("vault").warning("chores refused", code=outcome.code)


def _stops_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
