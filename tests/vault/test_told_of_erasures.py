"""Whoever was to be erased hears that an officer cancelled it: nobody goes on believing that he is gone."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import NotFoundError
from registry.model.entries import Actor, Entry
from tests.vault.people import seasoned
from tests.vault.test_erasing import ask, cancel
from tests.world import Person, World

BORROWER, CONTACT = "borrower-erasure-cancelled", "contact-erasure-cancelled"


@pytest.fixture
def person(world: World) -> Person:
    return seasoned(world)


def told(world: World) -> list[dict[str, Any]]:
    """What goes out now about erasures."""
    return [one for one in world.deliver() if one["template"] in (BORROWER, CONTACT)]


def cancelled(world: World, person: Person, role: str = "borrower") -> Entry:
    """The entry of an officer who cancels."""
    cancel(world, person, role)
    return world.entries("erasure-cancelled/1")[-1]


def wanted(world: World, asked_by: Entry) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.vault.call("deliveries", {"index": asked_by.index})["deliveries"]
    return found


def test_a_borrower_is_told_once_on_every_channel_that_carries_text_and_his_contacts_are_not(
    world: World, person: Person
) -> None:
    ask(world, person)
    assert told(world) == []
    entry = cancelled(world, person)
    said = told(world)
    assert sorted((one["template"], one["to"]) for one in said) == [
        (BORROWER, person.number), (BORROWER, person.mail)]
    assert {tuple(sorted(one["params"])) for one in said} == {("day", "given_name", "institution")}
    assert {(one.body["about"], one.body["channel"]) for one in world.entries("person-told/1")} == {
        (entry.id, person.channels["sms"]), (entry.id, person.channels["email"])}
    assert wanted(world, entry) == [], "who was told is not told again"


def test_a_contact_is_told_once_on_the_only_line_with_a_link_that_ends_it_for_ever(
    world: World, person: Person
) -> None:
    ask(world, person, "contact", Actor("contact", person.contact))
    entry = cancelled(world, person, "contact")
    (said,) = told(world)
    assert (said["template"], said["to"]) == (CONTACT, person.contact_number)
    assert [(one.body["about"], one.body["contact"]) for one in world.entries("person-told/1")] == [
        (entry.id, person.contact)]
    assert wanted(world, entry) == [], "who was told is not told again"
    assert world.call("answer", token=said["params"]["token"], answer="object")["act"] == "objected"
    assert told(world) == []


@pytest.mark.parametrize("role", ["borrower", "contact"])
def test_nobody_is_told_of_what_was_asked_for_again_before_the_message_left(
    world: World, person: Person, role: str
) -> None:
    ask(world, person, role)
    entry = cancelled(world, person, role)
    first, *_ = wanted(world, entry)
    ask(world, person, role)
    assert told(world) == []
    with pytest.raises(NotFoundError):
        world.vault.call("open-for-delivery", world.open_args(entry.index, first))


def test_who_objected_is_left_in_peace(world: World, person: Person) -> None:
    world.call("answer", token=person.token, answer="object")
    ask(world, person, "contact", Actor("contact", person.contact))
    cancel(world, person, "contact")
    assert told(world) == []


def test_the_courier_cannot_say_that_one_was_told_of_anothers_erasure(world: World, person: Person) -> None:
    other = world.borrower("+8613800001234")
    world.deliver(other)
    ask(world, person, "contact", Actor("contact", person.contact))
    cancel(world, person, "contact")
    told(world)
    (said,) = world.entries("person-told/1")
    for wrong in ({"contact": other.contact}, {"borrower": other.borrower}, {"about": person.contact}):
        with pytest.raises(NotFoundError):
            world.vouch("person-told/1", {**said.body, **wrong})
