"""P4 and P2 of a long log, whose start does not read every entry: nothing opens that rests on what was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import ConsentryError, IntegrityError
from registry.model.times import SECOND
from registry.vault.log import startup
from tests import vault_engine
from tests.promises.rewriting import CLUMSY
from tests.promises.saved import Ready
from tests.world import Person, World


@pytest.fixture
def withdrawn(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> tuple[World, Person, int]:
    """A world with its state kept behind a withdrawal, and the withdrawal's place."""
    monkeypatch.setattr(startup, "WHOLE", 10)
    world, person = ready.world, ready.people[0]
    world.clock.at += SECOND
    place = world.vault.desk.log.size
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    world.feeds()
    world.vault.desk.log.keep_state(0)
    return world, person, place


def edit(folder: Path, name: str, place: int) -> None:
    for statement in CLUMSY[name].format(w=place).split(";"):
        words = (b'"through":"lender"', b'"through":"portal"') if "?" in statement else ()
        assert vault_engine.edit(folder, statement, *words) > 0


@pytest.mark.parametrize("name", CLUMSY)
def test_a_changed_log_opens_nothing_and_ends_its_vault(withdrawn: tuple[World, Person, int], name: str) -> None:
    world, person, place = withdrawn
    world.vault.close()
    edit(world.folder / "vault", name, place)
    try:
        world.reopen()
    except IntegrityError:
        return
    try:
        assert world.lookup(person)["verdict"] == "deny"
        world.vault.tend(lambda: False)
        pytest.fail("nobody noticed")
    except IntegrityError:
        with pytest.raises(ConsentryError):
            world.lookup(person)
    with pytest.raises(IntegrityError):
        world.reopen()


def test_an_honest_long_log_denies_whom_it_must_and_goes_on(withdrawn: tuple[World, Person, int]) -> None:
    world, person, _ = withdrawn
    world.reopen()
    assert world.vault.desk.log.percent_checked == 0
    assert world.lookup(person)["verdict"] == "deny"
    world.vault.tend(lambda: False)
    assert world.vault.desk.log.percent_checked == 100


def test_whoever_finds_a_difference_ends_every_answer(withdrawn: tuple[World, Person, int]) -> None:
    world, person, _ = withdrawn
    world.reopen()

    def differs() -> bool:
        raise IntegrityError("found while somebody was read ahead")

    with pytest.raises(IntegrityError, match="read ahead"):
        world.vault.tend(differs)
    with pytest.raises(IntegrityError, match="earlier error"):
        world.lookup(person)
