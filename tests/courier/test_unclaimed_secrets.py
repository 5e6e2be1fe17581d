"""A provider's secret that no officer signed for is forgotten; one that an entry pins stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.courier.unclaimed import EVERY, GAP, KEPT
from registry.model.times import DAY, HOUR, MINUTE
from tests.courier.world import PROVIDER, SALT, SECRET, World

DRAWN_UP = "5" * 32


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def held(world: World) -> set[str]:
    with world.store.begin() as db:
        return {row.provider for row in db.exec_driver_sql("SELECT provider FROM secrets")}


def follow(world: World) -> None:
    while world.courier.follow():
        pass


def lives(world: World, milliseconds: int) -> None:
    """A courier that is awake follows all the while."""
    for _ in range(milliseconds // MINUTE):
        world.clock.pass_(MINUTE)
        follow(world)


def test_the_secret_of_a_draft_that_nobody_signed_is_forgotten_and_no_file_has_it(world: World) -> None:
    world.courier.keep_secret(DRAWN_UP, SECRET, SALT)
    follow(world)
    lives(world, KEPT - MINUTE)
    assert held(world) == {DRAWN_UP}
    lives(world, MINUTE)
    assert held(world) == set()
    world.store.close()
    assert not any(SECRET.encode() in path.read_bytes() for path in (world.folder / "courier").iterdir())


@pytest.mark.parametrize("under", [PROVIDER, "neutral-voice"])
def test_one_that_an_entry_pins_stays_whether_it_was_brought_by_id_or_name(world: World, under: str) -> None:
    world.register_provider(secret=None)
    world.courier.keep_secret(under, SECRET, SALT)
    follow(world)
    lives(world, KEPT + EVERY)
    assert held(world) == {under}
    assert world.post(world.event()) == "recorded"


def test_one_that_is_signed_for_at_the_last_moment_is_used(world: World) -> None:
    world.courier.keep_secret(PROVIDER, SECRET, SALT)
    follow(world)
    lives(world, KEPT - EVERY)
    world.clock.pass_(2 * EVERY)
    world.register_provider(secret=None)
    follow(world)
    assert world.post(world.event()) == "recorded"


def test_one_brought_again_with_another_salt_has_its_time_anew(world: World) -> None:
    world.courier.keep_secret(DRAWN_UP, SECRET, SALT)
    follow(world)
    lives(world, KEPT - MINUTE)
    world.courier.keep_secret(DRAWN_UP, SECRET, bytes(32))
    follow(world)
    lives(world, MINUTE)
    assert held(world) == {DRAWN_UP}


def test_one_brought_again_as_it_was_has_its_time_anew(world: World) -> None:
    """A page's form that is sent again once its draft's hour is over makes the same draft anew."""
    world.courier.keep_secret(PROVIDER, SECRET, SALT)
    follow(world)
    lives(world, KEPT - MINUTE)
    world.courier.keep_secret(PROVIDER, SECRET, SALT)
    follow(world)
    lives(world, HOUR)
    world.register_provider(secret=None)
    follow(world)
    assert world.post(world.event()) == "recorded"


@pytest.mark.parametrize("jump", [-30 * DAY, GAP + 1, KEPT, 30 * DAY])
def test_a_clock_that_is_set_meanwhile_forgets_none(world: World, jump: int) -> None:
    """A machine that began without the right time, or slept."""
    world.courier.keep_secret(DRAWN_UP, SECRET, SALT)
    follow(world)
    lives(world, MINUTE)
    world.clock.real += jump
    follow(world)
    lives(world, KEPT - MINUTE)
    assert held(world) == {DRAWN_UP}
    lives(world, MINUTE)
    assert held(world) == set()
