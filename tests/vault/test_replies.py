"""What the courier brings back: replies tighten and never loosen; a message given up is one alarm."""

from __future__ import annotations

import os
from typing import Any

import pytest

from registry.errors import ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model import canonical
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.vault.ops import OPS
from tests.vault.test_relayed_messages import permitted, state
from tests.world import Person, Signing, World

STRANGER = "+8610000005555"


@pytest.fixture
def person(world: World) -> Person:
    world.at(-80)
    found = world.borrower()
    world.account(found)
    return found


def brought(world: World, address: str, word: str, reply: str = "", medium: str = "sms") -> Any:
    """A reply as the courier brings it."""
    asked = {"reply": reply or new_id(os.urandom), "address": address, "medium": medium, "word": word}
    return world.call("reply", **asked, auth=world.courier.courier(canonical.encode({"op": "reply", **asked})))


def given_up(world: World, index: int, template: str, channel: str | None = None) -> Any:
    """A message that the courier gives up."""
    asked = {"index": index, "template": template} | ({} if channel is None else {"channel": channel})
    return world.call("dead-letter", **asked, auth=world.courier.courier(
        canonical.encode({"op": "dead-letter", **asked})))


def size(world: World) -> int:
    return world.vault.desk.log.size


# Replies


def test_stop_is_an_objection_of_every_contact_on_that_line_for_ever(world: World, person: Person) -> None:
    other = world.borrower(contact_number=person.contact_number)
    brought(world, person.contact_number, "stop")
    made = world.entries("objected/1")
    assert {(one.body["contact"], one.body["borrower"], one.body["through"]) for one in made} == {
        (person.contact, person.borrower, "reply"), (other.contact, other.borrower, "reply")}
    assert world.entries("sign-of-life/1") == []


@pytest.mark.parametrize("spelled", ["{}", "00{}", "{} "])
def test_stop_is_heard_whether_or_not_the_carrier_writes_the_plus(
    world: World, person: Person, spelled: str
) -> None:
    brought(world, spelled.format(person.contact_number.removeprefix("+")), "stop")
    assert len(world.entries("objected/1")) == 1


def test_another_stop_says_nothing_new(world: World, person: Person) -> None:
    brought(world, person.contact_number, "stop")
    before = size(world)
    brought(world, person.contact_number, "stop")
    assert size(world) == before


def test_an_objection_by_reply_refuses_every_later_lookup(world: World) -> None:
    ready = world.unreachable()
    brought(world, ready.contact_number, "stop")
    answer = world.lookup(ready)
    assert answer["verdict"] == "deny"
    assert "contact-objected" in world.codes(answer)


@pytest.mark.parametrize("word", ["stop", "other"])
def test_whatever_a_borrower_replies_is_a_sign_of_life(world: World, person: Person, word: str) -> None:
    brought(world, person.number, word)
    brought(world, person.mail, word, medium="email")
    lives = world.entries("sign-of-life/1")
    assert {(one.body["borrower"], one.body["source"]) for one in lives} == {(person.borrower, "reply")}
    assert {one.body["channel"] for one in lives} <= set(person.channels.values())
    assert len(lives) == 2
    assert world.entries("objected/1") == []


def test_a_line_of_two_borrowers_is_a_sign_of_life_of_both(world: World, person: Person) -> None:
    other = world.borrower()
    world.call("add-channel", by=world.lender.value(), borrower=other.borrower, medium="sms",
               value=person.number, use="personal")
    brought(world, person.number, "other")
    assert {one.body["borrower"] for one in world.entries("sign-of-life/1")} == {person.borrower, other.borrower}


def test_a_reply_of_a_borrower_makes_him_reachable(world: World) -> None:
    ready = world.unreachable()
    brought(world, ready.mail, "other", medium="email")
    answer = world.lookup(ready)
    assert answer["verdict"] == "deny"
    assert "sign-of-life" in world.codes(answer)


@pytest.mark.parametrize("medium", ["sms", "email"])
def test_the_same_reply_brought_again_changes_nothing(world: World, person: Person, medium: str) -> None:
    address = person.mail if medium == "email" else person.number
    reply = new_id(os.urandom)
    brought(world, address, "other", reply, medium)
    before = size(world)
    for _ in range(3):
        brought(world, address, "other", reply, medium)
    world.reopen()
    brought(world, address, "other", reply, medium)
    assert size(world) == before


@pytest.mark.parametrize(("address", "medium"), [
    (STRANGER, "sms"), ("nobody@demo.invalid", "email"), ("SENDER", "sms"), ("12345", "sms"), ("x" * 500, "email"),
])
def test_a_strangers_reply_is_answered_like_any_other_and_changes_nothing(
    world: World, person: Person, address: str, medium: str,
) -> None:
    before = size(world)
    assert brought(world, address, "stop", medium=medium) == brought(world, STRANGER, "other") == {}
    assert size(world) == before
    assert brought(world, person.number, "stop") == {}


def test_a_contact_who_just_answers_changes_nothing_without_a_message(world: World, person: Person) -> None:
    before = size(world)
    brought(world, person.contact_number, "other")
    assert size(world) == before


# Replies to a relayed message


@pytest.fixture
def relayed(world: World) -> tuple[Person, str]:
    """Somebody whose contact was sent a relayed message."""
    found = world.unreachable(approve=False)
    world.deliver(found)
    made = permitted(world, found)
    world.deliver(found)
    return found, made["lookup"]


