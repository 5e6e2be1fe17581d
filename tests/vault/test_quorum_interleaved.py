"""Permits, withdrawals and witnesses in any order: what was acknowledged before a number left, wins."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import ConsentryError
from registry.loop import Waiting
from registry.tlog.cosignature import verify_cosignatures
from registry.tlog.proof import parse_proof
from registry.vault.vault import Vault
from tests import vault_engine
from tests.deep import examples
from tests.quorum import MOODS, Quorum
from tests.world import Person, World

EXAMPLES = 40
STEPS = st.lists(st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 2)), st.tuples(st.just("again"), st.integers(0, 2)),
    st.tuples(st.just("withdraw"), st.integers(0, 2)), st.tuples(st.just("both"), st.integers(0, 2)),
    st.tuples(st.just("time"), st.sampled_from([0.02, 0.06, 0.3, 2.1])),
    st.tuples(st.sampled_from(MOODS), st.integers(0, 2)),
), min_size=3, max_size=12)


@dataclass
class Town:
    """What one example does, and what it was told."""

    world: World
    quorum: Quorum
    people: list[Person]
    withdrawn: dict[str, int] = field(default_factory=dict)  # borrower → the size when it was acknowledged
    waiting: dict[Waiting, str] = field(default_factory=dict)

    def begin(self, *requests: tuple[str, str, dict[str, Any]]) -> None:
        outcomes = self.world.vault.begin([(op, args) for op, _, args in requests])
        for (op, borrower, _), outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Waiting):
                self.waiting[outcome] = borrower
            elif op == "withdraw":
                assert isinstance(outcome, dict), "a withdrawal waits for nobody and is never refused"
                self.withdrawn.setdefault(borrower, self.world.vault.desk.log.signed)
            else:
                self.heard(borrower, outcome)

    def late(self) -> None:
        for waiting, outcome in self.world.vault.late():
            self.heard(self.waiting.pop(waiting), outcome)

    def heard(self, borrower: str, outcome: Any) -> None:
        if isinstance(outcome, ConsentryError):
            assert outcome.code == "witness-quorum"
        elif "release" in outcome:
            assert borrower not in self.withdrawn, "an acknowledged withdrawal wins over every number after it"
            checkpoint = parse_proof(outcome["proof"]).checkpoint
            assert len(verify_cosignatures(checkpoint, self.quorum.policy.verifiers)) >= 2

    def run(self, seconds: float) -> None:
        end = self.quorum.wire.now + seconds
        while self.quorum.wire.now < end:
            self.quorum.wire.wait(min(0.05, end - self.quorum.wire.now))
            self.late()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[Person]]:
    """Three people who may be asked for: making them takes long, so every example begins with a copy."""
    world = World(tmp_path_factory.mktemp("made"))
    people = world.unreachables(3)
    world.vault.close()
    return world, people


@contextmanager
def town_of(made: tuple[World, list[Person]], folder: Path) -> Iterator[Town]:
    world, people = copy.copy(made[0]), made[1]
    vault_engine.copy(made[0].folder / "vault", folder / "vault")
    world.folder = folder
    world.vault = Vault.open(folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    quorum = Quorum(world.vault.desk.keys.vkey, world.clock.wall)
    world.vault.meet(quorum.feeder(), quorum.text)
    world.alive()
    try:
        yield Town(world, quorum, people)
    finally:
        world.vault.close()


@settings(max_examples=examples(EXAMPLES), deadline=None)
@given(STEPS)
def test_whatever_is_acknowledged_while_a_permit_waits_wins_and_no_number_is_without_a_quorum(
    made: tuple[World, list[Person]], tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    with town_of(made, tmp_path_factory.mktemp("town")) as town:
        play(town, steps)


def play(town: Town, steps: list[tuple[str, float]]) -> None:
    mine = town.people
    keys = [f"key-{one.borrower}" for one in mine]
    for what, number in steps:
        person, key = mine[int(number) % 3], keys[int(number) % 3]
        ask = ("lookup", person.borrower, town.world.asked(person, key=key))
        withdraw = ("withdraw", person.borrower, {
            "by": town.world.lender.value(), "consent": person.consent, "through": "lender",
        })
        if what in ("ask", "again"):
            town.begin(ask)
        elif what == "withdraw":
            town.begin(withdraw)
        elif what == "both":
            town.begin(ask, withdraw)
        elif what == "time":
            town.run(number)
        else:
            town.quorum.witnesses[int(number)].mood = what
        town.late()
    town.run(3)
    assert not town.waiting, "every permit is answered in the end"
    town.quorum.all("well")
    town.run(65)
    assert town.world.vault.desk.log.published == town.world.vault.desk.log.signed
