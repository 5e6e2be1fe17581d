"""What was reported of whoever answers on a line outlasts the contact; listing anew launders nothing."""

from __future__ import annotations

import os

import pytest

from registry.model.ids import new_id
from registry.model.times import DAY
from tests.vault.test_brokered_calls import approved, ask, bind, record
from tests.vault.test_erasing import chore, erase, known, line_of
from tests.world import Person, World


def report(world: World, person: Person, says: str) -> str:
    ident = new_id(os.urandom)
    world.append("contact-reported/1", {**about(world, person), "report": ident, "says": says}, world.lender, ident)
    return ident


def about(world: World, person: Person) -> dict[str, str]:
    return {"contact": person.contact, "borrower": person.borrower, "line": line_of(world, person.contact)}


@pytest.mark.parametrize("says", ["minor", "wrong-person", "deceased", "incapacitated"])
def test_a_line_with_a_report_on_it_is_kept_and_the_report_holds_for_whoever_is_listed_there(
    world: World, says: str,
) -> None:
    person = world.borrower()
    report(world, person, says)
    erase(world, person, "contact")
    world.clock.at += 401 * DAY
    chore(world)
    again = world.contact(person, person.contact_number, rank=2)
    assert line_of(world, again) == line_of(world, person.contact)


def test_when_an_officer_lifts_the_report_nothing_speaks_for_the_line_any_more(world: World) -> None:
    person = world.borrower()
    ident = report(world, person, "minor")
    erase(world, person, "contact")
    assert known(world, person.contact_number)
    world.sign("contact-report-lifted/1", {**about(world, person), "report": ident, "note": "0" * 64})
    world.clock.at += DAY
    chore(world)
    assert not known(world, person.contact_number)


@pytest.mark.parametrize("stop", [True, False])
def test_stop_on_a_call_keeps_the_line_for_ever(world: World, stop: bool) -> None:
    person = approved(world)
    lookup = ask(world, person)["lookup"]
    bind(world, lookup)
    record(world, lookup, stop=stop)
    erase(world, person, "contact")
    for _ in range(2):
        world.clock.at += 401 * DAY
        chore(world)
    assert known(world, person.contact_number) is stop
