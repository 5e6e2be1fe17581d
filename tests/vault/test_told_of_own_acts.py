"""Whoever has one channel of a borrower's, or planted one, cannot consent or add a passkey without the others hearing
of it (docs/adr/0012)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from registry.errors import ConsentryError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY
from tests.authenticator import Authenticator
from tests.vault.people import code_of, seasoned, signed_in, terms
from tests.vault.test_passkeys import challenge
from tests.vault.test_person_consents import add, remove
from tests.world import Person, World

CONSENT, PASSKEY = "borrower-told-consent", "borrower-told-passkey"


@pytest.fixture
def person(world: World) -> Person:
    return seasoned(world)


def by_code(world: World, person: Person, medium: str = "sms") -> str:
    """A consent of the borrower's, given by the code that went to one of his channels."""
    address = person.mail if medium == "email" else person.number
    session = signed_in(world, "borrower", address, medium)
    consent: str = world.call(
        "give-consent", session=session, **terms(world, person, channel=person.channels[medium]))["consent"]
    world.call("check-code", consent=consent, code=code_of(world, "borrower-consent-code", address))
    return consent


def passkey(world: World, person: Person, medium: str = "sms") -> tuple[str, Authenticator]:
    """The id of a new passkey, and who holds it."""
    device, asked = Authenticator(), challenge(world)
    session = signed_in(world, "borrower", person.mail if medium == "email" else person.number, medium)
    made = world.call("add-passkey", session=session, attestation=device.create(asked), challenge=asked)
    return made["passkey"], device


def by_passkey(world: World, person: Person, device: Authenticator) -> str:
    session = world.call("open-passkey", assertion=device.get(challenge(world)))["session"]
    draft = world.call("draft-consent", session=session, **terms(world, person, channel=None))
    signed = device.get(draft["challenge"])
    consent: str = world.call("give-consent", session=session, terms=draft["terms"], assertion=signed)["consent"]
    return consent


def last(world: World, kind: str) -> int:
    """Where the last entry of a kind stands in the log."""
    return world.entries(kind)[-1].index


def wanted(world: World, index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.vault.call("deliveries", {"index": index})["deliveries"]
    return found


def told(world: World) -> list[tuple[str, str]]:
    """(template, address) of what goes out now about the borrower's own acts."""
    return sorted((one["template"], one["to"]) for one in world.deliver() if one["template"] in (CONSENT, PASSKEY))


@pytest.mark.parametrize(("medium", "other"), [("sms", "email"), ("email", "sms"), ("voice", "email")])
def test_of_a_consent_by_code_every_other_line_is_told_once_and_the_codes_own_is_not(
    world: World, person: Person, medium: str, other: str
) -> None:
    consent = by_code(world, person, medium)
    addresses = {"sms": person.number, "email": person.mail}
    assert told(world) == [(CONSENT, addresses[other])]
    (said,) = world.entries("borrower-told/1")
    given = world.entries("consent-given/1")[-1]
    assert given.body["consent"] == consent
    assert {name: said.body[name] for name in ("about", "borrower", "channel")} == {
        "about": given.id, "borrower": person.borrower, "channel": person.channels[other]}
    assert wanted(world, given.index) == [], "who was told is not told again"


def test_the_message_says_what_when_and_for_whom_and_its_token_ends_that_very_consent(
    world: World, person: Person
) -> None:
    first, second = by_code(world, person), by_code(world, person)
    messages = [one for one in world.outbox if one["template"] == CONSENT]
    messages += [one for one in world.deliver() if one["template"] == CONSENT]
    assert [set(one["params"]) for one in messages] == [{"given_name", "institution", "day", "token"}] * 2
    assert (messages[0]["params"]["institution"], messages[0]["params"]["day"]) == ("Example Lender", "2026-07-16")
    done = world.call("answer", token=messages[1]["params"]["token"], answer="refuse")
    assert done["act"] == "withdrawn"
    assert [(one.body["consent"], one.by) for one in world.entries("consent-withdrawn/1")] == [
        (second, Actor("borrower", person.borrower))]
    assert first != second


def test_of_a_consent_by_passkey_every_line_is_told_for_no_code_went_anywhere(world: World, person: Person) -> None:
    _, device = passkey(world, person)
    told(world)
    by_passkey(world, person, device)
    assert [one["wording"] for one in world.deliver() if one["template"] == CONSENT] == [
        "borrower-told-consent-passkey"] * 2


def test_of_a_new_passkey_every_line_is_told_also_the_one_that_was_signed_in_with(
    world: World, person: Person
) -> None:
    ident, _ = passkey(world, person)
    assert told(world) == [(PASSKEY, person.number), (PASSKEY, person.mail)]
    assert {one.body["about"] for one in world.entries("borrower-told/1")} == {ident}
    assert "token" not in world.outbox[-1]["params"], "only he himself removes it: the message opens nothing"


def test_who_has_one_line_alone_is_told_nothing_and_the_consent_stands_all_the_same(world: World) -> None:
    person = world.borrower(media=("voice", "sms"))
    world.deliver()
    world.clock.at += 8 * DAY
    consent = by_code(world, person)
    assert told(world) == []
    assert world.call("receipt", consent=consent)["act"] == "given"


def test_only_standing_personal_channels_are_told(world: World, person: Person) -> None:
    add(world, person, "work@demo.invalid", "work", "email")
    add(world, person, "+8610000007777", "shared")
    disputed = add(world, person, "old@demo.invalid", "personal", "email")
    world.append("channel-disputed/1", {"channel": disputed, "borrower": person.borrower}, world.lender)
    second = add(world, person, "+8610000007778")
    removed = add(world, person, "new@demo.invalid", "personal", "email")
    remove(world, person, removed)
    by_code(world, person)
    assert told(world) == [
        (CONSENT, "+8610000007778"), (CONSENT, person.mail), (CONSENT, "new@demo.invalid")
    ], "what the lender removes is written to until the look-back is over"
    assert second in {one.body["channel"] for one in world.entries("borrower-told/1")}


def test_what_a_lender_recorded_and_what_a_contact_gave_is_not_told_in_this_way(world: World, person: Person) -> None:
    world.call("consent", **world.terms(person, "borrower"))
    assert wanted(world, last(world, "consent-given/1")) == []
    world.consents(person, borrower=False)
    assert wanted(world, last(world, "consent-given/1")) == []
    assert told(world) == []


def test_of_what_was_undone_before_nobody_is_told(world: World, person: Person) -> None:
    ident, device = passkey(world, person)
    assert len(wanted(world, last(world, "passkey-added/1"))) == 2
    consent = by_passkey(world, person, device)
    given = last(world, "consent-given/1")
    assert len(wanted(world, given)) == 2
    him = Actor("borrower", person.borrower)
    world.call("withdraw", by=him.value(), consent=consent, through="portal")
    assert wanted(world, given) == []
    world.append("passkey-removed/1", {"passkey": ident, "borrower": person.borrower}, him)
    assert wanted(world, last(world, "passkey-added/1")) == []
    assert told(world) == []


def test_an_address_is_opened_only_while_there_is_something_to_tell(world: World, person: Person) -> None:
    consent = by_code(world, person)
    given = last(world, "consent-given/1")
    (one,) = wanted(world, given)
    world.call("withdraw", by=Actor("borrower", person.borrower).value(), consent=consent, through="portal")
    with pytest.raises(NotFoundError):
        world.call("open-for-delivery", **world.open_args(given, one))


def test_an_erased_borrower_is_told_nothing(world: World, person: Person) -> None:
    by_code(world, person)
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower,
    }, Actor("borrower", person.borrower))
    assert told(world) == []


