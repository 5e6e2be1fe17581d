"""What borrowers and contacts do in the portal: object, answer a use, add a channel, see their own values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry import jose
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import Actor
from registry.model.times import DAY
from tests.authenticator import Authenticator
from tests.vault.people import blobs, by_link, seasoned, signed_in
from tests.vault.test_passkeys import challenge, with_passkey
from tests.world import Person, World, b64


@pytest.fixture
def person(world: World) -> Person:
    return seasoned(world)


@pytest.fixture
def used(world: World) -> tuple[Person, str]:
    """Somebody whose contact's number left, and the lookup."""
    found = world.unreachable()
    return found, world.lookup(found)["lookup"]


def contact_of(person: Person) -> dict[str, str]:
    return Actor("contact", person.contact).value()


def refused(world: World, op: str, **args: Any) -> tuple[type, str]:
    size = world.vault.desk.log.size
    with pytest.raises(ConsentryError) as caught:
        world.call(op, **args)
    assert world.vault.desk.log.size == size
    return type(caught.value), caught.value.code


def claims(world: World, receipt: str) -> dict[str, Any]:
    return jose.verify_jws(receipt, jose.RECEIPT, world.vault.call("keys", {})["jwks"])


# Objecting


def test_a_contact_objects_once_and_for_ever(world: World, person: Person) -> None:
    args = {"by": contact_of(person), "contact": person.contact, "through": "portal"}
    first, again = world.call("object", **args), world.call("object", **args)
    assert claims(world, first["receipt"])["act"] == "objected"
    assert first["log_index"] == again["log_index"]
    (entry,) = world.entries("objected/1")
    assert (entry.by, entry.body["through"]) == (Actor("contact", person.contact), "portal")


def test_nobody_objects_for_somebody_else(world: World, person: Person) -> None:
    other = world.borrower()
    for by in (contact_of(other), world.lender.value(), Actor("borrower", person.borrower).value(),
               Actor("contact", "0" * 32).value()):
        assert refused(world, "object", by=by, contact=person.contact, through="portal") == (
            NotFoundError, "not-found")


# Answering a use


def answer(world: World, person: Person, lookup: str, word: str, **more: str) -> dict[str, Any]:
    return world.call("answer-use", by=contact_of(person), lookup=lookup, answer=word, **more)


@pytest.mark.parametrize(("word", "shown", "reason"), [
    ("will-relay", "will-relay", "line-cooldown"), ("cannot", "cannot", "line-cooldown"),
    ("not-me", "not-me", "contact-wrong-person"), ("never", "cannot", "contact-objected"),
])
def test_an_answer_to_a_use_is_shown_to_the_collector_and_judged(
    world: World, used: tuple[Person, str], word: str, shown: str, reason: str
) -> None:
    person, lookup = used
    given = answer(world, person, lookup, word)
    assert claims(world, given["receipt"])["act"] == ("objected" if word == "never" else "answered")
    status = world.call("lookup-status", by=world.agency.value(), lookup=lookup)
    assert status["answer"] == shown
    assert reason in world.codes(world.lookup(person))
    assert bool(world.entries("objected/1")) == (word == "never")


def test_without_an_answer_none_is_shown(world: World, used: tuple[Person, str]) -> None:
    assert "answer" not in world.call("lookup-status", by=world.agency.value(), lookup=used[1])


def test_the_same_answer_again_is_the_same_entry_and_another_is_another(
    world: World, used: tuple[Person, str]
) -> None:
    person, lookup = used
    one, two = answer(world, person, lookup, "cannot"), answer(world, person, lookup, "cannot")
    assert one["log_index"] == two["log_index"]
    assert answer(world, person, lookup, "will-relay")["log_index"] > two["log_index"]
    status = world.call("lookup-status", by=world.agency.value(), lookup=lookup)
    assert status["answer"] == "will-relay"


