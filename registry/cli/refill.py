"""After an upgrade: what the projections hold was made by an earlier version, so they are made again from the log."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import structlog
from sqlalchemy import Engine

from registry.errors import ConsentryError
from registry.store.rebuilding import Follow, rebuild
from registry.store.store import Store

AGAIN = 2.0  # seconds until the next try, where the vault does not answer yet


def refill(engine: Engine, folder: Path, follow: Follow, stop: Event, *, again: float = AGAIN) -> bool:
    """Rebuilds the projections if they are outgrown, while everybody goes on; tries until done, or `stop` is set.

    Returns whether they are of this version. Killed anywhere nothing has changed, and the next start does it.
    """
    log = structlog.get_logger("pump")
    while Store(engine).outgrown():
        began = time.monotonic()
        try:
            rows = rebuild(engine, folder, follow, lambda _done: None)
        except ConsentryError as error:
            log.info("projections wait to be rebuilt", code=error.code)
            if stop.wait(again):
                return False
        else:
            log.info("projections rebuilt", rows=sum(rows.values()), ms=round((time.monotonic() - began) * 1000))
    return True
