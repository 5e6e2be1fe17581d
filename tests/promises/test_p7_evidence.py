"""P7: bad evidence never counts, by the provider's own signed webhooks; a sign of life always wins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from registry.model.times import DAY, HOUR, MINUTE, SECOND
from tests.promises.office import OTHER_SECRET, PROVIDER, Office
from tests.world import Person

BASE = 4  # good attempts of `tried`
ANSWERED = {"status": "answered-person"}
RANG = {"q850": 19}
Attack = Callable[[Office, Person], object]


def test_a_good_attempt_counts(office: Office) -> None:
    assert office.counted(office.tried) == BASE
    assert office.dial(office.tried) == "recorded"
    assert office.counted(office.tried) == BASE + 1


# Who says so

FORGED: dict[str, Attack] = {
    "by another secret": lambda o, p: o.send(o.data(p), secret=OTHER_SECRET),
    "changed after signing": lambda o, p: o.send(
        o.data(p), body=json.dumps({"type": "contact.attempt", "timestamp": o.ago(0), "data": o.data(p)}).encode()),
    "one byte more than signed": lambda o, p: o.send(
        (data := o.data(p)),
        body=json.dumps({"type": "contact.attempt", "timestamp": o.ago(0), "data": data}).encode() + b" "),
    "signed by nobody": lambda o, p: o.send(o.data(p), headers={"webhook-signature": ""}),
    "a signature of another scheme": lambda o, p: o.send(
        o.data(p), headers={"webhook-signature": "v1a," + base64.b64encode(bytes(64)).decode()}),
    "another message's id": lambda o, p: o.send(o.data(p), headers={"webhook-id": "msg_other"}),
    "another message's time": lambda o, p: o.send(o.data(p), headers={"webhook-timestamp": "1790000001"}),
    "for a provider nobody registered": lambda o, p: o.send(o.data(p), provider="stranger"),
    "signed 301 s ago": lambda o, p: o.send(o.data(p), age=301 * SECOND),
    "signed 301 s from now": lambda o, p: o.send(o.data(p), age=-301 * SECOND),
    "an old message as it was": lambda o, p: o.courier.handle_callback(PROVIDER, o.world.clock.now(), *o.sent[0]),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_or_replayed_message_makes_no_entry(office: Office, name: str) -> None:
    size = len(office.world.entries("attempt-recorded/2"))
    assert FORGED[name](office, office.tried) not in ("recorded", "repeated")
    assert len(office.world.entries("attempt-recorded/2")) == size
    assert office.counted(office.tried) == BASE


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_answer_resets_nothing(office: Office, name: str) -> None:
    """A stranger can neither make somebody unreachable nor keep his lender from asking."""
    data = office.data

    def answered(person: Person, **changes: Any) -> dict[str, Any]:
        return data(person, **{"cause": ANSWERED, **changes})

    office.data = answered  # type: ignore[method-assign]
    FORGED[name](office, office.ready)
    assert office.codes_now(office.ready) == []


# What it says


def old(office: Office, person: Person, **changes: Any) -> str:
    """The first event about the person once more, signed anew."""
    events = (json.loads(body)["data"] for _, body in office.sent)
    return office.send({**next(one for one in events if one["to"] == person.number), **changes})


def by_account(name: str, grade: str, owner: str) -> Attack:
    def attack(office: Office, person: Person) -> str:
        office.provider_of(name, grade, owner)
        return office.send({**office.data(person), "seq": 1}, provider=name)
    return attack


def at(clock: str) -> Attack:
    def attack(office: Office, person: Person) -> str:
        office.later(1 if clock < "10:00" else 0, clock)
        return office.dial(person, began_at=office.ago(0))
    return attack


def to_new_channel(use: str) -> Attack:
    def attack(office: Office, person: Person) -> str:
        number = "+8610000005555"
        office.world.call("add-channel", by=office.world.lender.value(), borrower=person.borrower, medium="voice",
                          value=number, use=use)
        return office.dial(person, to=number)
    return attack


def dial(**changes: Any) -> Attack:
    return lambda office, person: office.dial(person, **changes)


def ago(age: int) -> Attack:
    return lambda office, person: office.dial(person, began_at=office.ago(age))


NEVER: dict[str, Attack] = {
    "duplicated: the same event in a new message": old,
    "duplicated: the same attempt under a new number": lambda o, p: old(
        o, p, seq=o.data(p)["seq"], began_at=o.ago(30 * SECOND)),
    "duplicated: another borrower's attempt": lambda o, p: old(
        o, o.ready, seq=o.data(p)["seq"], began_at=o.ago(30 * SECOND), to=p.number, account=p.account),
    "backdated: began 16 minutes before it was signed": ago(16 * MINUTE),
    "backdated: began 25 hours ago": ago(25 * HOUR),
    "backdated: began last year": ago(365 * DAY),
    "began two minutes from now": ago(-2 * MINUTE),
    "after a gap in the sequence": lambda o, p: o.dial(p, seq=o.data(p)["seq"] + 1),
    "from the agency's own account": by_account("agencys", "B", "agency"),
    "from a lender's account with a shared secret": by_account("lenders", "B", "lender"),
    "from an account whose body nobody signs": by_account("weak", "C", "neutral"),
    "a status that is not on the list": dial(cause={"status": "person-not-home"}),
    "a code that no table maps": dial(cause={"q850": 99}),
    "a code out of range": dial(cause={"q850": 20, "sip": 7000}),
    "no cause at all": dial(cause={}),
    "two causes, one unfavourable": dial(cause={"q850": 20, "status": "busy"}),
    "to a line that is nobody's": dial(to="+8610000006666"),
    "to no number at all": dial(to="front desk"),
    "to the contact's line": lambda o, p: o.dial(p, to=p.contact_number),
    "to another borrower's line in this one's name": lambda o, p: o.dial(p, to=o.untried.number),
    "to the borrower's place of work": to_new_channel("work"),
    "to a shared telephone": to_new_channel("shared"),
    "cancelled by the caller": dial(cause={"sip": 487}),
    "hung up by the caller": dial(cause={**RANG, "hangup_by": "caller"}, ring_seconds=40),
    "given up: status cancelled": dial(cause={"status": "cancelled"}),
    "the carrier's fault": dial(cause={"status": "failed"}),
    "rang 19 seconds": dial(cause=RANG, ring_seconds=19),
    "rang nobody knows how long": dial(cause=RANG),
    "busy": dial(cause={"q850": 17}),
    "a text that was delivered": dial(medium="sms", cause={"status": "delivered"}),
    "a mailbox, not yet cooled": dial(cause={"q850": 16}),
    "somebody of the household": dial(cause={"status": "answered-household"}),
    "at 07:59": at("07:59"), "at 21:00": at("21:00"), "at 03:00": at("03:00"),
}


@pytest.mark.parametrize("name", NEVER)
def test_this_never_counts(office: Office, name: str) -> None:
    NEVER[name](office, office.tried)
    assert office.counted(office.tried) == BASE


@pytest.mark.parametrize("name", ["rang 20 seconds", "began 15 minutes before it was signed", "at 08:00", "at 20:59"])
def test_one_step_on_the_right_side_of_the_edge_it_counts(office: Office, name: str) -> None:
    good: dict[str, Attack] = {
        "rang 20 seconds": dial(cause=RANG, ring_seconds=20),
        "began 15 minutes before it was signed": ago(15 * MINUTE),
        "at 08:00": at("08:00"), "at 20:59": at("20:59"),
    }
    good[name](office, office.tried)
    assert office.counted(office.tried) == BASE + 1


def test_a_dial_counts_only_two_hours_after_the_one_before(office: Office) -> None:
    office.dial(office.tried)
    office.world.clock.at += 2 * HOUR - SECOND
    office.dial(office.tried)
    assert office.counted(office.tried) == BASE + 1
    office.world.clock.at += 2 * HOUR
    office.dial(office.tried)
    assert office.counted(office.tried) == BASE + 2


def test_the_fourth_dial_of_one_line_on_one_day_counts_for_nothing(office: Office) -> None:
    for hour in (10, 12, 14, 16):
        office.later(0, f"{hour}:00")
        office.dial(office.untried)
    assert office.counted(office.untried) == 3


def test_the_eighth_dial_within_seven_days_counts_for_nothing(office: Office) -> None:
    for day, clock in ((0, "10:00"), (0, "14:00"), *((day, "14:00") for day in range(1, 7))):
        office.later(day, clock)
        office.dial(office.untried)
    assert office.counted(office.untried) == 7


def test_attempts_count_for_sixty_days(office: Office) -> None:
    office.later(60 - 23, "09:29")
    assert office.counted(office.tried) == BASE
    office.later(60 - 23, "09:31")
    assert office.counted(office.tried) == BASE - 1


# In which order it comes


@pytest.mark.parametrize(("late", "counted"), [(0, BASE + 1), (DAY, BASE + 1), (DAY + SECOND, BASE)])
def test_what_overtook_another_event_counts_if_that_one_comes_within_a_day(
    office: Office, late: int, counted: int
) -> None:
    first, second = office.data(office.untried), office.data(office.tried)
    office.send(second)
    assert office.counted(office.tried) == BASE, "there is a gap before it"
    office.world.clock.at += late
    office.world.feeds()
    office.send(first | {"began_at": office.ago(0)})
    assert office.counted(office.tried) == counted


def test_behind_a_gap_nothing_counts_until_an_officer_accepts_it(office: Office) -> None:
    held_back = office.data(office.tried, cause=ANSWERED)
    for hour in (10, 12, 14):
        office.later(0, f"{hour}:00")
        office.dial(office.tried)
    assert office.counted(office.tried) == BASE
    office.world.sign("provider-gap-accepted/1", {
        "provider": office.provider, "from_seq": held_back["seq"], "through_seq": held_back["seq"]})
    assert office.counted(office.tried) == BASE + 3


def test_a_number_given_to_two_attempts_is_refused_and_raises_an_alarm(office: Office) -> None:
    taken = office.seq
    assert office.dial(office.tried, seq=taken) == "recorded"
    assert office.counted(office.tried) == BASE
    assert [one.body["alarm"] for one in office.world.entries("alarm-raised/1")] == ["attempt-sequence-conflict"]
