"""A lender asks a person to renew a consent: the same or less, seldom, and never after that person's own no."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from registry.errors import ConflictError, MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import DAY, stamp
from tests.world import PURPOSE, Person, World

LATER = 90 * DAY


def agreed(world: World, giver: str, days: int = 120) -> Person:
    """Somebody who agreed at the world's beginning, for so many days; by the borrower's own code or the contact's."""
    person = world.borrower()
    world.deliver(person)
    until = stamp(world.clock.at + days * DAY)
    if giver == "contact":
        person.contact_consent = world.call("consent", **world.terms(person, "contact", expires_at=until))["consent"]
        world.deliver(person)
        world.call("check-code", consent=person.contact_consent, code=person.code)
    else:
        person.consent = world.call("consent", **world.terms(person, "borrower", expires_at=until))["consent"]
    return person


def of(person: Person, giver: str) -> str:
    return person.consent if giver == "borrower" else person.contact_consent


def renew(world: World, person: Person, giver: str, **more: Any) -> dict[str, Any]:
    return world.call("renew-consent", by=more.pop("by", world.lender).value(), consent=of(person, giver), **more)


def refused(world: World, person: Person, giver: str, **more: Any) -> str:
    with pytest.raises(ConflictError) as caught:
        renew(world, person, giver, **more)
    return str(caught.value.code)


@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_a_consent_that_ends_is_renewed_by_its_givers_own_code(world: World, giver: str) -> None:
    person = agreed(world, giver)
    world.clock.at += 100 * DAY
    world.outbox.clear()
    asked = renew(world, person, giver)
    assert (asked["state"], asked["renews"]) == ("pending-code", of(person, giver))
    sent = world.deliver(person)
    assert [one["template"] for one in sent] == [f"{giver}-renewal"]
    assert sent[0]["to"] == (person.contact_number if giver == "contact" else person.number)
    assert set(sent[0]["params"]) == {"given_name", "institution", "code", "token"}
    given = world.call("check-code", consent=asked["consent"], code=person.code)
    assert (given["state"], given["assurance"]) == ("given", "code")
    assert world.call("renewals", consents=[asked["consent"], of(person, giver)]) == {
        "renews": {asked["consent"]: of(person, giver)}}


@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_while_a_consent_is_good_nobody_is_asked(world: World, giver: str) -> None:
    person = agreed(world, giver, days=365)
    world.clock.at += 300 * DAY
    assert refused(world, person, giver) == "renewal-not-due"
    world.clock.at += 35 * DAY
    assert renew(world, person, giver)["state"] == "pending-code"


@pytest.mark.parametrize("giver", ["borrower", "contact"])
def test_silence_is_no_and_it_is_long_before_the_next_request(world: World, giver: str) -> None:
    person = agreed(world, giver)
    world.clock.at += 100 * DAY
    first = renew(world, person, giver)
    world.deliver(person)
    code = person.code
    assert refused(world, person, giver) == "renewal-cooldown"
    world.clock.at += LATER - 1
    assert refused(world, person, giver) == "renewal-cooldown"
    with pytest.raises(MalformedError):
        world.call("check-code", consent=first["consent"], code=code)
    world.clock.at += 1
    assert renew(world, person, giver)["consent"] != first["consent"]
    assert [one["template"] for one in world.deliver(person)] == [f"{giver}-renewal"]


def test_a_contact_is_one_person_whoever_of_the_lenders_borrowers_listed_that_line(world: World) -> None:
    one = agreed(world, "contact")
    two = world.borrower(contact_number=one.contact_number)
    world.deliver(two)
    until = stamp(world.clock.at + 120 * DAY)
    two.contact_consent = world.call("consent", **world.terms(two, "contact", expires_at=until))["consent"]
    world.deliver(two)
    world.call("check-code", consent=two.contact_consent, code=two.code)
    world.clock.at += 100 * DAY
    renew(world, one, "contact")
    assert refused(world, two, "contact") == "renewal-cooldown"


@pytest.mark.parametrize("giver", ["borrower", "contact"])
@pytest.mark.parametrize("through", ["link", "portal", "lender"])
def test_who_withdrew_is_never_asked_again(world: World, giver: str, through: str) -> None:
    person = agreed(world, giver)
    who = person.borrower if giver == "borrower" else person.contact
    by = world.lender if through == "lender" else Actor(giver, who)
    world.call("withdraw", by=by.value(), consent=of(person, giver), through=through)
    world.clock.at += 400 * DAY
    assert refused(world, person, giver) == "renewal-not-asked"


def test_who_refused_a_renewal_is_never_asked_again(world: World) -> None:
    person = agreed(world, "contact")
    world.clock.at += 100 * DAY
    renew(world, person, "contact")
    world.deliver(person)
    assert world.call("answer", token=person.token, answer="refuse")["act"] in ("refused", "withdrawn")
    world.clock.at += 400 * DAY
    assert refused(world, person, "contact") == "renewal-not-asked"


def objects(world: World, person: Person) -> None:
    world.call("answer", token=person.token, answer="object")


def reported(says: str) -> Callable[[World, Person], None]:
    def report(world: World, person: Person) -> None:
        ident, line = new_id(os.urandom), world.entry(person.contact).body["line"]
        world.append("contact-reported/1", {
            "report": ident, "contact": person.contact, "borrower": person.borrower, "line": line, "says": says,
        }, world.lender, ident)
    return report


NOES = [objects, *map(reported, ("minor", "wrong-person", "deceased", "incapacitated"))]


