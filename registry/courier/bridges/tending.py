"""The thread that ends connections in time. It is not the one that follows the log: a bridge that hangs must not make
the courier look dead.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import structlog

from registry.errors import ConsentryError

if TYPE_CHECKING:  # the courier holds the calls
    from registry.courier.courier import Courier

TEND_SECONDS = 0.5


class Tending(threading.Thread):
    """Looks again and again; it dies with the process, and what stands is in courier.db."""

    def __init__(self, courier: Courier) -> None:
        super().__init__(name="calls", daemon=True)
        self._courier = courier
        self._log = structlog.get_logger("courier")

    def run(self) -> None:
        waiting = ""
        while True:
            try:
                self._courier.calls.tend()
                waiting = ""
            except ConsentryError as error:
                if error.code != waiting:
                    self._log.warning("calls wait", code=error.code)
                waiting = error.code
            except Exception as error:  # noqa: BLE001 - one connection must not end the tending of the others
                self._log.error("unforeseen", work="calls", error=type(error).__name__)
            time.sleep(TEND_SECONDS)
