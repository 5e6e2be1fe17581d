"""Attempts against the law: the web tier counts what the vault raised, the report judges anew; both say the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from registry.audit.counting import counted
from registry.model.times import DAY, HOUR, date_of
from registry.reporting.numbers import Period
from registry.store import schema
from registry.store.database import open_engine
from registry.store.store import Store
from registry.usecases.writing import entry_of
from tests.databases import at
from tests.world import ANSWERED, NO_ANSWER, Person, World


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two people dialled at all hours, too often, and once so late that a later dial became one too many."""
    world = World(tmp_path_factory.mktemp("same"))
    people = [world.borrower() for _ in range(2)]
    for person in people:
        world.account(person)
    for day, clock, who in (
        (-20, "10:00", 0), (-20, "22:30", 1), (-19, "03:00", 0), (-18, "09:00", 1), (-18, "10:00", 0),
        (-17, "09:00", 0), (-17, "10:00", 0), (-17, "11:00", 0), (-17, "12:00", 0), (-17, "13:00", 0),
        (-16, "07:59", 1),
    ):
        world.at(day, clock)
        world.attempt(people[who], cause=NO_ANSWER, ring_seconds=30)
    for clock in ("10:00", "11:00", "12:00"):
        world.at(-10, clock)
        world.attempt(people[1], cause=NO_ANSWER, ring_seconds=30)
    late(world, people[1])
    world.attempt(people[1], cause=ANSWERED)
    gone = people[0].borrower
    world.append("erasure-requested/1", {"subject": gone, "role": "borrower", "borrower": gone}, world.lender)
    world.at(-8, "10:00")
    return world


def late(world: World, person: Person) -> None:
    """A dial that began before the three that were logged ahead of it."""
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30, began_at=world.clock.at - 3 * HOUR)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = open_engine(at(tmp_path / "web.db"))
    schema.upgrade(made)
    return made


def test_every_day_has_the_same_numbers_in_both(lived: World, engine: Engine) -> None:
    store, entries = Store(engine), []
    while found := lived.vault.call("follow", {"after": len(entries), "limit": 500})["entries"]:
        entries += [entry_of(one) for one in found]
    store.project(entries, len(entries))
    log = lived.vault.desk.log
    leaves = [data for _, data in log.leaves(0, log.size)]
    attempts = [one for one in entries if one.kind == "attempt-recorded/2"]
    days = [date.fromisoformat(date_of(one.at // DAY)) for one in attempts]
    for over in (Period(days[0], days[-1]), *(Period(day, day) for day in sorted(set(days)))):
        judged = list(counted(leaves, over)[0].attempts or ())
        assert store.attempts_counted(over.since.isoformat(), over.until.isoformat()) == judged, over
    whole = store.attempts_counted(days[0].isoformat(), days[-1].isoformat())
    assert sum(count for *_, count in whole) == len(attempts)
    assert sum(count for _, _, unlawful, count in whole if unlawful) == len(
        [one for one in entries if one.body.get("alarm") == "attempt-unlawful"]) == 7


def test_a_late_report_makes_the_dial_unlawful_that_began_last(lived: World) -> None:
    """Three dials of that day were lawful; a fourth that began before them makes the last one too many."""
    attempts = list(lived.entries("attempt-recorded/2"))
    third, fourth = attempts[13], attempts[14]
    (alarm,) = [one for one in lived.entries("alarm-raised/3") if one.body["about"] == third.id]
    assert alarm.index == fourth.index + 1
    assert fourth.id not in {one.body["about"] for one in lived.entries("alarm-raised/3")}
