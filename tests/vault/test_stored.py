"""What the web tier keeps and what the log says: where they differ, an alarm, and nothing of it is opened."""

from __future__ import annotations

import os
from typing import Any

import pytest

from registry.model.alarms import MOST_DIFFERING
from registry.model.entries import Actor, Entry
from registry.model.ids import new_id
from registry.model.times import HOUR
from registry.vault.relations import Relations
from tests.world import Person, World


def differing(world: World) -> list[str]:
    return [one.body["about"] for one in alarms(world)]


def alarms(world: World) -> list[Entry]:
    return [one for one in world.entries("alarm-raised/3") if one.body["alarm"] == "store-differs"]


def tell(world: World, **found: Any) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = world.call("keep-house", **found)["entries"]
    return done


@pytest.fixture
def person(world: World) -> Person:
    return world.unreachable()


def test_a_value_put_in_the_place_of_another_is_not_opened_and_raises_an_alarm(
    world: World, person: Person,
) -> None:
    world.blobs[person.contact, "number"] = world.blobs[world.borrower().contact, "number"]
    refused = world.lookup(person)
    assert refused["verdict"] == "deny"
    assert differing(world) == [person.contact]
    world.lookup(person)
    assert differing(world) == [person.contact], "it is open already"


def test_so_does_another_channel_of_the_borrowers_and_only_that_one(world: World, person: Person) -> None:
    mail, voice = person.channels["email"], person.channels["voice"]
    world.blobs[person.borrower, mail] = world.blobs[person.borrower, voice]
    world.lookup(person, about="borrower", purpose="contact-borrower")
    assert differing(world) == [mail]


def test_what_comes_along_as_registered_raises_none(world: World, person: Person) -> None:
    assert world.lookup(person)["verdict"] == "permit"
    assert differing(world) == []


def test_a_contact_that_a_permit_needs_and_that_does_not_come_along_is_no_silent_refusal(
    world: World, person: Person,
) -> None:
    """Rows that somebody added can keep it from coming along, and no row of its own need be another."""
    del world.blobs[person.contact, "number"]
    for _ in range(2):
        assert refused_by_us(world, person)
    assert differing(world) == [person.contact]


def test_nor_is_a_channel_but_one_that_was_added_within_the_hour_may_be_on_its_way(
    world: World, person: Person,
) -> None:
    made = world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="voice",
                      value="+8610000007777", use="personal")["channel"]
    del world.blobs[person.borrower, made], world.blobs[person.borrower, person.channels["voice"]]
    assert refused_by_us(world, person, about="borrower", purpose="contact-borrower")
    assert differing(world) == [person.channels["voice"]]
    world.clock.at += HOUR + 1
    world.feeds()
    assert refused_by_us(world, person, about="borrower", purpose="contact-borrower")
    assert differing(world) == [person.channels["voice"], made]


def test_what_no_permit_needs_raises_none_when_it_does_not_come_along(world: World) -> None:
    person = world.unreachable(approve=False)
    del world.blobs[person.contact, "number"]
    assert world.lookup(person)["verdict"] == "deny"
    assert differing(world) == []


def refused_by_us(world: World, person: Person, **changes: Any) -> bool:
    """Whether what a permit would open is refused for a fault that is the registry's own."""
    system = world.entry(world.lookup(person, **changes)["lookup"]).body["system"]
    return bool(system == ["internal"])


def test_what_the_web_tier_found_is_one_alarm_until_an_officer_closes_it(world: World) -> None:
    person = world.borrower()
    tell(world, changed=[person.contact, person.channels["sms"]])
    tell(world, changed=[person.contact])
    assert differing(world) == [person.contact, person.channels["sms"]]
    world.sign("alarm-closed/1", {"alarm": alarms(world)[0].id})
    assert tell(world) == [], "it was put right"
    tell(world, changed=[person.contact])
    assert differing(world)[2:] == [person.contact], "it was not"


def test_a_value_that_is_not_there_yet_may_be_on_its_way_for_an_hour(world: World) -> None:
    person = world.borrower()
    tell(world, absent=[person.contact])
    world.clock.at += HOUR
    tell(world, absent=[person.contact])
    assert differing(world) == []
    world.clock.at += 1
    tell(world, absent=[person.contact])
    assert differing(world) == [person.contact]


def test_of_whom_asked_to_be_erased_nothing_is_compared(world: World) -> None:
    person = world.borrower()
    world.append("erasure-requested/1", {
        "subject": person.contact, "role": "contact", "borrower": person.borrower}, Actor("contact", person.contact))
    tell(world, changed=[person.contact, person.borrower])
    assert differing(world) == [person.borrower]


def test_after_a_restore_of_something_else_only_so_many_alarms_are_open(world: World) -> None:
    person = world.borrower()
    everything = [person.borrower, person.contact, *person.channels.values()]
    for _ in range(MOST_DIFFERING // len(everything)):
        other = world.borrower()
        everything += [other.borrower, other.contact, *other.channels.values()]
    for one in everything:
        tell(world, changed=[one])
    assert differing(world) == everything[:MOST_DIFFERING]


def test_nor_are_more_opened_by_one_call_that_tells_of_all(world: World) -> None:
    people = [world.borrower() for _ in range(MOST_DIFFERING)]
    world.clock.at += HOUR + 1
    borrowers, contacts = [one.borrower for one in people], [one.contact for one in people]
    tell(world, changed=[borrowers[0]])
    tell(world, changed=borrowers, absent=contacts)
    assert differing(world) == borrowers


def test_where_there_is_no_room_for_another_alarm_no_history_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [world.borrower() for _ in range(MOST_DIFFERING + 1)]
    tell(world, changed=[one.borrower for one in people])

    def refuse(_: Relations, *ids: str) -> None:
        raise AssertionError(f"{ids} were read")

    monkeypatch.setattr(Relations, "history", refuse)
    tell(world, changed=[one.borrower for one in people])
    assert differing(world) == [one.borrower for one in people[:MOST_DIFFERING]]


def test_what_one_call_names_twice_is_one_alarm(world: World) -> None:
    person = world.borrower()
    world.clock.at += HOUR + 1
    tell(world, changed=[person.contact, person.contact], absent=[person.contact])
    assert differing(world) == [person.contact]


def test_an_id_that_registers_nothing_is_passed_over_and_the_chores_are_done(world: World) -> None:
    person = world.borrower()
    made = tell(world, changed=[new_id(os.urandom), str(world.agency.id), person.contact], inbox_ms=60_000)
    assert [one["entry"]["body"]["alarm"] for one in made] == ["inbox-waiting", "store-differs"]
    assert differing(world) == [person.contact]
