"""Lines on stderr: one that cannot be written never stops the process that would say it.

Stderr may be a file on the disk that is full, or a pipe whose reader has gone. A vault that dies of its own log line
turns that into an outage that nobody can read about.
"""

from __future__ import annotations

import threading
from typing import TextIO


class Lines:
    """A text stream on which writing fails silently, but not for ever: the next line that can be written says how
    many are missing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._missing = 0

    def write(self, text: str) -> int:
        """Writes whole lines, at once. Returns how many characters it was given."""
        with self._lock:
            told = f'{{"event":"lines missing","count":{self._missing}}}\n' if self._missing else ""
            try:
                self._stream.write(told + text)
                self._stream.flush()
                self._missing = 0
            except OSError:
                self._missing += 1
        return len(text)

    def flush(self) -> None:
        """Nothing waits: each write was flushed."""
