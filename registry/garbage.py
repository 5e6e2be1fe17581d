"""How often Python looks for cycles of garbage. Reference counts free nearly everything here; cycles are rare."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN = 50_000  # more allocations than frees before the youngest are looked through; Python's own is 700


def collect_rarely() -> None:
    """For a process that has started: what is there now is never looked through again, what comes is so rarely.

    Decoding histories makes objects by the hundred; looking through them took a tenth of a decision's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OFTEN, 20, 50)


@contextmanager
def none_while_importing() -> Iterator[None]:
    """Modules and their tables stay as long as the process: looking through them while more come finds nothing, and
    takes a fifth of a start."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()