def test_a_reply_answers_the_open_message_once(world: World, relayed: tuple[Person, str]) -> None:
    person, lookup = relayed
    brought(world, person.contact_number, "other")
    brought(world, person.contact_number, "other")
    (answered,) = world.entries("message-answered/1")
    assert (answered.body["lookup"], answered.body["answer"], answered.body["through"]) == (
        lookup, "replied", "reply")
    assert state(world, lookup) == {"state": "answered", "answer": "replied"}


def test_stop_to_a_relayed_message_is_never_again_and_the_collector_is_not_told_so(
    world: World, relayed: tuple[Person, str],
) -> None:
    person, lookup = relayed
    brought(world, person.contact_number, "stop")
    (answered,) = world.entries("message-answered/1")
    assert answered.body["answer"] == "never"
    assert len(world.entries("objected/1")) == 1
    assert state(world, lookup) == {"state": "answered", "answer": "cannot"}


# Messages given up


def test_a_message_given_up_is_one_alarm_about_the_entry_that_asked_for_it(world: World, person: Person) -> None:
    notice = world.call("notice", by=world.agency.value(), account=person.account)["notice"]
    index = world.entry(notice).index
    for _ in range(3):
        given_up(world, index, "borrower-notice", person.channels["email"])
    world.reopen()
    given_up(world, index, "borrower-notice", person.channels["email"])
    (alarm,) = world.entries("alarm-raised/2")
    assert alarm.body == {"alarm": "message-undeliverable", "about": notice}
    given_up(world, index, "borrower-notice", person.channels["sms"])
    assert len(world.entries("alarm-raised/2")) == 2


@pytest.mark.parametrize("wrong", ["index", "template", "channel", "none"])
def test_what_no_entry_asked_for_cannot_be_given_up(world: World, person: Person, wrong: str) -> None:
    other = world.borrower()
    notice = world.call("notice", by=world.agency.value(), account=person.account)["notice"]
    index = world.entry(notice).index
    args: dict[str, tuple[int, str, str]] = {
        "index": (size(world) + 5, "borrower-notice", person.channels["sms"]),
        "template": (index, "use-contact", person.channels["sms"]),
        "channel": (index, "borrower-notice", other.channels["sms"]),
        "none": (0, "borrower-notice", person.channels["sms"]),
    }
    with pytest.raises(NotFoundError):
        given_up(world, *args[wrong])
    assert world.entries("alarm-raised/2") == []


def test_a_refused_notice_is_logged_as_failed_only_if_its_address_was_opened(world: World, person: Person) -> None:
    notice = world.call("notice", by=world.agency.value(), account=person.account)["notice"]
    failed = {"notice": notice, "borrower": person.borrower, "channel": person.channels["email"], "status": "failed"}
    with pytest.raises(NotFoundError):
        world.vouch("notice-receipt/1", failed)
    index = world.entry(notice).index
    wanted = world.vault.call("deliveries", {"index": index})["deliveries"]
    (mail,) = [one for one in wanted if one["medium"] == "email"]
    world.vault.call("open-for-delivery", world.open_args(index, mail))
    with pytest.raises(NotFoundError):
        world.vouch("notice-receipt/1", {**failed, "status": "delivered"})
    world.vouch("notice-receipt/1", failed)
    assert world.entries("notice-sent/1") == []


# Nobody else


def signatures(world: World, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Every signature but the courier's over exactly this."""
    to_sign = canonical.encode(asked)
    return [
        Signing().courier(to_sign), world.officers[0].officer(to_sign),
        world.courier.courier(canonical.encode({**asked, "more": 1})),
        world.courier.courier(canonical.encode({**asked, "op": "match-line"})),
        {"by": "courier", "alg": "Ed25519", "sig": ""},
    ]


@pytest.mark.parametrize(("op", "asked"), [
    ("reply", {"reply": "0" * 32, "address": STRANGER, "medium": "sms", "word": "stop"}),
    ("dead-letter", {"index": 1, "template": "contact-listed"}),
])
def test_nobody_but_the_courier_brings_replies_or_gives_messages_up(
    world: World, person: Person, op: str, asked: dict[str, Any],
) -> None:
    if op == "reply":
        asked = {**asked, "address": person.contact_number}
    before = size(world)
    for auth in signatures(world, {"op": op, **asked}):
        with pytest.raises((UnauthorizedError, MalformedError)):
            world.call(op, **asked, auth=auth)
    with pytest.raises(MalformedError):
        world.call(op, **asked)
    assert size(world) == before


@pytest.mark.parametrize("by", ["web", "lender", "agency", "courier"])
def test_an_answer_by_reply_cannot_be_appended_by_anybody(
    world: World, relayed: tuple[Person, str], by: str,
) -> None:
    person, lookup = relayed
    permit = world.entry(lookup).body
    body = {"lookup": lookup, "answer": "replied", "through": "reply",
            **{name: permit[name] for name in ("borrower", "contact", "line")}}
    actor = {"web": Actor("web"), "courier": Actor("courier")}.get(by) or getattr(world, by)
    with pytest.raises(ConsentryError):
        world.append("message-answered/1", body, actor)
    assert world.entries("message-answered/1") == []
    assert person.contact


def test_back_pressure_refuses_no_reply(world: World) -> None:
    assert OPS["reply"].restricts({})
    assert not OPS["dead-letter"].restricts({})
