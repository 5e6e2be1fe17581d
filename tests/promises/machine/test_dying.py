"""The vault dies at every point of every kind of work: nothing came out, and what is asked again happens once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.promises.machine.crashing import POINTS
from tests.promises.machine.deciding import WAYS
from tests.promises.machine.dying import DEPOSITS, Dying
from tests.promises.machine.town import SavedTown
from tests.promises.machine.walking import machine_of

KINDS_OF_LOOKUPS = [way for place, way in enumerate(WAYS) if way not in WAYS[:place]]


@pytest.mark.parametrize("point", POINTS)
def test_it_dies_and_goes_on(saved_town: SavedTown, quick: Path, point: str) -> None:
    seen: Counter[str] = Counter()
    story = machine_of(saved_town, quick, seen)()
    assert isinstance(story, Dying)
    try:
        for who, way in enumerate(KINDS_OF_LOOKUPS):
            story.dies_of_a_lookup(who=who, point=point, way=way, again=True)
            story.everything_that_came_out_was_right()
        for who, nth in ((3, 1), (4, 2)):
            story.dies_of_a_race(who=who, point=point, nth=nth, name="the contact withdraws", lookup_first=True)
            story.everything_that_came_out_was_right()
        for what in DEPOSITS:
            story.dies_of_a_deposit(who=5, point=point, what=what)
            story.everything_that_came_out_was_right()
    finally:
        story.teardown()
    # `received` is reached once for each entry; the other points once for each commit, of which an overtaken
    # permit needs two.
    assert seen[f"died {point}"] == len(KINDS_OF_LOOKUPS) + 2 + len(DEPOSITS)
    assert seen["number out"] + seen["number out again"] >= 2
