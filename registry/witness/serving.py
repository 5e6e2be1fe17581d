"""Serves a witness with granian: one worker, because there is one writer."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import resource
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from registry.children import check_free, end_with
from registry.errors import ConsentryError
from registry.logs import unexpected
from registry.tlog.note import Verifier
from registry.witness.http import Application
from registry.witness.keys import WitnessKey
from registry.witness.store import WitnessStore
from registry.witness.witness import Fork, Witness

EVIDENCE = "evidence"
MOST_EVIDENCE = 1000  # files
MOST_CONNECTIONS = 2048
MOST_FILES = MOST_CONNECTIONS + 256
HEAD_PATIENCE = 10_000  # milliseconds for the head of a request, and between two of one connection


@dataclass(frozen=True, slots=True)
class Serving:
    """What a witness is served with: its prepared and locked folder, its key, the keys of each origin, a clock in
    seconds since 1970."""

    folder: Path
    key: WitnessKey
    logs: Mapping[str, Sequence[Verifier]]
    clock: Callable[[], int]

    def witness(self) -> Witness:
        """The witness on its folder. Raises sqlite3.Error."""
        return Witness(self.key, self.logs, WitnessStore(self.folder), self.clock,
                       partial(keep_evidence, self.folder))


def check_address(host: str, port: int) -> None:
    """Raises ConsentryError if nobody could listen there."""
    try:
        check_free(host, port)
    except OSError as error:
        why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise ConsentryError(f"cannot listen on {host} port {port}: {why}", code="settings") from error


def keep_evidence(folder: Path, fork: Fork) -> None:
    """Writes down two trees of one size and says so; the same two once. A full disk costs the file, no answer."""
    text = f"{fork.ours}\n{fork.theirs}"
    name = hashlib.sha256(text.encode()).hexdigest()[:32] + ".txt"
    log = structlog.get_logger("witness")
    kept = folder / EVIDENCE
    try:
        kept.mkdir(mode=0o700, exist_ok=True)
        if not (kept / name).exists() and len(os.listdir(kept)) < MOST_EVIDENCE:
            (kept / name).write_text(text, "utf-8")
    except OSError as error:
        log.error("evidence not kept", errno=error.errno)
    log.error("two histories", origin=fork.origin, evidence=str(kept / name))


def serve(serving: Serving, host: str, port: int, ready: Callable[[], None]) -> None:
    """Until the process is told to end. `ready` is called once it listens."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    server = Granian(
        "registry", address=host, port=port, interface=Interfaces.RSGI, workers=1, http=HTTPModes.http1,
        websockets=False, log_level=LogLevels.error, http1_settings=HTTP1Settings(header_read_timeout=HEAD_PATIENCE),
        respawn_failed_workers=True, respawn_interval=0.5, workers_kill_timeout=5, backpressure=MOST_CONNECTIONS,
    )
    server.serve(target_loader=partial(_worker, serving, ready, os.getpid()), wrap_loader=False)


def _worker(serving: Serving, ready: Callable[[], None], parent: int):  # type: ignore[no-untyped-def]
    """The worker's application, made after the fork: no connection to the file crosses it."""
    end_with(parent)
    try:
        return _Listening(Application(serving.witness()), ready)
    except (sqlite3.Error, OSError) as error:
        unexpected("witness", error)
        raise SystemExit(1) from None


class _Listening:
    """The application, and a word when granian begins to serve it."""

    def __init__(self, application: Application, ready: Callable[[], None]) -> None:
        self.__rsgi__ = application.__rsgi__
        self._ready = ready

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon(self._ready)
