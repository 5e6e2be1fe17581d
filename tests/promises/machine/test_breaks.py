"""All is right but for one thing: the vault refuses and says why; with that thing right too, the number comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.promises.machine.breaks import AFTERWARDS, BREAKS, ENDS, FINE, FLAWS
from tests.promises.machine.cures import Case, presses
from tests.promises.machine.town import SavedTown, Town
from tests.promises.machine.watch import Watch
from tests.world import Person

Players = tuple[Town, Watch, Person]


@pytest.fixture
def players(saved_town: SavedTown, quick: Path) -> Iterator[Players]:
    """A town of its own, and somebody in it for whom everything is right."""
    with TemporaryDirectory(dir=quick) as folder:
        town, watch, people = saved_town.restore(Path(folder) / "town", Counter())
        presses(Case(town, people[1]), until=("approval-missing",))
        town.approve(people[0])
        yield town, watch, people[0]
        watch.check()
        watch.check_end()
        town.vault.close()


@pytest.mark.parametrize("name", [*BREAKS, *ENDS])
def test_one_thing_is_wrong(players: Players, name: str) -> None:
    town, watch, person = players
    happen, reason = {**BREAKS, **ENDS}[name]
    happen(town, person)
    answer = town.lookup(person)
    assert answer["verdict"] == "deny"
    assert reason in town.codes(answer)
    watch.check()


@pytest.mark.parametrize("name", AFTERWARDS)
def test_a_number_leaves_and_no_other_follows(players: Players, name: str) -> None:
    town, watch, person = players
    happen, reason = AFTERWARDS[name]
    assert town.lookup(person)["verdict"] == "permit"
    happen(town, person)
    town.feeds()
    assert reason in town.codes(town.lookup(person))
    watch.check()


@pytest.mark.parametrize("name", [*FLAWS, *FINE])
def test_an_effort_that_is_or_is_not_enough(players: Players, name: str) -> None:
    town, watch, person = players
    flaw = {**FLAWS, **FINE}[name]
    BREAKS["a login"][0](town, person)
    case = Case(town, person, flaw.plan, flaw.notice)
    codes = presses(case, until=("attempt-sequence-gap",))
    watch.check()
    if flaw.reason:
        assert flaw.reason in codes
    else:
        assert codes == []
        assert watch.seen["number out"] == 1