@pytest.mark.parametrize("no", NOES)
def test_who_objected_or_was_reported_is_never_asked_again(world: World, no: Callable[[World, Person], None]) -> None:
    person = agreed(world, "contact")
    no(world, person)
    world.clock.at += 100 * DAY
    assert refused(world, person, "contact") == "renewal-not-asked"


@pytest.mark.parametrize("no", NOES)
def test_what_the_line_said_about_another_borrower_is_not_told_and_nobody_is_written_to(
    world: World, no: Callable[[World, Person], None],
) -> None:
    one, other = agreed(world, "contact"), agreed(world, "contact")
    two = world.borrower(contact_number=one.contact_number)
    world.deliver(two)
    no(world, two)
    world.clock.at += 100 * DAY
    world.outbox.clear()
    told, usual = renew(world, one, "contact"), renew(world, other, "contact")
    hidden = {"consent", "renews", "withdraw_token", "entries", "log_index", "proof"}
    assert {name: told[name] for name in set(told) - hidden} == {name: usual[name] for name in set(usual) - hidden}
    assert set(told) == set(usual)
    sent = [(message["template"], message["to"]) for message in world.deliver(other)]
    assert sent == [("contact-renewal", other.contact_number)]
    assert refused(world, one, "contact") == refused(world, other, "contact") == "renewal-cooldown"


def test_an_own_act_after_a_withdrawal_restores_and_a_lenders_paper_does_not(world: World) -> None:
    person = agreed(world, "borrower")
    by = Actor("borrower", person.borrower)
    world.call("withdraw", by=by.value(), consent=person.consent, through="portal")
    person.consent = world.call("consent", **world.terms(
        person, "borrower", expires_at=stamp(world.clock.at + 20 * DAY)))["consent"]
    assert refused(world, person, "borrower") == "renewal-not-asked"


def test_nobodys_contact_is_asked_for_a_borrower_who_withdrew(world: World) -> None:
    person = agreed(world, "contact")
    consent = world.call("consent", **world.terms(person, "borrower"))["consent"]
    by = Actor("borrower", person.borrower)
    world.call("withdraw", by=by.value(), consent=consent, through="portal")
    world.clock.at += 100 * DAY
    assert refused(world, person, "contact") == "renewal-not-asked"


def test_a_hold_protects_from_being_asked(world: World) -> None:
    person = agreed(world, "contact")
    world.clock.at += 100 * DAY
    ident = "ab" * 16
    world.append("hold-placed/1", {"hold": ident, "borrower": person.borrower, "type": "cease"}, world.lender, ident)
    assert refused(world, person, "contact") == "renewal-not-asked"


SCOPE = {"purposes": [PURPOSE], "modes": ["number"], "data": ["phone"], "max_uses": 1,
         "grantee": {"role": "entrusted"}}


@pytest.mark.parametrize(("changes", "pointer"), [
    ({"purposes": [PURPOSE, "confirm-whereabouts"]}, "/scope/purposes"),
    ({"grantee": {"role": "independent"}}, "/scope/grantee"), ({"max_uses": 4}, "/scope/max_uses"),
])
def test_a_renewal_asks_for_the_same_or_for_less(world: World, changes: dict[str, Any], pointer: str) -> None:
    person = agreed(world, "contact")
    world.clock.at += 100 * DAY
    with pytest.raises(MalformedError) as caught:
        renew(world, person, "contact", scope={**SCOPE, **changes})
    assert (caught.value.code, caught.value.pointer) == ("scope-wider", pointer)
    with pytest.raises(MalformedError) as caught:
        renew(world, person, "contact", expires_at=stamp(world.clock.at + 121 * DAY))
    assert caught.value.pointer == "/expires_at"
    asked = renew(world, person, "contact", scope={**SCOPE, "hours": ["18:00", "20:00"]})
    assert asked["state"] == "pending-code"


def test_hours_and_a_named_party_may_be_added_and_never_widened(world: World) -> None:
    person = world.borrower()
    world.deliver(person)
    named = {**SCOPE, "grantee": {"role": "entrusted", "party": world.agency.id}, "hours": ["09:00", "18:00"]}
    person.consent = world.call("consent", **world.terms(
        person, "borrower", scope=named, expires_at=stamp(world.clock.at + 20 * DAY)))["consent"]
    world.clock.at += 8 * DAY
    for changes, pointer in (({"grantee": {"role": "entrusted"}}, "/scope/grantee"),
                             ({"hours": ["08:59", "18:00"]}, "/scope/hours"), ({"hours": None}, "/scope/hours")):
        scope = {name: one for name, one in {**named, **changes}.items() if one is not None}
        with pytest.raises(MalformedError) as caught:
            renew(world, person, "borrower", scope=scope)
        assert caught.value.pointer == pointer
    assert renew(world, person, "borrower", scope={**named, "hours": ["10:00", "12:00"]})["state"] == "pending-code"


def test_only_the_lender_asks_and_only_for_its_own(world: World) -> None:
    person = agreed(world, "contact")
    world.clock.at += 100 * DAY
    for by in (world.agency, Actor("lender", "cd" * 16)):
        with pytest.raises(NotFoundError):
            renew(world, person, "contact", by=by)


def test_what_was_never_given_is_not_renewed(world: World) -> None:
    person = world.borrower()
    world.deliver(person)
    person.contact_consent = world.call("consent", **world.terms(person, "contact"))["consent"]
    world.clock.at += 100 * DAY
    assert refused(world, person, "contact") == "renewal-not-due"


def test_a_borrower_without_a_channel_that_carries_a_code_cannot_be_asked(world: World) -> None:
    person = agreed(world, "borrower", days=5)
    assert refused(world, person, "borrower") == "channel-not-personal"
