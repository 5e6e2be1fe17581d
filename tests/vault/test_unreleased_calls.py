"""A provider reports a call to a contact's line: an alarm, unless the number had been given."""

from __future__ import annotations

import os
from typing import Any

import pytest

from registry.model.entries import Entry
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, MINUTE, SECOND, stamp
from registry.shipped import shipped_outcomes
from tests.vault import test_brokered_calls as brokered
from tests.world import NO_ANSWER, Person, World


def call(world: World, line: str | None, **changes: Any) -> Entry:
    """A provider's report of a call to a line that is no borrower's channel, begun half a minute ago."""
    world.seq += 1
    table = shipped_outcomes()
    body = {
        "provider": world.provider, "attempt": new_id(os.urandom), "seq": world.seq, "grade": "B", "medium": "voice",
        "direction": "outbound", "cause": dict(NO_ANSWER), "class": table.classify(NO_ANSWER, 30), "ring_seconds": 30,
        "table": table.value(), "began_at": stamp(world.clock.at - 30 * SECOND), "signed_at": stamp(world.clock.at),
        "line": line, **changes,
    }
    world.vouch("attempt-recorded/2", {name: one for name, one in body.items() if one is not None})
    return world.entries("attempt-recorded/2")[-1]


def alarms(world: World) -> list[dict[str, Any]]:
    return [dict(one.body) for one in world.entries("alarm-raised/3")
            if one.body["alarm"] == "unreleased-contact-call"]


def contacts_line(world: World, person: Person) -> str:
    line: str = world.match(person.contact_number)["line"]
    return line


@pytest.fixture
def listed(world: World) -> Person:
    world.at(-40)
    person = world.borrower()
    world.account(person)
    return person


def test_a_call_to_a_contact_that_nobody_was_given_is_an_alarm_against_the_agency(
    world: World, listed: Person,
) -> None:
    line = contacts_line(world, listed)
    made = call(world, line)
    assert alarms(world) == [{
        "alarm": "unreleased-contact-call", "about": line, "provider": world.provider, "agency": world.agency.id,
    }]
    assert world.entries("alarm-raised/3")[-1].index == made.index + 1


def test_it_is_told_once_while_it_is_open(world: World, listed: Person) -> None:
    line = contacts_line(world, listed)
    for _ in range(3):
        call(world, line)
    assert len(alarms(world)) == 1
    world.sign("alarm-closed/1", {"alarm": world.entries("alarm-raised/3")[-1].id})
    call(world, line)
    assert len(alarms(world)) == 2


def test_where_several_agencies_might_have_called_none_is_named(world: World, listed: Person) -> None:
    world.account(listed, agency=world.rival)
    call(world, contacts_line(world, listed))
    assert [set(one) for one in alarms(world)] == [{"alarm", "about", "provider"}]


def test_what_is_no_call_to_a_contact_raises_nothing(world: World, listed: Person) -> None:
    call(world, None, began_at=None)
    call(world, contacts_line(world, listed), direction="inbound",
         **{"class": shipped_outcomes().classify(NO_ANSWER, 30, "inbound")})
    world.attempt(listed, cause=NO_ANSWER, ring_seconds=30)
    other = world.borrower(contact_number=listed.number)
    world.account(other)
    world.attempt(listed, cause=NO_ANSWER, ring_seconds=30, began_at=world.clock.at)
    assert alarms(world) == []


def test_the_call_that_a_permit_is_for_raises_nothing_until_its_outcome_is_told(world: World) -> None:
    person = world.unreachable()
    line = contacts_line(world, person)
    answer = world.lookup(person)
    assert answer["verdict"] == "permit"
    world.clock.at += 10 * MINUTE
    call(world, line)
    assert alarms(world) == []
    world.call("outcome", by=world.agency.value(), lookup=answer["lookup"], outcome="will-relay",
               at=stamp(world.clock.at), agent="A-1")
    call(world, line)
    assert alarms(world) == []      # it began before
    world.clock.at += MINUTE
    call(world, line)
    assert len(alarms(world)) == 1


