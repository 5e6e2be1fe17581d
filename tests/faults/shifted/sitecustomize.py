"""On the path of a process before anything else: its wall clock is as many seconds wrong as a file says."""

from __future__ import annotations

import os
import time
from pathlib import Path

_file, _right = Path(os.environ["CONSENTRY_TEST_CLOCK"]), time.time_ns


def _wrong_ns() -> int:
    return _right() + int(_file.read_text("ascii")) * 1_000_000_000


time.time_ns = _wrong_ns
time.time = lambda: _wrong_ns() / 1_000_000_000
