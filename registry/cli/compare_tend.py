"""In the pump: a process for each comparison of packs that an officer asked for, one after the other.

The pump itself holds no rules; the process it starts does (`compare_job`).
"""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import structlog

from registry.children import registry_command
from registry.errors import ConsentryError
from registry.store.comparisons import Comparisons
from registry.vault.clock import wall_now

LOOK = 2.0  # seconds between two looks for a job


def tend_jobs(store: Comparisons, data: Path, sockets: Path, stop: threading.Event) -> None:
    """In the pump: starts the process when a job waits, and waits for it. Ends when `stop` is set."""
    log = structlog.get_logger("pump")
    while not stop.wait(LOOK):
        try:
            if not store.comparison_waits(wall_now()):
                continue
            command = registry_command("compare-job", "--data", str(data), "--sockets", str(sockets))
            child = subprocess.Popen(command)  # noqa: S603 - our own command
        except (ConsentryError, OSError) as error:
            log.warning("comparison not started", error=type(error).__name__)
            continue
        while child.poll() is None:
            if stop.wait(0.2):
                child.terminate()
                child.wait()
                return