def agencys_account(world: World, agency: str) -> str:
    """A provider account of an agency's own."""
    ident = new_id(os.urandom)
    world.sign("provider-registered/1", {
        "provider": ident, "name": f"pbx-{ident[:4]}", "adapter": "neutral", "grade": "B", "owner": "agency",
        "owner_party": agency, "secret_commitment": "0" * 64,
    }, ident=ident)
    return ident


def test_a_permit_excuses_no_agency_but_the_one_that_was_given_the_number(world: World) -> None:
    person = world.unreachable()
    line = contacts_line(world, person)
    assert world.lookup(person)["verdict"] == "permit"
    world.clock.at += 10 * MINUTE
    call(world, line, provider=agencys_account(world, world.agency.id), seq=1)
    assert alarms(world) == []
    call(world, line, provider=agencys_account(world, world.rival.id), seq=1)
    assert [one["agency"] for one in alarms(world)] == [world.rival.id]


def test_a_relayed_message_releases_no_number_that_might_be_called(world: World) -> None:
    person = world.unreachable(approve=False)
    asked = {"mode": "message", "purpose": "relay-message"}
    world.sign("approval-given/1", {"approval": world.lookup(person, **asked)["approval"],
                                    "borrower": person.borrower})
    assert world.lookup(person, **asked)["verdict"] == "permit"
    world.clock.at += 10 * MINUTE
    call(world, contacts_line(world, person))
    assert len(alarms(world)) == 1


def test_a_brokered_call_excuses_the_bridge_alone_and_only_while_it_connects(world: World) -> None:
    person = brokered.approved(world)
    line = contacts_line(world, person)
    lookup = brokered.ask(world, person)["lookup"]
    world.clock.at += MINUTE
    queued = call(world, line)
    assert [one["about"] for one in alarms(world)] == [line]
    world.sign("alarm-closed/1", {"alarm": world.entries("alarm-raised/3")[-1].id})
    brokered.bind(world, lookup)
    world.clock.at += MINUTE
    assert call(world, line).index > queued.index
    assert len(alarms(world)) == 1
    call(world, line, provider=agencys_account(world, world.agency.id), seq=1)
    assert [one.get("agency") for one in alarms(world)][1:] == [world.agency.id]
    world.sign("alarm-closed/1", {"alarm": world.entries("alarm-raised/3")[-1].id})
    world.vouch("call-unbound/1", {**brokered.ids(world, lookup), "why": "used"})
    world.clock.at += MINUTE
    call(world, line)
    assert len(alarms(world)) == 3


def test_a_call_before_the_permit_and_one_after_its_outcome_was_due_are_alarms(world: World) -> None:
    person = world.unreachable()
    line = contacts_line(world, person)
    world.clock.at += HOUR
    world.feeds()
    world.lookup(person)
    call(world, line, began_at=stamp(world.clock.at - 10 * MINUTE))
    assert len(alarms(world)) == 1
    world.sign("alarm-closed/1", {"alarm": [one for one in world.entries("alarm-raised/3")
                                            if one.body["alarm"] == "unreleased-contact-call"][-1].id})
    world.clock.at += 2 * DAY - SECOND
    call(world, line)
    assert len(alarms(world)) == 1
    world.clock.at += MINUTE
    call(world, line)
    assert len(alarms(world)) == 2


def test_it_takes_nothing_from_a_permit_and_is_no_sign_of_the_borrowers_life(world: World) -> None:
    person = world.unreachable()
    first = world.lookup(person, key="one")
    call(world, contacts_line(world, person), cause={"status": "answered-person"}, ring_seconds=None,
         **{"class": "reached-person"})
    again = world.lookup(person, key="one")
    assert (first["verdict"], again["verdict"]) == ("permit", "permit")
