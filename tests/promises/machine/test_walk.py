"""Whatever people do, in whatever order, with the vault dying in between: what comes out is right, and what was
acknowledged is there. See CONTRIBUTING for longer walks."""

from __future__ import annotations

import os
from pathlib import Path

from tests.promises.machine.crashing import POINTS
from tests.promises.machine.town import SavedTown
from tests.promises.machine.walking import walk

WALKS = int(os.environ.get("CONSENTRY_WALKS", "40"))
DICE = int(os.environ.get("CONSENTRY_DICE", "1"))
SHRINKS = "CONSENTRY_SHRINK" in os.environ
STEPS = 25


def test_whatever_comes_out_is_right_and_what_was_acknowledged_stays(saved_town: SavedTown, quick: Path) -> None:
    seen = walk(saved_town, quick, DICE, walks=WALKS, steps=STEPS, shrinks=SHRINKS)
    print(*sorted(f"{count:6} {what}" for what, count in seen.items()), sep="\n")
    assert {point for point in POINTS if seen[f"died {point}"]} == set(POINTS)
    assert seen["number out"] >= WALKS
