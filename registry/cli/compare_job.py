"""The process that compares packs for officers: started by the pump when a job waits, does one, and ends.

It reads the log through the vault's ops as any auditor does, verified, with pauses four times as long as each answer
took; it judges on its own core at the lowest priority. It holds no key and opens nothing.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from registry.audit.comparing import compare
from registry.audit.reader import Pinned
from registry.audit.verify import verified_leaves
from registry.children import die_with_parent, no_core_dumps, own_libc
from registry.cli.options import data_option, sockets_option
from registry.clients import Caller, VaultClient
from registry.errors import ConsentryError
from registry.logs import configure_logs, hide_traces, level_of, unexpected
from registry.model.times import SECOND, parse_date
from registry.policy import read_pack
from registry.settings import load
from registry.store.comparisons import Comparisons
from registry.store.database import open_engine
from registry.store.store import Store
from registry.tlog.tiles import ENTRIES, Tile
from registry.vault.clock import wall_now

SAY = 2 * SECOND  # between two words about how far it is
REST = 4  # times as long as an answer of the vault's took
LONGEST_REST = 0.5


class VaultLog:
    """The log behind the vault's ops, read slowly. A Reader."""

    def __init__(self, vault: Caller, rest: Callable[[float], None] = time.sleep) -> None:
        self._vault, self._rest = vault, rest

    def checkpoint(self) -> bytes:
        text: str = self._call("checkpoint", {})["text"]
        return text.encode("utf-8")

    def tile(self, tile: Tile) -> bytes:
        if tile.level != ENTRIES:
            found = self._call("tile", {"level": tile.level, "n": tile.n, "width": tile.width})
            return base64.b64decode(found["data"])
        data, total = b"", 1
        while len(data) < total:
            found = self._call("entries-bundle", {"n": tile.n, "width": tile.width, "from": len(data)})
            data, total = data + base64.b64decode(found["data"]), found["total"]
        return data

    def _call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        begun = time.monotonic()
        found = self._vault.call(op, args)
        self._rest(min(LONGEST_REST, REST * (time.monotonic() - begun)))
        return found


def do_next(store: Comparisons, vault: Caller, wall: Callable[[], int] = wall_now) -> bool:
    """Takes the oldest job that waits and does it; False where there is none. What fails is said in the job."""
    job = store.take_comparison(wall())
    if job is None:
        return False
    said = wall()

    def progress(done: int, total: int) -> None:
        nonlocal said
        if wall() - said >= SAY or done == total:
            said = wall()
            store.note_comparison(job["id"], said, done, max(total, done))

    try:
        days = [None if job[name] is None else parse_date(job[name]) for name in ("since", "until")]
        result = _compared(vault, job["text"], (days[0], days[1]), progress)
    except ConsentryError as error:
        store.end_comparison(job["id"], wall(), None, error.code)
        return True
    except Exception:
        store.end_comparison(job["id"], wall(), None, "internal")
        raise
    store.end_comparison(job["id"], wall(), result)
    return True


def _compared(
    vault: Caller, text: str, days: tuple[date | None, date | None], progress: Callable[[int, int], None],
) -> dict[str, Any]:
    key = vault.call("keys", {})["log_vkey"]
    size = vault.call("status", {})["published"]
    leaves = verified_leaves(Pinned(VaultLog(vault)), key)
    return compare(leaves, read_pack(text), days, processes=1,
                   progress=lambda done, total: progress(done, total or 2 * size)).value()


@click.command(hidden=True)
@data_option
@sockets_option
def compare_job(data: Path, sockets: Path) -> None:
    """Do one comparison of packs that an officer asked for. Started by the pump."""
    no_core_dumps()
    libc = own_libc()
    if libc is not None:
        die_with_parent(libc, 9)
    os.nice(19)
    configure_logs("compare", level_of(os.environ))
    hide_traces()
    engine = open_engine(load(data).web_url)
    try:
        do_next(Store(engine), VaultClient(sockets / "vault.sock"))
    except Exception as error:  # noqa: BLE001 - the last stop: a line in the log, not a stack
        unexpected("compare", error)
        raise SystemExit(1) from None
    finally:
        engine.dispose()
