"""Whatever people do, in whatever order, with the vault dying in between: what comes out is right, and what was
acknowledged is there. See CONTRIBUTING for longer walks."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from tests.deep import DEEP
from tests.promises.machine.crashing import POINTS
from tests.promises.machine.town import SavedTown
from tests.promises.machine.walking import walk

WALKS = int(os.environ.get("CONSENTRY_WALKS", "40" if DEEP else "12"))
DICE = int(os.environ.get("CONSENTRY_DICE", "1"))
SHRINKS = "CONSENTRY_SHRINK" in os.environ
STEPS = 25
# How often in a walk, or else it walks where nothing can happen. Ids are random, so no two runs are the same: a third
# of what is usual.
LEAST = {"number out": 0.7, "number out again": 0.15, "permit contact message": 0.05, "permit borrower number": 0.1,
         "deny contact number": 5, "sent use-contact": 0.4}
# What forty walks see dozens of times; `test_breaks` has every reason, one by one.
MUST_BE_SEEN = (
    "approval-missing", "notice-missing", "attempts-too-few", "channels-incomplete", "feed-stale", "outcome-overdue",
    "attempts-stale",
)


def test_whatever_comes_out_is_right_and_what_was_acknowledged_stays(saved_town: SavedTown, quick: Path) -> None:
    seen = walk(saved_town, quick, DICE, walks=WALKS, steps=STEPS, shrinks=SHRINKS)
    print(*sorted(f"{count:6} {what}" for what, count in seen.items()), sep="\n")
    if DICE == 1 and WALKS >= 40:
        walked_everywhere(seen)


def walked_everywhere(seen: Counter[str]) -> None:
    """Asked of the forty walks of `.ci/run`: fewer, or other dice, may leave out a reason that few acts lead to."""
    reasons = {what for what in seen if what.startswith("reason ")}
    assert reasons >= {f"reason {one}" for one in MUST_BE_SEEN}
    assert len(reasons) >= 24
    assert len({point for point in POINTS if seen[f"died {point}"]}) >= 3
    for what, least in LEAST.items():
        assert seen[what] >= least * WALKS, what