def test_a_channel_that_a_contact_tells_of_is_kept_as_hearsay(world: World, used: tuple[Person, str]) -> None:
    person, lookup = used
    given = answer(world, person, lookup, "gave-channel", address="+8610000005151", medium="sms")
    assert [one["subject"] for one in given["blobs"]] == [person.borrower]
    entry = world.entries("channel-added/1")[-1]
    assert (entry.by, entry.body["use"]) == (Actor("contact", person.contact), "shared")
    assert world.call("lookup-status", by=world.agency.value(), lookup=lookup)["answer"] == "gave-channel"
    world.clock.at += 100 * DAY
    assert world.call("notice", by=world.lender.value(), account=person.account)
    sent = [one["to"] for one in world.deliver() if one["template"] == "borrower-notice"]
    assert set(sent) == {person.number, person.mail}, "no content goes there, ever"


def test_no_contact_makes_or_re_labels_a_channel_of_the_borrowers(world: World) -> None:
    """He says that the borrower's own telephone is shared: nobody is freed from trying it, now or in a year."""
    person, control = world.unreachables(2)
    lookup = world.lookup(person)["lookup"]
    given = answer(world, person, lookup, "gave-channel", address=person.number, medium="sms")
    assert "blobs" not in given
    assert [one for one in world.entries("channel-added/1") if one.by.role == "contact"] == []
    assert world.entries("use-answered/1")[-1].body["channel"] == person.channels["sms"]
    # The same number told of another borrower takes nothing from the one whose it is.
    answer(world, control, world.lookup(control, agent="agent-2")["lookup"], "gave-channel", address=person.number,
           medium="voice")
    matched = world.match(person.number, "voice")
    assert matched["channel"] == person.channels["voice"]
    session = signed_in(world, "borrower", person.number)
    assert world.call("session", token=session)["subjects"] == [person.borrower]


def test_only_the_contact_of_a_use_answers_it(world: World, used: tuple[Person, str]) -> None:
    person, lookup = used
    other = world.borrower()
    denied = world.lookup(person)["lookup"]
    for by, about in ((contact_of(other), lookup), (world.lender.value(), lookup), (contact_of(person), denied),
                      (Actor("borrower", person.borrower).value(), lookup), (contact_of(person), "0" * 32)):
        assert refused(world, "answer-use", by=by, lookup=about, answer="never") == (NotFoundError, "not-found")


@pytest.mark.parametrize("args", [
    {"answer": "gave-channel"}, {"answer": "gave-channel", "address": "+8610000005151"},
    {"answer": "gave-channel", "address": "what", "medium": "sms"},
    {"answer": "cannot", "address": "+8610000005151", "medium": "sms"},
])
def test_an_address_belongs_to_one_answer_and_is_one(
    world: World, used: tuple[Person, str], args: dict[str, str]
) -> None:
    person, lookup = used
    kind, _ = refused(world, "answer-use", by=contact_of(person), lookup=lookup, **args)
    assert kind is MalformedError


def test_the_same_number_told_twice_is_one_channel_and_there_is_an_end(world: World) -> None:
    person = world.unreachable()
    lookup = world.lookup(person)["lookup"]
    for _ in range(2):
        answer(world, person, lookup, "gave-channel", address="+8610000005151", medium="sms")
    assert len(world.entries("use-answered/1")) == 1
    for number in range(30):
        answer(world, person, lookup, "gave-channel", address=f"+86100000053{number:02d}", medium="sms")
    assert sum(one.by.role == "contact" for one in world.entries("channel-added/1")) == 5


def test_what_contacts_tell_takes_no_room_from_the_borrowers_own_channels(world: World) -> None:
    """Else a contact could keep him from being reached, and tell the lender by it that somebody answered."""
    person = world.unreachable()
    lookup = world.lookup(person)["lookup"]
    for number in range(25):
        answer(world, person, lookup, "gave-channel", address=f"+86100000053{number:02d}", medium="sms")
    room = world.vault.desk.settings.channels - 3
    for number in range(room):
        world.call("add-channel", by=world.lender.value(), borrower=person.borrower, medium="sms", use="personal",
                   value=f"+86100000054{number:02d}")
    assert refused(world, "add-channel", by=world.lender.value(), borrower=person.borrower, medium="sms",
                   use="personal", value="+8610000005499") == (ConflictError, "channels-full")


# Own values


