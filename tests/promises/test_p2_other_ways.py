"""P2 for what is no number: a relayed message, and the borrower's own channels, against everything that restricts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConsentryError
from registry.model.entries import Actor
from tests.promises.covered import number_left
from tests.promises.restricting import FOR_ALL, OF_EVIDENCE, RESTRICTIONS, approved, needs_a_permit
from tests.promises.saved import Ready, Saved
from tests.world import Person, World

BORROWER = {"about": "borrower", "purpose": "contact-borrower"}
# Asked (A), restricted (R), and the moment at which it leaves (S): a message when the courier sends it, channels
# when they are asked for again.
SCENES = ("R|A|S", "R A|S", "A R|S", "A|R|S", "A|S|R|S")
Scenes = Callable[[str], Iterator[tuple[str, World, Person]]]
# What ends the borrower's own channels: his account, who has it, whoever may not have anything. Consents, signs of
# life, evidence and offers to call back are about third persons, or say that he may be called.
ENDS_OWN = (
    *(name for name in FOR_ALL if name != OF_EVIDENCE), "a hold",
    "a dispute of the debt by the borrower", "a recall", "an officer recalls",
    "the borrower is to be erased", "the account is paid", "the account is closed", "the claim has lapsed",
    "the account is assigned",
)
OF_A_MESSAGE = [name for name in RESTRICTIONS if not needs_a_permit(name) and "message" not in name]


@pytest.fixture
def scenes(saved: Saved, tmp_path: Path) -> Iterator[Scenes]:
    """Every scene with a person of its own; a world of its own too where a restriction concerns everybody."""
    opened: list[Ready] = []

    def people(name: str) -> Iterator[tuple[str, World, Person]]:
        for number, scene in enumerate(SCENES):
            if name in FOR_ALL or not opened:
                opened.append(saved.restore(tmp_path / str(number)))
            yield scene, opened[-1].world, opened[-1].people[number]

    yield people
    for one in opened:
        one.world.vault.close()


def rounds(world: World, scene: str, requests: dict[str, Any], leaves: Callable[[], bool]) -> list[tuple[bool, bool]]:
    """Plays a scene. For each S: whether something left, and whether nothing had been acknowledged against it."""
    found, restricted = [], False
    for acts in scene.split("|"):
        if acts == "S":
            found.append((leaves(), not restricted))
            continue
        world.alive()
        for result in world.vault.round([requests[act] for act in acts.split()]):
            assert isinstance(result, dict), (scene, acts, result)
        restricted = restricted or "R" in acts
    return found


@pytest.mark.parametrize("name", OF_A_MESSAGE)
def test_a_message_leaves_only_before_whatever_restricts(scenes: Scenes, name: str) -> None:
    for scene, world, person in scenes(name):
        refused = world.lookup(person, mode="message", agent="agent-0")
        world.sign("approval-given/1", {"approval": refused["approval"], "borrower": person.borrower})
        asked = world.asked(person, key=person.account, mode="message", agent=f"agent-{person.account[:8]}")
        restriction = RESTRICTIONS[name](world, person, "")
        world.deliver()

        def leaves(world: World = world) -> bool:
            return "relayed-message" in sent(world)

        played = rounds(world, scene, {"A": ("lookup", asked), "R": restriction}, leaves)
        first = played[0]
        assert first[0] == first[1], scene
        assert not any(left for left, _ in played[1:]), "it left twice"


def sent(world: World) -> list[str]:
    """The templates that leave now; a message that may not is refused, and the courier goes on."""
    found: list[str] = []
    while True:
        try:
            return found + [one["template"] for one in world.deliver()]
        except ConsentryError as error:
            if error.code != "message-withheld":
                raise


@pytest.mark.parametrize("name", ENDS_OWN)
def test_the_borrowers_channels_leave_only_before_whatever_ends_that(scenes: Scenes, name: str) -> None:
    for scene, world, person in scenes(name):
        asked = world.asked(person, key=person.account, agent=f"agent-{person.account[:8]}", **BORROWER)
        restriction = RESTRICTIONS[name](world, person, "")

        def leaves(world: World = world, asked: dict[str, Any] = asked) -> bool:
            world.alive()
            return number_left(world.vault.call("lookup", asked))

        for left, free in rounds(world, scene, {"A": ("lookup", asked), "R": restriction}, leaves):
            assert left == free, scene


def test_signs_of_life_leave_the_borrowers_channels_open(saved: Saved, tmp_path: Path) -> None:
    world = (ready := saved.restore(tmp_path / "world")).world
    person = ready.people[0]
    for name in ("a sign of life", "a callback offer", "the contact objects by the link"):
        op, args = RESTRICTIONS[name](world, person, "")
        world.call(op, **args)
        assert number_left(approved(world, person, **BORROWER)), name
    assert not number_left(world.lookup(person, by=Actor("agency", world.rival.id), **BORROWER))
    world.vault.close()
