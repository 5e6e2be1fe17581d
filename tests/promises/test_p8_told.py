"""P8: the borrower was written to on every channel not proven dead, and had the grace period."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from registry.courier.outbox import FileOutbox, Message, Receipt
from registry.errors import UnavailableError
from registry.model.times import DAY, HOUR, SECOND
from tests.promises.office import Office
from tests.world import Person

GRACE = 7 * DAY
BOUNCED = {"status": "bounced-hard"}


class Picky(FileOutbox):
    """A transport that does not take some messages, and gives the receipts it is told to."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.folder / "outbox")
        self.refuses: Callable[[Message], bool] = lambda message: False
        self.receipt: Receipt | None = "delivered"

    def send(self, message: Message) -> Receipt | None:  # type: ignore[override]
        if self.refuses(message):
            raise UnavailableError("not just now", code="transport-unavailable")
        super().send(message)
        return self.receipt


def tried_enough(office: Office) -> tuple[Person, Picky]:
    """`tried` lacked four attempts: now none, on day 3 at 15:00, and nobody has been told of it."""
    person, outbox = office.tried, Picky(office)
    office.sends_by(outbox)
    for day in range(4):
        office.later(day, "14:00")
        office.dial(person)
    office.later(3, "15:00")
    return person, outbox


def asked_for(office: Office, person: Person) -> int:
    """A notice is asked for and sent as far as the transport takes it. When."""
    office.world.call("notice", by=office.world.agency.value(), account=person.account)
    office.deliver()
    return office.world.clock.at


def written_to(office: Office, person: Person) -> set[str]:
    """Where notices to this borrower went."""
    return {one["to"] for one in office.messages("borrower-notice")} & {person.number, person.mail}


def days_on(office: Office, at: int, days: int) -> None:
    """So many days later to the millisecond; the attempts stay fresh and the feeds complete."""
    office.world.clock.at = at + days * DAY
    office.world.feeds()
    office.deliver()


def short_of(office: Office, person: Person) -> set[str]:
    """Why a lookup is refused, the approval aside."""
    return set(office.codes_now(person)) - {"approval-missing"}


def released(office: Office, person: Person) -> bool:
    """Approves whatever lacks only that, and asks again."""
    answer = office.world.lookup(person)
    if "approval" in answer:
        office.world.sign("approval-given/1", {"approval": answer["approval"], "borrower": person.borrower})
        answer = office.world.lookup(person)
    return "release" in answer


def test_without_a_notice_there_is_no_permit(office: Office) -> None:
    person, _ = tried_enough(office)
    assert short_of(office, person) == {"notice-missing"}
    assert not released(office, person)


@pytest.mark.parametrize(("late", "permit"), [(-1, False), (0, True), (SECOND, True)])
def test_the_grace_period_runs_to_the_millisecond(office: Office, late: int, permit: bool) -> None:
    person, _ = tried_enough(office)
    at = asked_for(office, person)
    assert short_of(office, person) == {"notice-running"}
    office.world.clock.at = at + GRACE + late - SECOND
    office.world.feeds()
    office.world.clock.at = at + GRACE + late
    assert short_of(office, person) == (set() if permit else {"notice-running"})
    assert released(office, person) is permit


def test_every_personal_channel_is_written_to_and_grace_runs_from_the_last(office: Office) -> None:
    person, outbox = tried_enough(office)
    outbox.refuses = lambda message: message.medium == "email"
    at = asked_for(office, person)
    assert written_to(office, person) == {person.number}
    # Longer than a day a carrier is not tried: what it did not take by then is given up.
    office.world.clock.at += 23 * HOUR
    office.world.feeds()
    office.deliver()
    assert short_of(office, person) == {"notice-incomplete"}
    outbox.refuses = lambda message: False
    office.world.clock.at += 2 * HOUR
    office.deliver()
    assert written_to(office, person) == {person.number, person.mail}
    assert short_of(office, person) == {"notice-running"}
    days_on(office, at, 7)
    assert short_of(office, person) == {"notice-running"}
    days_on(office, at, 8)
    assert short_of(office, person) == {"notice-running"}
    office.world.clock.at += HOUR
    assert short_of(office, person) == set()


