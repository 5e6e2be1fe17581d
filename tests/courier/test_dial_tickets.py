"""An event that repeats a dial check's ticket, and one that went to a contact, through courier and vault."""

from __future__ import annotations

import pytest

from registry.model.times import HOUR, MINUTE, stamp
from tests.courier.post import Post
from tests.world import Person


@pytest.fixture
def person(post: Post) -> Person:
    """A borrower with an account and a contact, at ten in the morning."""
    made = post.world.borrower()
    post.world.at(-60)
    post.world.account(made)
    return made


def test_the_event_repeats_the_ticket_and_the_entry_names_its_check(post: Post, person: Person) -> None:
    world = post.world
    answer = world.may_dial(person)
    began = world.clock.now() + MINUTE
    world.clock.at += HOUR
    post.report(person, ticket=answer["ticket"], began_at=stamp(began), account=None)
    [body] = post.entries("attempt-recorded/2")
    assert (body["ticket"], body["account"], body["agency"]) == (answer["check"], person.account, world.agency.id)


def test_a_ticket_that_is_none_loses_nothing_but_itself(post: Post, person: Person) -> None:
    post.report(person, ticket="not.a.ticket", account=None)
    [body] = post.entries("attempt-recorded/2")
    assert (body["borrower"], "ticket" in body) == (person.borrower, False)


def test_a_call_to_a_contact_keeps_its_line_and_raises_the_alarm(post: Post, person: Person) -> None:
    post.report(person, to=person.contact_number)
    [body] = post.entries("attempt-recorded/2")
    assert "borrower" not in body
    assert [one["about"] for one in post.entries("alarm-raised/3")] == [body["line"]]


def test_however_late_such_a_call_is_reported_the_alarm_is_raised(post: Post, person: Person) -> None:
    post.report(person, age=30 * HOUR, to=person.contact_number)
    [body] = post.entries("attempt-recorded/2")
    assert "began_at" not in body
    assert [one["alarm"] for one in post.entries("alarm-raised/3")] == ["unreleased-contact-call"]
