"""The vault process: one thread, one socket, rounds of whatever is waiting. Makes the only clocks of a served log."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from registry.errors import ConsentryError, UnavailableError
from registry.frames import Request
from registry.garbage import collect_rarely
from registry.logs import answered
from registry.loop import Loop, Outcome, Waiting, listen
from registry.peers import Limits
from registry.tlog.witness_policy import WitnessPolicy
from registry.vault.clock import Clock, DemoClock, SystemClock
from registry.vault.desk import Settings
from registry.vault.founding import Founding
from registry.vault.keys.kek import KeyEncryption
from registry.vault.keys.opening import open_key
from registry.vault.log.feeder import Feeder
from registry.vault.log.feeder_ports import Patience, Times
from registry.vault.rotation import Rotation, keys_of
from registry.vault.vault import Random, Vault, is_restricting
from registry.witness_file import read_policy

if TYPE_CHECKING:
    from registry.vault.postgresql import Postgresql  # its driver is loaded only where it is used

TENDING = 0.025  # seconds of each half second, while there is something to read ahead or to compare
SWITCH = 0.0005  # seconds that a witness's thread waits for the interpreter lock, of 0.005 otherwise
KEEP_AT_END = 1_000  # entries since the state was kept last, for which it is kept once more
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
    database: str | None = None  # URL of its PostgreSQL; None: SQLite in the folder
    standby: bool = False  # waits until no other vault holds the database
    witness_policy: Path | None = None  # whose quorum must cosign before anything is opened


def open_vault(
    folder: Path, key_file: Path, clock: Clock, random: Random, *, demo: bool = True,
    settings: Settings | None = None, database: str | None = None,
) -> Vault:
    """The vault in a folder, or in the database of which the folder holds the guard; with the key-encryption key in a
    file. Raises IntegrityError, ConflictError, UnavailableError when another vault has it."""
    return _open(folder, key_file, clock, random, demo=demo, settings=settings,
                 postgresql=None if database is None else _hold(database))


def _open(
    folder: Path, key_file: Path, clock: Clock, random: Random, *, demo: bool, settings: Settings | None,
    postgresql: Postgresql | None,
) -> Vault:
    with ExitStack() as on_failure:
        if postgresql is not None:
            on_failure.callback(postgresql.close)
        vault = Vault.open(folder, _key(folder, key_file, random), clock, random, demo=demo, settings=settings,
                           postgresql=postgresql)
        on_failure.pop_all()
    return vault


def create_vault(
    folder: Path, key_file: Path, founding: Founding, random: Random, clock: Clock | None = None,
    *, database: str | None = None,
) -> Vault:
    """A new vault; entry 0 is stamped by the machine's clock unless the demo's seed gives its own."""
    postgresql = None if database is None else _hold(database)
    with ExitStack() as on_failure:
        if postgresql is not None:
            on_failure.callback(postgresql.close)
        vault = Vault.create(folder, open_key(str(key_file), random), founding, clock or SystemClock(), random,
                             postgresql=postgresql)
        on_failure.pop_all()
    return vault


def _key(folder: Path, key_file: Path, random: Random) -> KeyEncryption:
    """The key that is configured; where a rotation is under way, the new one too."""
    return keys_of(folder, str(key_file), lambda named: open_key(named, random))


def _hold(database: str) -> Postgresql:
    from registry.vault.postgresql import hold  # noqa: PLC0415 - a vault on SQLite never loads the driver

    return hold(database)


def _wait_and_hold(settings: ServerSettings) -> Postgresql:
    """What the standby does until its hour comes."""
    from registry.vault.standby import wait  # noqa: PLC0415 - likewise

    assert settings.database is not None
    return wait(settings.database, settings.folder, _key(settings.folder, settings.key_file, os.urandom))


def run(settings: ServerSettings) -> None:
    """Serves until SIGTERM or SIGINT. Raises IntegrityError when only an operator can help: the process must end."""
    policy = None if settings.witness_policy is None else read_policy(settings.witness_policy)
    demo_clock = DemoClock(0) if settings.demo else None
    clock: Clock = demo_clock or SystemClock()
    postgresql = None
    if settings.database is not None:
        postgresql = _wait_and_hold(settings) if settings.standby else _hold(settings.database)
    vault = _open(settings.folder, settings.key_file, clock, os.urandom, demo=settings.demo,
                  settings=Settings(public_url=settings.public_url), postgresql=postgresql)
    try:
        if demo_clock is not None:
            # A demo's time goes on from its last entry, whatever the wall clock says.
            last = vault.desk.log.entry(vault.desk.log.size - 1)
            demo_clock.resume(0 if last is None else last.at)
        _meet(vault, policy)
        vault.desk.rotate = Rotation(settings.folder, lambda named: open_key(named, os.urandom)).step
        collect_rarely()
        serve(vault, settings.socket, settings.allowed_uids, _stops_on_signals)
        vault.desk.log.keep_state(KEEP_AT_END)
    finally:
        vault.close()


def serve(
    vault: Vault, path: Path, allowed: Collection[int], on_start: Callable[[Callable[[], None]], None],
    limits: Limits | None = None,
) -> None:
    """Answers at `path` until stopped; `on_start` is given the function that stops it. Raises IntegrityError."""
    served = _Served(vault)
    loop = Loop(
        listen(path, allowed), served.begin, allowed=allowed, limits=limits,
        restricts=lambda request: is_restricting(request.op, request.args), tick=lambda: keep_house(vault),
        late=served.late,
    )
    if vault.desk.log.feeder is not None:
        vault.desk.log.feeder.network.alert = loop.wake
    on_start(loop.stop)
    ours = path.stat().st_ino
    try:
        loop.run()
    finally:
        # Who took over on this machine listens at the same path.
        if path.exists() and path.stat().st_ino == ours:
            path.unlink()


@dataclass(slots=True)
class _Served:
    """A vault behind a loop: what it answers is logged, at once or late."""

    vault: Vault
    _waiting: dict[Waiting, Request] = field(default_factory=dict)

    def begin(self, requests: Sequence[Request]) -> Sequence[Outcome | Waiting]:
        """One round, of the first of them where it ended early."""
        outcomes = self.vault.begin([(request.op, request.args) for request in requests], whole=False)
        settled = []
        for request, outcome in zip(requests, outcomes, strict=False):
            if isinstance(outcome, Waiting):
                self._waiting[outcome] = request
            else:
                settled.append((request, outcome))
        self._log(settled)
        return outcomes

    def late(self) -> Sequence[tuple[Waiting, Outcome]]:
        """What had to wait for the witnesses."""
        found = self.vault.late()
        self._log([(self._waiting.pop(waiting), outcome) for waiting, outcome in found])
        return found

    @staticmethod
    def _log(settled: Sequence[tuple[Request, Outcome]]) -> None:
        answered("vault", [request for request, _ in settled], [outcome for _, outcome in settled])


def _meet(vault: Vault, witnesses: tuple[WitnessPolicy, str] | None) -> None:
    """The witnesses of a policy file, or the word that there are none, before anything is served."""
    if witnesses is None:
        vault.meet(None)
        return
    from registry.vault.log.feeder_http import HttpNetwork  # noqa: PLC0415 - only where there are witnesses

    sys.setswitchinterval(SWITCH)  # a checkpoint must not wait for a round's arithmetic
    policy, text = witnesses
    patience = Patience()
    feeder = Feeder(policy, lambda fed: HttpNetwork(fed, patience.exchange),
                    Times(time.monotonic, vault.desk.clock.wall), patience)
    vault.meet(feeder, text)


def keep_house(vault: Vault) -> None:
    """One round of chores, then a little of what will be read or was not; what storage refuses now is tried again at
    the next. Raises IntegrityError: stop."""
    (outcome,) = vault.round([("keep-house", {})])
    if isinstance(outcome, ConsentryError):
        structlog.get_logger("vault").warning("chores refused", code=outcome.code)
    until = time.monotonic() + TENDING
    try:
        vault.tend(lambda: time.monotonic() > until)
    except UnavailableError as error:
        structlog.get_logger("vault").warning("log not compared", code=error.code)


def _stops_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())
