"""P2: whatever restricts and was acknowledged before a number leaves always wins, in every order and round.

Each restriction meets two lookups with the same key (the second one is a repetition) in every order, cut into rounds
in every way: `L R|L` is lookup and restriction in one round, then the repetition in the next.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from registry.model.catalogue import KINDS
from registry.model.ids import new_id
from tests.promises.covered import number_left, permits
from tests.promises.processes import at_once, vault_process
from tests.promises.restricting import (
    ASKED_ANEW,
    FOR_ALL,
    HARMLESS,
    REPORTED_LATER,
    RESTRICTIONS,
    Make,
    needs_a_permit,
)
from tests.promises.saved import Ready, Saved
from tests.world import Person, World

ORDERS = ("RLL", "LRL", "LLR")
SCENES = [
    first + ("|" if early else " ") + second + ("|" if late else " ") + third
    for (first, second, third) in ORDERS for early, late in itertools.product((False, True), repeat=2)
] + ["L|L|R|L", "L|L R|L"]  # between two repetitions


@pytest.fixture
def scenes(crowd: Saved, tmp_path: Path) -> Iterator[Callable[[str], Iterator[tuple[str, World, Person]]]]:
    """Every scene with a person of its own; a world of its own too where a restriction concerns everybody."""
    opened: list[Ready] = []

    def people(name: str) -> Iterator[tuple[str, World, Person]]:
        for number, scene in enumerate(SCENES):
            if name in FOR_ALL or not opened:
                opened.append(crowd.restore(tmp_path / str(number)))
            yield scene, opened[-1].world, opened[-1].people[number]

    yield people
    for one in opened:
        one.world.vault.close()


def foretell(world: World) -> str:
    """The id that the next lookup will have: its outcome can then be reported in the same round."""
    drawn = [os.urandom(16)]
    foretold = drawn[0].hex()
    world.vault.desk.random = lambda size: drawn.pop() if drawn and size == 16 else os.urandom(size)
    return foretold


def play(world: World, person: Person, scene: str, make: Make) -> tuple[list[bool], list[bool]]:
    """For each lookup of the scene, in order: whether the number left, and whether it was not restricted by then."""
    world.alive()
    world.vault.tend(lambda: False)  # what is read ahead of a lookup must not hide what restricts it
    asked = world.asked(person, key=new_id(os.urandom), agent=f"agent-{person.account[:8]}")
    restriction = make(world, person, foretell(world))
    left, free = [], []
    restricted = False
    for acts in scene.split("|"):
        outcomes = world.vault.round([restriction if act == "R" else ("lookup", asked) for act in acts.split()])
        restricted = restricted or "R" in acts
        for act, result in zip(acts.split(), outcomes, strict=True):
            assert isinstance(result, dict), (scene, act, result)
            if act == "L":
                left.append(number_left(result))
                free.append(not restricted)
                assert (result["verdict"] == "permit") == left[-1]
    return left, free


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_a_restriction_wins_in_every_order(
    name: str, scenes: Callable[[str], Iterator[tuple[str, World, Person]]]
) -> None:
    for scene, world, person in scenes(name):
        if needs_a_permit(name) and scene.startswith("R"):
            continue
        left, free = play(world, person, scene, RESTRICTIONS[name])
        assert left == free, scene
        refused = [one for one in world.entries("opening-refused/1") if one.body["borrower"] == person.borrower]
        # A permit that was never opened gives its use back; one that may have left does not.
        assert len(refused) == (len(permits(world, person)) if not any(left) else 0), scene


@pytest.mark.parametrize("name", HARMLESS)
def test_what_restricts_nothing_stops_nothing(ready: Ready, name: str) -> None:
    for person, scene in zip(ready.people, ("L|R|L", "L R|L", "L|L R"), strict=False):
        left, _ = play(ready.world, person, scene, HARMLESS[name])
        assert left == [True, True], scene


@pytest.mark.parametrize("name", ASKED_ANEW)
def test_a_permit_that_must_be_asked_anew_is_not_given_again(ready: Ready, name: str) -> None:
    world, person = ready.world, ready.people[0]
    assert number_left(world.lookup(person, key="the-same"))
    op, args = ASKED_ANEW[name](world, person, "")
    world.call(op, **args)
    assert not number_left(world.lookup(person, key="the-same"))


def test_restrictions_outlive_a_restart(crowd: Saved, tmp_path: Path) -> None:
    names = [name for name in RESTRICTIONS if name not in FOR_ALL and not name.startswith("the contact ")]
    for number in range(0, len(names), len(SCENES)):
        ready = crowd.restore(tmp_path / str(number))
        world, met = ready.world, list(zip(names[number:], ready.people, strict=False))
        world.alive()
        lookups = {}
        later = {name: RESTRICTIONS[name](world, person, "") for name, person in met if name in REPORTED_LATER}
        world.alive()
        for name, person in met:
            lookups[name] = world.lookup(person, key=person.account, agent=f"agent-{person.account[:8]}")
            assert number_left(lookups[name]), name
            world.vault.call(*(later.get(name) or RESTRICTIONS[name](world, person, lookups[name]["lookup"])))
        world.reopen()
        for name, person in met:
            again = world.lookup(person, key=person.account, agent=f"agent-{person.account[:8]}")
            assert (again["lookup"], number_left(again)) == (lookups[name]["lookup"], False), name
        world.vault.close()


RACING = [name for name in RESTRICTIONS if name not in FOR_ALL and not needs_a_permit(name) and "texts" not in name]


@pytest.mark.parametrize("part", range(3))
def test_a_race_over_real_sockets_has_one_order_and_the_restriction_wins_in_it(
    crowd: Saved, tmp_path: Path, part: int
) -> None:
    ready = crowd.restore(tmp_path / "data")
    world, met = ready.world, list(zip(RACING[part::3], ready.people, strict=False))
    world.alive()
    asked = [world.asked(person, key=person.account, agent=f"agent-{person.account[:8]}") for _, person in met]
    restrictions = [RESTRICTIONS[name](world, person, "") for name, person in met]
    with vault_process(world) as running:
        call = running.client.call
        results = at_once([partial(call, "lookup", args) for args in asked]
                          + [partial(call, op, args) for op, args in restrictions])
        running.alive()
        for args in asked:
            assert not number_left(call("lookup", args)), "acknowledged, and yet it left again"
    for (name, _), looked, restricted in zip(met, results, results[len(met):], strict=False):
        assert not number_left(looked) or looked["log_index"] < restricted["log_index"], name


def test_every_kind_that_restricts_is_among_them(crowd: Saved, tmp_path: Path) -> None:
    ready = crowd.restore(tmp_path / "world")
    world = ready.world
    later = [RESTRICTIONS[name](world, one, "") for name, one in zip(REPORTED_LATER, ready.people, strict=False)]
    lookups = [world.lookup(one, agent=f"agent-{one.account[:8]}")["lookup"] for one in ready.people]
    size = world.vault.desk.log.size
    for op, args in later:
        world.call(op, **args)
    others = [name for name in RESTRICTIONS if name not in REPORTED_LATER]
    for number, name in enumerate(sorted(others, key=lambda one: one in FOR_ALL)):
        place = number % len(lookups)
        world.alive()
        op, args = RESTRICTIONS[name](world, ready.people[place], lookups[place])
        world.call(op, **args)
    for make in ASKED_ANEW.values():
        op, args = make(world, ready.people[0], lookups[0])
        world.call(op, **args)
    made = {one.kind for one in world.entries() if one.index >= size}
    assert made >= {name for name, kind in KINDS.items() if kind.restricting}
    assert len(RESTRICTIONS) * len(SCENES) > 200