def test_with_an_account_the_same_channels_are_told(world: World, person: Person) -> None:
    world.account(person)
    by_code(world, person)
    assert told(world) == [(CONSENT, person.mail)]


def lies(world: World, person: Person, other: Person) -> Iterator[tuple[str, dict[str, str]]]:
    """What the courier might say without having told anybody."""
    given = world.entries("consent-given/1")[-1]
    (one,) = wanted(world, given.index)
    opened = world.call("open-for-delivery", **world.open_args(given.index, one))["opened"]
    right = {"about": given.id, "borrower": person.borrower, "channel": one["channel"], "opened": opened,
             "language": "zh"}
    yield "", right
    yield "of another borrower", {**right, "borrower": other.borrower}
    yield "on another's channel", {**right, "channel": other.channels["email"]}
    yield "on a channel that was not opened", {**right, "channel": person.channels["sms"]}
    yield "about the question", {**right, "about": given.body["consent"]}
    yield "about nothing", {**right, "about": new_id(os.urandom)}
    yield "about who was registered", {**right, "about": person.borrower}
    yield "with no address", {**right, "opened": given.id}


def test_the_courier_cannot_say_that_it_told_what_it_did_not(world: World, person: Person) -> None:
    other = world.borrower()
    by_code(world, person)
    (_, right), *wrong = list(lies(world, person, other))
    for what, body in wrong:
        with pytest.raises(ConsentryError) as caught:
            world.vouch("borrower-told/1", body)
        assert isinstance(caught.value, NotFoundError), what
    assert world.vouch("borrower-told/1", right)["fresh"]


def test_a_recorded_consent_cannot_be_said_to_have_been_told(world: World, person: Person) -> None:
    world.call("consent", **world.terms(person, "borrower"))
    given = world.entries("consent-given/1")[-1]
    ident, _ = passkey(world, person)
    (one, *_) = wanted(world, last(world, "passkey-added/1"))
    opened = world.call("open-for-delivery", **world.open_args(last(world, "passkey-added/1"), one))["opened"]
    body = {"about": given.id, "borrower": person.borrower, "channel": one["channel"], "opened": opened,
            "language": "zh"}
    with pytest.raises(NotFoundError):
        world.vouch("borrower-told/1", body)
    assert world.vouch("borrower-told/1", {**body, "about": ident})["fresh"]
