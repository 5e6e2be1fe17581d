"""How much chance is tried: a part of it whenever the suite runs, all of it before a change lands.

`CONSENTRY_DEEP=1`, as in a step of `.ci/run`: everywhere at least what is said in the tests.
"""

from __future__ import annotations

import os

DEEP = os.environ.get("CONSENTRY_DEEP", "0") not in {"", "0"}
SHARE = 3  # one example of so many is tried otherwise
LEAST = 15
USUAL = 100  # of a property that names no number


def examples(number: int) -> int:
    """How many of a property's examples this run tries."""
    return number if DEEP else min(number, max(LEAST, number // SHARE))
