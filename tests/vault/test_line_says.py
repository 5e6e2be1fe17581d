"""What was said on a contact's line stops the messages that nobody there asked for, whoever's contact is meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import ConflictError
from registry.model.ids import new_id
from registry.model.times import stamp
from tests.world import Person, World

REPORTS = ("minor", "wrong-person", "deceased", "incapacitated")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.vault.close()


def reported(world: World, person: Person, says: str) -> str:
    ident, line = new_id(os.urandom), world.entry(person.contact).body["line"]
    world.append("contact-reported/1", {
        "report": ident, "contact": person.contact, "borrower": person.borrower, "line": line, "says": says,
    }, world.lender, ident)
    return ident


def sent_to(world: World, number: str) -> list[str]:
    world.deliver()
    return [one["template"] for one in world.outbox if one["to"] == number]


def invite(world: World, person: Person) -> dict[str, object]:
    return world.call("consent", **world.terms(person, "contact"))


@pytest.mark.parametrize("says", REPORTS)
def test_nobody_is_invited_on_a_line_reported_of_somebody_elses_contact_and_its_lender_sees_no_difference(
    world: World, says: str,
) -> None:
    one, usual = world.borrower(), world.borrower()
    reported(world, one, says)
    two = world.borrower(contact_number=one.contact_number)
    world.outbox.clear()
    told, other = invite(world, two), invite(world, usual)
    assert set(told) == set(other)
    assert told["state"] == other["state"] == "pending-code"
    assert sent_to(world, one.contact_number) == []
    assert sent_to(world, usual.contact_number) == ["contact-listed", "contact-invitation"]


@pytest.mark.parametrize("says", REPORTS)
def test_a_lender_is_told_not_to_ask_a_contact_reported_of_its_own_borrower(world: World, says: str) -> None:
    person = world.borrower()
    world.deliver()
    reported(world, person, says)
    size = world.vault.desk.log.size
    with pytest.raises(ConflictError) as refused:
        invite(world, person)
    assert refused.value.code == "contact-not-asked"
    assert world.vault.desk.log.size == size


@pytest.mark.parametrize("says", ["minor", "number-dead"])
def test_what_an_agency_reported_after_a_call_stops_invitations_too(world: World, says: str) -> None:
    person = world.unreachable()
    world.call("outcome", by=world.agency.value(), lookup=world.lookup(person)["lookup"], outcome=says,
               agent="agent-07", at=stamp(world.clock.at))
    with pytest.raises(ConflictError) as refused:
        invite(world, person)
    assert refused.value.code == "contact-not-asked"
    two = world.borrower(contact_number=person.contact_number)
    world.outbox.clear()
    assert invite(world, two)["state"] == "pending-code"
    assert sent_to(world, person.contact_number) == ["use-contact"], "of a use that was, he is told all the same"


@pytest.mark.parametrize("says", REPORTS)
def test_an_invitation_that_waits_is_not_sent_to_who_was_reported_meanwhile(world: World, says: str) -> None:
    person = world.borrower()
    world.deliver()
    invite(world, person)
    reported(world, person, says)
    world.outbox.clear()
    assert sent_to(world, person.contact_number) == []


def test_a_line_whose_report_an_officer_lifted_is_written_to_again(world: World) -> None:
    person = world.borrower()
    world.deliver()
    report = reported(world, person, "minor")
    named = world.vault.call("contact-report", {"report": report})["named"]
    world.sign("contact-report-lifted/1", {**named, "note": "0" * 64})
    world.outbox.clear()
    assert invite(world, person)["state"] == "pending-code"
    assert sent_to(world, person.contact_number) == ["contact-invitation"]
