"""P2, P8: an assignment ends what was agreed for the account; no contact goes along, and people are told."""

from __future__ import annotations

import os
from typing import Any

import pytest

from registry.errors import ConflictError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import HOUR
from tests.promises.restricting import approved
from tests.promises.saved import Ready
from tests.world import Person, World

VOID = {"account-assigned", "account-not-placed", "borrower-consent-grantee", "contact-consent-grantee"}


def assign(world: World, person: Person, assignee: Actor | None = None) -> dict[str, Any]:
    named = {} if assignee is None else {"assignee": assignee.id}
    return world.call("assign-account", by=world.lender.value(), account=person.account, **named)


def other_lender(world: World) -> Actor:
    actor = Actor("lender", new_id(os.urandom))
    assert actor.id is not None
    world.sign("party-registered/1", {
        "party": actor.id, "role": "lender", "name": "Second Lender", "regulator": "CN"}, ident=actor.id, officers=2)
    return actor


def second_account(world: World, person: Person) -> Person:
    other = Person(person.borrower, person.contact, person.number, person.contact_number, person.mail,
                   person.channels)
    world.account(other)
    return other


def test_after_an_assignment_the_old_agency_gets_nothing_and_the_entry_says_why(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    assign(world, person, other_lender(world))
    answer = world.lookup(person)
    assert (answer["verdict"], answer["state"], answer["missing"]) == ("deny", "not-eligible", [])
    assert set(world.codes(answer)) >= VOID
    own = world.lookup(person, about="borrower", purpose="contact-borrower")
    assert "account-assigned" in world.codes(own)
    with pytest.raises(NotFoundError):
        world.vault.call("account", {"by": world.agency.value(), "account": person.account})


def test_a_permit_is_not_given_again_once_its_account_was_assigned(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    assert "release" in world.lookup(person, key="the-same")
    assign(world, person)
    again = world.lookup(person, key="the-same")
    assert (again["verdict"], "release" in again) == ("deny", False)


def test_an_assignment_in_the_same_round_closes_the_permit_before_it(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    world.alive()
    looked, _ = world.vault.round([
        ("lookup", world.asked(person)),
        ("assign-account", {"by": world.lender.value(), "account": person.account})])
    assert isinstance(looked, dict)
    assert looked["verdict"] == "deny"
    assert "account-assigned" in world.entries("opening-refused/1")[-1].body["reasons"]


def test_a_message_that_waits_is_withheld(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    answer = approved(world, person, mode="message")
    assert answer["message"]["state"] == "queued"
    assign(world, person)
    with pytest.raises(ConflictError, match="may not go out"):
        world.deliver()
    assert world.entries("opening-refused/1")[-1].body["lookup"] == answer["lookup"]


def test_both_are_told_once_and_the_contact_of_no_debt(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    world.deliver()
    assign(world, person, other_lender(world))
    sent = world.deliver()
    to_borrower = [one for one in sent if one["template"] == "borrower-assigned"]
    assert {one["to"] for one in to_borrower} == {person.number, person.mail}
    assert all(one["params"]["assignee"] == "Second Lender" for one in to_borrower)
    (to_contact,) = [one for one in sent if one["template"] == "agreement-ended"]
    assert to_contact["to"] == person.contact_number
    assert set(to_contact["params"]) == {"given_name", "institution", "day", "token"}
    world.cursor = 0
    again = [one["template"] for one in world.deliver()]
    assert "borrower-assigned" not in again
    assert "agreement-ended" not in again


def test_a_contact_who_is_still_asked_cannot_agree_any_more(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    asked = world.call("consent", **world.terms(person, "contact", account=person.account))["consent"]
    world.deliver(person)
    code = person.code
    assign(world, person)
    with pytest.raises(MalformedError, match="not right"):
        world.call("check-code", consent=asked, code=code)


@pytest.mark.parametrize("what", ["place", "consent", "notice", "approve"])
def test_nothing_more_is_done_for_an_assigned_account(ready: Ready, what: str) -> None:
    world, person = ready.world, ready.people[0]
    approval = world.lookup(ready.people[-1])["approval"]
    assign(world, person)
    assign(world, ready.people[-1])
    placement = new_id(os.urandom)
    acts = {
        "place": lambda: world.append("placed/1", {
            "placement": placement, "account": person.account, "borrower": person.borrower,
            "lender": world.lender.id, "agency": world.agency.id, "from": "2026-11-01", "until": "2027-11-01",
        }, world.lender, placement),
        "consent": lambda: world.call("consent", **world.terms(person, "borrower", account=person.account)),
        "notice": lambda: world.call("notice", by=world.lender.value(), account=person.account),
        "approve": lambda: world.sign(
            "approval-given/1", {"approval": approval, "borrower": ready.people[-1].borrower}),
    }
    with pytest.raises(ConflictError, match="assigned"):
        acts[what]()


def test_another_account_of_the_same_borrower_keeps_what_was_agreed_for_all_of_them(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    other = second_account(world, person)
    assign(world, other)
    assert world.entries("agreement-ended/1") == []
    world.clock.at += HOUR
    codes = world.codes(world.lookup(person))
    assert not {one for one in codes if one.endswith("-grantee") or one == "account-assigned"}


def test_with_the_last_account_everything_agreed_for_all_is_over_and_a_later_account_gets_none_of_it(
    ready: Ready,
) -> None:
    world, person = ready.world, ready.people[0]
    assign(world, person)
    assert [one.body["contact"] for one in world.entries("agreement-ended/1")] == [person.contact]
    later = second_account(world, person)
    codes = world.codes(world.lookup(later))
    assert {"borrower-consent-grantee", "contact-consent-grantee"} <= set(codes)
    assert "account-assigned" not in codes


def test_the_new_creditor_starts_with_nothing(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    assignee = other_lender(world)
    assign(world, person, assignee)
    for act in (
        lambda: world.append("account-changed/1", {
            "account": person.account, "borrower": person.borrower, "as_of": "2026-11-25"}, assignee),
        lambda: world.call("consent", **{**world.terms(person, "borrower"), "by": assignee.value()}),
        lambda: world.call("assign-account", by=assignee.value(), account=person.account),
        lambda: world.call("register-contact", by=assignee.value(), id=new_id(os.urandom), borrower=person.borrower,
                           name="Li Na", relation="sibling", number="+8610000009991", languages=["zh-CN"], rank=2),
    ):
        with pytest.raises((NotFoundError, UnauthorizedError)):
            act()


def test_an_account_is_assigned_once_by_its_lender_to_another_registered_lender(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    for wrong in (world.agency, world.lender, Actor("lender", new_id(os.urandom))):
        with pytest.raises(MalformedError):
            assign(world, person, wrong)
    with pytest.raises(NotFoundError):
        world.call("assign-account", by=other_lender(world).value(), account=person.account)
    with pytest.raises(UnauthorizedError):
        world.append("account-assigned/1", {
            "account": person.account, "borrower": person.borrower, "lender": world.lender.id}, world.lender)
    assign(world, person)
    with pytest.raises(ConflictError, match="assigned"):
        assign(world, person)


def test_who_objected_or_withdrew_hears_nothing_more(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    world.call("answer", token=person.token, answer="withdraw")
    assign(world, person)
    assert world.entries("agreement-ended/1") == []
    assert "agreement-ended" not in [one["template"] for one in world.deliver()]


def test_payments_reported_late_still_count_as_a_sign_of_life_elsewhere(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    other = second_account(world, person)
    assign(world, other)
    world.append("account-changed/1", {
        "account": other.account, "borrower": person.borrower, "balance_minor": 1, "as_of": "2026-11-25"},
        world.lender)
    assert "sign-of-life" in world.codes(world.lookup(person))