def test_a_borrower_sees_his_own_channels_masked_and_two_digits_of_his_contacts(world: World, person: Person) -> None:
    session = by_link(world, person)
    shown = world.call("own-values", session=session, blobs=blobs(world, person.borrower, person.contact))["values"]
    assert shown == {
        person.borrower: {
            person.channels["voice"]: f"•• {person.number[-2:]}", person.channels["sms"]: f"•• {person.number[-2:]}",
            person.channels["email"]: "b…@d….invalid",
        },
        person.contact: {"number": person.contact_number[-2:]},
    }


def test_a_contact_sees_the_given_name_of_who_listed_him_and_nothing_else(world: World, person: Person) -> None:
    session = signed_in(world, "contact", person.contact_number)
    shown = world.call("own-values", session=session, blobs=blobs(world, person.borrower, person.contact))["values"]
    assert shown == {person.borrower: {"name": "Ming"}}


def test_a_code_shows_a_borrower_nothing(world: World, person: Person) -> None:
    session = signed_in(world, "borrower", person.number)
    assert refused(world, "own-values", session=session, blobs={}) == (UnauthorizedError, "session-too-weak")


def test_others_values_old_ones_and_those_of_the_erased_are_left_out(world: World, person: Person) -> None:
    other = world.borrower()
    everything = blobs(world, person.borrower, person.contact, other.borrower, other.contact)
    session = by_link(world, person)
    old = world.vault.desk.keys.seal(person.contact, "number", "+8610000001111")
    everything[person.contact]["number"] = b64(old)
    shown = world.call("own-values", session=session, blobs=everything)["values"]
    assert set(shown) == {person.borrower}
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower},
        Actor("borrower", person.borrower))
    assert world.call("own-values", session=session, blobs=everything)["values"] == {}


def test_what_is_shown_gives_no_whole_value_away(world: World, person: Person) -> None:
    session = by_link(world, person)
    shown = json.dumps(world.call(
        "own-values", session=session, blobs=blobs(world, person.borrower, person.contact))["values"])
    assert not any(secret in shown for secret in (
        person.number[3:], person.contact_number[3:], person.mail, person.mail.partition("@")[0], "Li Na", "Ming"))


# A channel of one's own


def add(world: World, session: str, person: Person, value: str, use: str = "personal") -> dict[str, Any]:
    args = {"borrower": person.borrower, "medium": "sms", "value": value, "use": use}
    return world.call("deposit-channel", session=session, **args)


def test_a_borrower_adds_a_channel(world: World, person: Person) -> None:
    made = add(world, by_link(world, person), person, "+8610000005252")
    entry = world.entry(made["channel"])
    assert (entry.by, entry.body["use"]) == (Actor("borrower", person.borrower), "personal")
    assert made["blobs"][0]["name"] == made["channel"]


@pytest.mark.parametrize("strength", ["link", "code"])
def test_no_weak_session_calls_the_answering_telephone_something_else(
    world: World, person: Person, strength: str
) -> None:
    """The lender opens its own link: what the borrower says of his channels takes effect at once."""
    session = by_link(world, person) if strength == "link" else signed_in(world, "borrower", person.number)
    args = {"session": session, "borrower": person.borrower, "medium": "voice", "value": person.number, "use": "work"}
    assert refused(world, "deposit-channel", **args) == (UnauthorizedError, "session-too-weak")


def test_a_passkey_does(world: World) -> None:
    person, device, _ = with_passkey(world)
    assert isinstance(device, Authenticator)
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    assert add(world, session, person, person.number, "work")["channel"]


def test_nobody_adds_to_somebody_else_and_there_is_an_end(world: World, person: Person) -> None:
    other = world.borrower()
    args = {"borrower": person.borrower, "medium": "sms", "value": "+8610000005353", "use": "personal"}
    assert refused(world, "deposit-channel", session=by_link(world, other), **args) == (NotFoundError, "not-found")
    contact = signed_in(world, "contact", person.contact_number)
    assert refused(world, "deposit-channel", session=contact, **args) == (UnauthorizedError, "session-role")
    session = by_link(world, person)
    for number in range(world.vault.desk.settings.channels - 3):
        add(world, session, person, f"+86100000054{number:02d}")
    assert refused(world, "deposit-channel", session=session, **args) == (ConflictError, "channels-full")
