"""Alarms: raised once while the same is open, from what the log knows already; closed by an officer's signature."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import pytest

from registry.errors import ConflictError, NotFoundError, UnauthorizedError
from registry.model.entries import Entry
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, SECOND
from registry.vault.alarming import raise_alarm
from registry.vault.clock import ClockWatch
from registry.vault.watching import MOST_OF_AN_AGENCY
from tests.world import NO_ANSWER, Person, World


def raised(world: World, alarm: str) -> list[Entry]:
    return [one for one in world.entries("alarm-raised/3") if one.body["alarm"] == alarm]


def house(world: World, **args: Any) -> list[str]:
    """The alarms that a look around raises."""
    return [one["entry"]["body"]["alarm"] for one in world.call("keep-house", **args)["entries"]
            if one["entry"]["kind"] == "alarm-raised/3"]


def close(world: World, alarm: Entry) -> None:
    world.sign("alarm-closed/1", {"alarm": alarm.id})


def raise_one(world: World, alarm: str, **members: Any) -> list[Entry]:
    desk = world.vault.desk
    with desk.log.operation() as at:
        found = raise_alarm(desk, at, alarm, **members)
    desk.log.commit()
    return found


# Once while it is open


def test_the_same_alarm_is_raised_again_only_after_it_was_closed(world: World) -> None:
    (alarm,) = raise_one(world, "witness-silent", witness="example.com/w1", count=3)
    assert raise_one(world, "witness-silent", witness="example.com/w1", count=4) == []
    assert len(raise_one(world, "witness-silent", witness="example.com/w2")) == 1
    close(world, alarm)
    assert len(raise_one(world, "witness-silent", witness="example.com/w1")) == 1


def test_an_alarm_stays_open_over_a_restart(world: World) -> None:
    raise_one(world, "store-differs")
    world.reopen()
    assert raise_one(world, "store-differs") == []
    assert world.vault.desk.ledger.alarms.any_open("store-differs")


def test_only_an_officers_signature_closes_an_alarm_and_only_once(world: World) -> None:
    (alarm,) = raise_one(world, "store-differs")
    with pytest.raises(UnauthorizedError):
        world.append("alarm-closed/1", {"alarm": alarm.id}, world.auditor)
    close(world, alarm)
    with pytest.raises(ConflictError) as caught:
        close(world, alarm)
    assert caught.value.code == "alarm-closed"
    with pytest.raises(NotFoundError):
        world.sign("alarm-closed/1", {"alarm": new_id(os.urandom)})
    with pytest.raises(NotFoundError):
        world.sign("alarm-closed/1", {"alarm": world.entries()[1].id})
    assert not world.vault.desk.ledger.alarms.any_open("store-differs")


# What decisions named


@pytest.fixture
def person(world: World) -> Person:
    return world.unreachable()


def test_an_agent_above_the_daily_number_is_one_alarm(world: World, person: Person) -> None:
    entry = world.entry(world.lookup(person)["lookup"])
    above = entry._replace(body={**entry.body, "verdict": "deny", "reasons": ["collector-alarm"]})
    for _ in range(2):
        world.vault.desk.ledger.fold(above)
    assert house(world) == ["releases-per-collector"]
    (alarm,) = raised(world, "releases-per-collector")
    assert (alarm.body["agency"], alarm.body["agent"]) == (entry.body["client"], entry.body["agent"])
    world.vault.desk.ledger.fold(above)
    assert house(world) == [], "it is open already"

def test_a_decision_that_found_reports_waiting_raises_an_alarm(world: World, person: Person) -> None:
    assert house(world) == []
    world.lookup(person, inbox_ms=6 * SECOND)
    assert house(world) == ["inbox-waiting"]
    world.lookup(person, inbox_ms=6 * SECOND)
    assert house(world) == [], "it is open already"


def test_the_web_tier_may_say_itself_that_a_report_waits(world: World) -> None:
    assert house(world, inbox_ms=5 * SECOND) == []
    assert house(world, inbox_ms=9 * SECOND) == ["inbox-waiting"]
    assert raised(world, "inbox-waiting")[0].body["count"] == 9 * SECOND


# A number of which nobody said what came of it


def test_a_number_without_an_outcome_is_one_alarm_after_two_days(world: World, person: Person) -> None:
    permit = world.lookup(person)
    world.clock.at += 48 * HOUR
    assert house(world) == []
    world.clock.at += 1
    assert house(world) == ["opening-without-outcome"]
    (alarm,) = raised(world, "opening-without-outcome")
    assert alarm.body == {"alarm": "opening-without-outcome", "about": permit["lookup"], "agency": world.agency.id}
    close(world, alarm)
    assert house(world) == [], "once a permit, also when it was closed"
    world.reopen()
    assert house(world) == []


def test_of_one_agency_only_so_many_missing_outcomes_are_told_of_at_a_time(world: World) -> None:
    permits = world.vault.desk.directory.open_permits.setdefault(str(world.agency.id), {})
    permits |= {new_id(os.urandom): world.clock.at for _ in range(MOST_OF_AN_AGENCY + 5)}
    world.clock.at += 3 * DAY
    assert len(house(world)) == MOST_OF_AN_AGENCY
    assert house(world) == []
    found = raised(world, "opening-without-outcome")
    assert [one.body["about"] for one in found] == list(permits)[:MOST_OF_AN_AGENCY], "the oldest first"
    close(world, found[-1])
    assert not world.vault.desk.ledger.alarms.any_open("opening-without-outcome"), "one act for all up to it"
    assert len(house(world)) == 5


# Attempts against the law


@pytest.fixture
def dialled(world: World) -> Person:
    person = world.borrower()
    world.account(person)
    world.at(-20)
    return person


def dial(world: World, person: Person, day: int, clock: str) -> Entry:
    world.at(day, clock)
    world.attempt(person, cause=NO_ANSWER, ring_seconds=30)
    return world.entries("attempt-recorded/2")[-1]


def test_an_attempt_against_the_law_is_an_alarm_in_the_same_round(world: World, dialled: Person) -> None:
    dial(world, dialled, -19, "10:00")
    night = dial(world, dialled, -18, "03:00")
    assert [one.body for one in raised(world, "attempt-unlawful")] == [
        {"alarm": "attempt-unlawful", "about": night.id, "agency": world.agency.id}]
    assert raised(world, "attempt-unlawful")[0].index == night.index + 1


def test_closing_it_closes_the_earlier_ones_of_that_agency_and_no_later_one(world: World, dialled: Person) -> None:
    for day in (-18, -17, -16):
        dial(world, dialled, day, "03:00")
    first, second, third = raised(world, "attempt-unlawful")
    close(world, second)
    alarms = world.vault.desk.ledger.alarms
    assert [alarms.waits(one.id) for one in (first, second, third)] == [False, False, True]


# Clocks


@dataclass
class Clocks:
    now_: int = 0
    wall_: int = 0
    steady_: int = 0

    def now(self) -> int:
        return self.now_

    def wall(self) -> int:
        return self.wall_

    def steady(self) -> int:
        return self.steady_


@pytest.mark.parametrize("jump", [3 * SECOND, -3 * SECOND])
def test_a_clock_that_is_set_is_seen_and_one_that_runs_is_not(jump: int) -> None:
    watch, clocks = ClockWatch(), Clocks()
    watch.look(clocks)
    for _ in range(3):
        clocks = replace(clocks, wall_=clocks.wall_ + HOUR, steady_=clocks.steady_ + HOUR)
        watch.look(clocks)
    assert watch.jumped == 0
    watch.look(replace(clocks, wall_=clocks.wall_ + jump))
    assert watch.jumped == 3 * SECOND
    watch.look(replace(clocks, wall_=clocks.wall_ + jump))
    assert watch.jumped == 3 * SECOND


def test_a_jump_seen_while_nothing_could_be_written_is_told_of_afterwards(world: World) -> None:
    world.vault.desk.watch.jumped = 7 * SECOND
    world.clock.at -= DAY
    with pytest.raises(Exception, match="clock"):
        house(world)
    world.clock.at += DAY
    assert house(world) == ["clock-jump"]
    assert raised(world, "clock-jump")[0].body["count"] == 7 * SECOND
    assert house(world) == []
