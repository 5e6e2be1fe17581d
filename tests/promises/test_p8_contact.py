"""P8: borrower and contact are told of each use, and one click of the contact's stops it for ever, for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry import texts
from registry.errors import ConsentryError, MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.model.times import DAY, SECOND
from tests.courier.post import URL
from tests.promises.office import Office
from tests.promises.saved import Ready
from tests.promises.test_p8_told import Picky
from tests.world import Person

NOBODY_KNOWS = "0" * 32


def link_in(message: dict[str, str]) -> str:
    """The token of the one-time link."""
    assert f"{URL}/r/" in message["text"], message["template"]
    return message["text"].split(f"{URL}/r/")[1][:32]


def to_contact(office: Office, person: Person) -> list[dict[str, str]]:
    return [one for one in office.outbox.messages() if one["to"] == person.contact_number]


def told(office: Office, lookup: str) -> set[str]:
    """Who the log says was told of a use."""
    return {one.body["to"] for one in office.world.entries("use-told/1") if one.body["lookup"] == lookup}


# Told of each use


def test_borrower_and_contact_are_told_of_a_release(office: Office) -> None:
    person = office.ready
    answer = office.world.lookup(person)
    assert "release" in answer
    assert office.deliver() == 3
    assert {(one["to"], one["template"]) for one in office.outbox.messages()[-3:]} == {
        (person.number, "use-borrower"), (person.mail, "use-borrower"), (person.contact_number, "use-contact")}
    assert told(office, answer["lookup"]) == {"borrower", "contact"}
    assert office.deliver() == 0


def test_what_the_contact_reads_discloses_no_debt_and_nobody_reads_a_number(office: Office) -> None:
    person = office.ready
    office.world.lookup(person)
    office.deliver()
    for message in to_contact(office, person):
        assert "Ming" in message["text"]
        assert "Example Lender" in message["text"]
        said = message["text"].replace(link_in(message), "").replace("Example Lender", "")
        assert texts.forbidden([said]) == []
        for hidden in (person.account, "Example Agency", person.number, person.contact_number[3:], "agent-17"):
            assert hidden not in message["text"]
    for message in office.outbox.messages():
        assert person.contact_number[3:] not in message["text"]


def test_a_refused_lookup_and_a_permit_that_stayed_closed_are_no_use(office: Office) -> None:
    world, person = office.world, office.ready
    world.lookup(office.tried)
    world.alive()
    closed, _ = world.vault.round([
        ("lookup", world.asked(person)),
        ("withdraw", {"by": world.lender.value(), "consent": person.contact_consent, "through": "lender"}),
    ])
    assert isinstance(closed, dict)
    assert "release" not in closed
    assert office.deliver() == 0
    assert told(office, closed["lookup"]) == set()


def test_without_a_courier_to_tell_them_nothing_is_opened(office: Office) -> None:
    office.world.clock.at += 6 * SECOND
    answer = office.world.call("lookup", **office.world.asked(office.ready))
    assert (answer["verdict"], answer["state"]) == ("deny", "unavailable")


def test_a_use_is_told_once_the_transport_is_back(office: Office) -> None:
    outbox = Picky(office)
    outbox.refuses = lambda message: True
    office.sends_by(outbox)
    lookup = office.world.lookup(office.ready)["lookup"]
    assert office.deliver() == 0
    office.world.reopen()
    office.sends_by(office.outbox)
    office.world.clock.at += DAY
    assert office.deliver() == 3
    assert told(office, lookup) == {"borrower", "contact"}


def test_a_contact_who_objected_in_between_is_told_all_the_same(office: Office) -> None:
    person = office.ready
    listed = to_contact(office, person)[0]
    lookup = office.world.lookup(person)["lookup"]
    office.world.call("answer", token=link_in(listed), answer="object")
    assert office.deliver() == 3
    assert told(office, lookup) == {"borrower", "contact"}


def test_nobody_is_looked_up_who_was_not_told_of_being_listed(office: Office) -> None:
    outbox = Picky(office)
    outbox.refuses = lambda message: message.template == "contact-listed"
    office.sends_by(outbox)
    person = office.agreed()
    office.world.account(person)
    assert "contact-not-informed" in office.codes_now(person)
    outbox.refuses = lambda message: False
    office.world.clock.at += DAY
    office.world.feeds()
    office.deliver()
    assert "contact-not-informed" not in office.codes_now(person)


# Stopped


@pytest.mark.parametrize("template", ["contact-listed", "contact-invitation", "use-contact"])
def test_one_click_in_any_message_stops_it_for_ever_for_every_agency(office: Office, template: str) -> None:
    world, person = office.world, office.ready
    if template == "use-contact":
        assert "release" in world.lookup(person)
        office.deliver()
    message = next(one for one in to_contact(office, person) if one["template"] == template)
    assert world.call("answer", token=link_in(message), answer="object")["act"] == "objected"
    assert "contact-objected" in office.codes_now(person)
    before = len(to_contact(office, person))
    # Another agency, another borrower, another spelling, another year, another life of the vault.
    other = office.untried
    world.account(other, agency=world.rival)
    again = world.call("register-contact", by=world.lender.value(), id="ce" * 16, borrower=other.borrower,
                       name="Li Na", relation="friend", number=person.contact_number.replace("+86", "0086 (0)"),
                       languages=["zh-CN"], rank=1)["contact"]
    world.append("erasure-requested/1", {
        "subject": other.contact, "role": "contact", "borrower": other.borrower}, world.lender)
    other.contact = again
    assert office.deliver() == 0
    consent = world.call("consent", **world.terms(other, "contact"))["consent"]
    for days in (1, 30, 400):
        world.reopen()
        office.sends_by(office.outbox)
        world.clock.at += days * DAY
        assert office.deliver() == 0, "nobody writes to them again"
        assert "release" not in world.lookup(other, by=world.rival)
        assert "contact-objected" in office.codes_now(person)
    assert len(to_contact(office, person)) == before
    with pytest.raises(MalformedError):
        world.call("check-code", consent=consent, code="000000")


@pytest.mark.parametrize(("answer", "act", "code"), [
    ("refuse", "refused", "contact-refused"), ("withdraw", "withdrawn", "contact-consent-withdrawn"),
])
def test_after_a_no_only_the_contacts_own_code_restores_anything(
    ready: Ready, answer: str, act: str, code: str
) -> None:
    world, person = ready.world, ready.people[0]
    receipt = world.call("answer", token=person.token, answer=answer)
    assert receipt["act"] == act
    assert code in world.codes(world.lookup(person))
    for by in (world.lender, world.agency, world.auditor, Actor("contact", person.contact)):
        body = {**world.entry(person.contact_consent).body, "assurance": "code"}
        with pytest.raises(ConsentryError):
            world.append("consent-given/1", body, by)
    world.clock.at += DAY
    world.feeds()
    assert "release" not in world.lookup(person)


def test_a_link_used_again_says_what_it_said_and_an_unknown_one_nothing(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    first = world.call("answer", token=person.token, answer="object")
    size = world.vault.desk.log.size
    again = world.call("answer", token=person.token, answer="object")
    assert again["log_index"] == first["log_index"]
    assert world.vault.desk.log.size == size
    for token in (NOBODY_KNOWS, person.token[:-1], person.token.upper() + "0", "x", person.account):
        with pytest.raises(NotFoundError):
            world.call("answer", token=token, answer="object")
    receipt: dict[str, Any] = first
    assert person.contact_number[3:] not in json.dumps(receipt)


def test_a_link_can_only_tighten(ready: Ready) -> None:
    """Withdrawn, then clicked again in every way: nothing comes back."""
    world, person = ready.world, ready.people[0]
    for answer in ("withdraw", "refuse", "withdraw", "object", "withdraw", "refuse"):
        world.call("answer", token=person.token, answer=answer)
        assert "release" not in world.lookup(person)
    assert "contact-objected" in world.codes(world.lookup(person))


def test_a_link_lives_for_ninety_days_and_every_message_brings_a_fresh_one(office: Office) -> None:
    world, person = office.world, office.ready
    old = link_in(to_contact(office, person)[0])
    assert "release" in world.lookup(person)
    office.deliver()
    fresh = link_in(to_contact(office, person)[-1])
    assert fresh != old
    world.clock.at += 89 * DAY
    with pytest.raises(NotFoundError):
        world.call("answer", token=old, answer="object")
    assert world.call("answer", token=fresh, answer="object")["act"] == "objected"


def test_who_says_nothing_is_asked_twice_and_never_again(office: Office) -> None:
    world, person = office.world, office.world.borrower()
    office.deliver()
    for days in (0, 1, 2, 3, 4, 30, 200):
        world.clock.at += days * DAY
        world.call("consent", **world.terms(person, "contact"))
        office.deliver()
    asked = [one for one in to_contact(office, person) if one["template"] == "contact-invitation"]
    assert len(asked) == 2
    assert not [one for one in world.entries("consent-given/1") if one.body.get("contact") == person.contact]