def test_a_notice_that_nothing_shows_to_have_arrived_is_none(office: Office) -> None:
    person, outbox = tried_enough(office)
    outbox.receipt = None
    at = asked_for(office, person)
    days_on(office, at, 8)
    assert short_of(office, person) == {"notice-incomplete"}
    assert not released(office, person)


def test_only_a_channel_proven_dead_needs_no_notice(office: Office) -> None:
    person = office.tried
    office.dial(person, medium="email", cause=BOUNCED)
    person, outbox = tried_enough(office)
    outbox.refuses = lambda message: message.medium == "email"
    at = asked_for(office, person)
    days_on(office, at, 7)
    assert "notice-incomplete" in short_of(office, person), "one bounce proves nothing"
    office.dial(person, medium="email", cause=BOUNCED)
    assert short_of(office, person) == set()
    assert released(office, person)


def test_a_channel_that_came_later_is_tried_and_written_to_as_well(office: Office) -> None:
    person, _ = tried_enough(office)
    at = asked_for(office, person)
    days_on(office, at, 7)
    office.world.call("add-channel", by=office.world.lender.value(), borrower=person.borrower, medium="email",
                      value="second@demo.invalid", use="personal")
    assert {"channels-incomplete", "notice-incomplete"} <= short_of(office, person)
    assert not released(office, person)


def test_work_and_shared_channels_never_carry_content(office: Office) -> None:
    person = office.tried
    for use, value in (("work", "+8610000005551"), ("shared", "+8610000005552")):
        office.world.call("add-channel", by=office.world.lender.value(), borrower=person.borrower, medium="sms",
                          value=value, use=use)
    person, _ = tried_enough(office)
    at = asked_for(office, person)
    days_on(office, at, 7)
    assert released(office, person)
    office.deliver()
    told = {one["to"] for one in office.outbox.messages()}
    assert told >= {person.number, person.mail}
    assert not told & {"+8610000005551", "+8610000005552"}


# Notices that do not count


def test_a_notice_before_the_effort_was_complete_is_none(office: Office) -> None:
    person = office.tried
    for day in range(3):
        office.later(day, "14:00")
        office.dial(person)
    at = asked_for(office, person)
    office.later(3, "14:00")
    office.dial(person)
    days_on(office, at, 9)
    assert short_of(office, person) == {"notice-missing"}


def test_a_notice_is_good_for_thirty_days(office: Office) -> None:
    person, _ = tried_enough(office)
    at = asked_for(office, person)
    for day in (10, 18, 26, 33):
        office.later(day, "14:00")
        office.dial(person)
    days_on(office, at, 30)
    assert short_of(office, person) == set()
    office.world.clock.at += 1
    assert short_of(office, person) == {"notice-missing"}


def test_a_new_placement_needs_a_new_notice_even_with_the_same_agency(office: Office) -> None:
    person, _ = tried_enough(office)
    at = asked_for(office, person)
    days_on(office, at, 7)
    moved = copy.copy(person)
    world = office.world
    world.append("recalled/1", {
        "placement": person.placement, "account": person.account, "borrower": person.borrower}, world.lender)
    assert "account-not-placed" in short_of(office, person)
    made = world.entry(person.placement).body
    moved.placement = "ab" * 16
    world.append("placed/1", {**made, "placement": moved.placement}, world.lender, moved.placement)
    assert short_of(office, moved) == {"notice-missing"}
    assert not released(office, moved)


def test_a_sign_of_life_in_the_grace_period_cancels_the_notice(office: Office) -> None:
    person, _ = tried_enough(office)
    at = asked_for(office, person)
    days_on(office, at, 6)
    office.dial(person, medium="sms", cause={"status": "replied"})
    days_on(office, at, 7)
    assert {"sign-of-life", "notice-missing"} <= short_of(office, person)
    assert not released(office, person)
