"""Consents that people give themselves: nothing but a code to the right line, or a passkey, gives one."""

from __future__ import annotations

from typing import Any

import pytest

from registry import jose
from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError, UnauthorizedError
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, SECOND, stamp
from tests.vault.people import by_link, code_of, seasoned, signed_in, terms
from tests.world import Person, World


@pytest.fixture
def person(world: World) -> Person:
    return seasoned(world)


def asked(world: World, person: Person, session: str, **changes: Any) -> str:
    answer = world.call("give-consent", session=session, **terms(world, person, **changes))
    assert (answer["state"], answer["assurance"], "receipt" in answer) == ("pending-code", "code", False)
    consent: str = answer["consent"]
    return consent


def refused(world: World, op: str, **args: Any) -> tuple[type, str]:
    size = world.vault.desk.log.size
    with pytest.raises(ConsentryError) as caught:
        world.call(op, **args)
    assert world.vault.desk.log.size == size
    return type(caught.value), caught.value.code


# The borrower's own, by code


def test_a_borrower_consents_by_the_code_that_went_to_his_own_channel(world: World, person: Person) -> None:
    consent = asked(world, person, signed_in(world, "borrower", person.number))
    code = code_of(world, "borrower-consent-code", person.number)
    given = world.call("check-code", consent=consent, code=code)
    assert (given["state"], given["assurance"]) == ("given", "code")
    entry = world.entries("consent-given/1")[-1]
    requested = dict(world.entry(consent).body)
    assert entry.by == Actor("borrower", person.borrower)
    assert entry.body == {**{name: one for name, one in requested.items() if name != "channel"}, "assurance": "code"}
    claims = jose.verify_jws(given["receipt"], jose.RECEIPT, world.vault.call("keys", {})["jwks"])
    assert (claims["act"], claims["consent"], claims["terms_sha256"]) == (
        "given", consent, requested["terms_sha256"])


def test_the_lenders_link_may_ask_but_only_the_code_gives(world: World, person: Person) -> None:
    consent = asked(world, person, by_link(world, person))
    assert refused(world, "check-code", consent=consent, code="000000") == (MalformedError, "code-refused")
    world.call("check-code", consent=consent, code=code_of(world, "borrower-consent-code", person.number))


def test_a_channel_younger_than_seven_days_gets_no_code(world: World) -> None:
    person = world.borrower()
    world.deliver()
    for age, fine in ((7 * DAY - SECOND, False), (7 * DAY, True)):
        world.clock.at = world.entry(person.channels["sms"]).at + age
        session = by_link(world, person)
        if fine:
            asked(world, person, session)
        else:
            assert refused(world, "give-consent", session=session, **terms(world, person)) == (
                ConflictError, "channel-not-personal")


def add(world: World, person: Person, value: str, use: str = "personal", medium: str = "sms") -> str:
    channel: str = world.call(
        "add-channel", by=world.lender.value(), borrower=person.borrower, medium=medium, value=value, use=use,
    )["channel"]
    return channel


def remove(world: World, person: Person, channel: str) -> None:
    world.append("channel-removed/1", {"channel": channel, "borrower": person.borrower}, world.lender)


def not_personal(world: World, person: Person, channel: str) -> bool:
    args = terms(world, person, channel=channel)
    return refused(world, "give-consent", session=by_link(world, person), **args) == (
        ConflictError, "channel-not-personal")


def test_adding_a_line_again_makes_it_no_older(world: World, person: Person) -> None:
    remove(world, person, person.channels["sms"])
    again = add(world, person, person.number)
    assert not_personal(world, person, person.channels["sms"]), "it was removed"
    assert not_personal(world, person, again), "it is new, whatever stood there before"
    world.clock.at += 7 * DAY
    asked(world, person, by_link(world, person), channel=again)


@pytest.mark.parametrize("first", ["work", "shared"])
def test_calling_an_old_line_personal_makes_it_not_his_own(world: World, person: Person, first: str) -> None:
    line = "+8610000007777"
    add(world, person, line, first)
    world.clock.at += 60 * DAY
    personal = add(world, person, line)
    world.clock.at += 30 * DAY
    assert not_personal(world, person, personal)


def test_a_personal_line_that_is_called_something_else_later_gets_no_code(world: World, person: Person) -> None:
    add(world, person, person.number, "shared")
    assert not_personal(world, person, person.channels["sms"])


@pytest.mark.parametrize("by", ["lender", "agency", "borrower"])
def test_a_disputed_channel_gets_no_code_whoever_disputes_it(world: World, person: Person, by: str) -> None:
    world.account(person)
    actor = {"lender": world.lender, "agency": world.agency, "borrower": Actor("borrower", person.borrower)}[by]
    world.append("channel-disputed/1", {"channel": person.channels["sms"], "borrower": person.borrower}, actor)
    assert not_personal(world, person, person.channels["sms"])


def test_the_contacts_number_filed_as_the_borrowers_gets_no_code(world: World, person: Person) -> None:
    channel = add(world, person, person.contact_number)
    world.clock.at += 8 * DAY
    assert not_personal(world, person, channel)


def test_another_borrowers_channel_and_what_is_no_channel_get_no_code(world: World, person: Person) -> None:
    other = world.borrower()
    world.clock.at += 8 * DAY
    assert not_personal(world, person, other.channels["sms"])
    assert not_personal(world, person, person.contact)
    assert not_personal(world, person, "0" * 32)


def test_a_channel_that_goes_away_before_the_code_comes_back_gives_no_consent(world: World, person: Person) -> None:
    for spoil in (
        lambda: remove(world, person, person.channels["sms"]), lambda: add(world, person, person.number, "work"),
    ):
        consent = asked(world, person, by_link(world, person), channel=person.channels["email"])
        code = code_of(world, "borrower-consent-code", person.mail)
        assert world.call("check-code", consent=consent, code=code)["state"] == "given"
        spoil()
    consent = asked(world, person, by_link(world, person), channel=person.channels["email"])
    code = code_of(world, "borrower-consent-code", person.mail)
    remove(world, person, person.channels["email"])
    assert refused(world, "check-code", consent=consent, code=code) == (MalformedError, "code-refused")


def test_a_borrower_answers_within_a_day(world: World, person: Person) -> None:
    consent = asked(world, person, by_link(world, person))
    code = code_of(world, "borrower-consent-code", person.number)
    world.clock.at += DAY
    assert refused(world, "check-code", consent=consent, code=code) == (MalformedError, "code-refused")


def test_a_code_gives_the_consent_that_it_was_made_for_alone(world: World, person: Person) -> None:
    session = by_link(world, person)
    first = asked(world, person, session)
    code = code_of(world, "borrower-consent-code", person.number)
    scope = {**terms(world, person)["scope"], "max_uses": 100}
    second = asked(world, person, session, scope=scope)
    other = code_of(world, "borrower-consent-code", person.number)
    assert code != other or first != second
    if code != other:
        assert refused(world, "check-code", consent=second, code=code) == (MalformedError, "code-refused")
    assert world.call("check-code", consent=first, code=code)["consent"] == first
    given = world.entries("consent-given/1")
    assert [one.body["scope"]["max_uses"] for one in given] == [3], "to the letter what was asked for"
    assert refused(world, "check-code", consent=first, code=code) == (MalformedError, "code-refused")


def test_whoever_withdraws_while_a_code_is_on_its_way_has_withdrawn(world: World, person: Person) -> None:
    world.consents(person, contact=False)
    consent = asked(world, person, by_link(world, person))
    code = code_of(world, "borrower-consent-code", person.number)
    world.call("withdraw", by=Actor("borrower", person.borrower).value(), consent=person.consent, through="portal")
    assert refused(world, "check-code", consent=consent, code=code) == (MalformedError, "code-refused")


def test_guessing_codes_ends_after_ten_requests_a_day(world: World, person: Person) -> None:
    session = by_link(world, person)
    for _ in range(10):
        asked(world, person, session)
    assert refused(world, "give-consent", session=session, **terms(world, person)) == (ConflictError, "consents-full")
    world.clock.at += DAY
    asked(world, person, by_link(world, person))


def test_nobody_consents_for_somebody_else(world: World, person: Person) -> None:
    other = world.borrower()
    world.deliver()
    session = by_link(world, other)
    assert refused(world, "give-consent", session=session, **terms(world, person)) == (NotFoundError, "not-found")
    contact = signed_in(world, "contact", person.contact_number)
    assert refused(world, "give-consent", session=contact, **terms(world, person)) == (
        UnauthorizedError, "session-role")
    assert refused(world, "give-consent", session="cns_nobody", **terms(world, person)) == (
        NotFoundError, "session-unknown")
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower}, world.lender)


@pytest.mark.parametrize("changes", [
    {"separate": False}, {"method": "paper"}, {"given_at": "2026-01-01T00:00:00Z"}, {"expires_at": "PAST"},
    {"contact": "0" * 32}, {"account": "0" * 32}, {"channel": None},
])
def test_terms_that_are_not_those_of_now_are_refused(world: World, person: Person, changes: Any) -> None:
    if changes.get("expires_at"):
        changes = {"expires_at": stamp(world.clock.at)}
    session = by_link(world, person)
    kind, _ = refused(world, "give-consent", session=session, **terms(world, person, **changes))
    assert kind in (MalformedError, NotFoundError)


# A contact's, asked by the borrower


def invited(world: World, person: Person) -> tuple[str, str]:
    answer = world.call("give-consent", session=by_link(world, person), **terms(world, person, "contact"))
    return answer["consent"], answer["invitation"]


def test_a_contact_agrees_with_the_code_of_the_invitation_that_the_borrower_forwards(
    world: World, person: Person
) -> None:
    consent, token = invited(world, person)
    assert world.call("invitation", token=token) == {"consent": consent}
    code = code_of(world, "contact-invitation", person.contact_number)
    session = world.call("enter-code", request=consent, code=code)["session"]
    given = world.call("agree", session=session, consent=consent)
    assert (given["state"], given["assurance"]) == ("given", "code")
    assert world.entries("consent-given/1")[-1].by == Actor("contact", person.contact)
    shown = world.call("receipt", consent=consent)
    assert (shown["act"], shown["log_index"]) == ("given", given["log_index"])
    assert refused(world, "agree", session=session, consent=consent)[0] is MalformedError


def test_a_session_of_that_line_needs_the_code_of_that_consent(world: World, person: Person) -> None:
    consent, _ = invited(world, person)
    code = code_of(world, "contact-invitation", person.contact_number)
    session = signed_in(world, "contact", person.contact_number)
    assert refused(world, "agree", session=session, consent=consent) == (MalformedError, "code-refused")
    assert world.call("agree", session=session, consent=consent, code=code)["state"] == "given"


def test_the_code_of_one_consent_agrees_to_no_other(world: World, person: Person) -> None:
    first, _ = invited(world, person)
    code = code_of(world, "contact-invitation", person.contact_number)
    other, _ = invited(world, person)
    session = world.call("enter-code", request=first, code=code)["session"]
    assert refused(world, "agree", session=session, consent=other) == (MalformedError, "code-refused")


def test_a_stranger_and_the_borrower_cannot_agree_for_a_contact(world: World, person: Person) -> None:
    consent, _ = invited(world, person)
    code = code_of(world, "contact-invitation", person.contact_number)
    other = world.borrower()
    world.deliver()
    stranger = signed_in(world, "contact", other.contact_number)
    assert refused(world, "agree", session=stranger, consent=consent, code=code) == (NotFoundError, "not-found")
    assert refused(world, "agree", session=by_link(world, person), consent=consent, code=code) == (
        UnauthorizedError, "session-role")


def test_an_invitation_opens_nothing_and_is_no_link_to_withdraw_by(world: World, person: Person) -> None:
    _, token = invited(world, person)
    assert refused(world, "answer", token=token, answer="withdraw") == (NotFoundError, "not-found")
    world.consents(person, contact=False)
    given = world.call("consent", **world.terms(person, "borrower"))
    assert refused(world, "invitation", token=given["withdraw_token"]) == (NotFoundError, "not-found")
    assert refused(world, "invitation", token="0" * 32) == (NotFoundError, "not-found")


def test_who_objected_is_not_asked_and_the_borrower_is_answered_the_same(world: World, person: Person) -> None:
    other = world.borrower()
    world.deliver()
    world.call("object", by=Actor("contact", person.contact).value(), contact=person.contact, through="portal")
    session, another = by_link(world, person), by_link(world, other)
    one = world.call("give-consent", session=session, **terms(world, person, "contact"))
    two = world.call("give-consent", session=another, **terms(world, other, "contact"))
    assert set(one) == set(two)
    assert [one["to"] for one in world.deliver() if one["template"] == "contact-invitation"] == [other.contact_number]


# Withdrawing


def test_after_his_own_withdrawal_the_lender_cannot_record_the_borrowers_consent_again(world: World) -> None:
    person = world.unreachable(approve=False)
    mine = Actor("borrower", person.borrower).value()
    world.call("withdraw", by=mine, consent=person.consent, through="portal")
    for method in ("paper", "app", "branch"):
        world.call("consent", **world.terms(person, "borrower", method=method))
    assert "borrower-consent-withdrawn" in world.codes(world.lookup(person))
    consent = asked(world, person, signed_in(world, "borrower", person.number))
    world.call("check-code", consent=consent, code=code_of(world, "borrower-consent-code", person.number))
    assert "borrower-consent-withdrawn" not in world.codes(world.lookup(person)), "his own act restores it"


def test_of_consents_for_two_contacts_one_ends_alone(world: World) -> None:
    person = world.unreachable(approve=False)
    mine = Actor("borrower", person.borrower).value()
    second = world.contact(person, "+8610000006001", rank=2)
    world.deliver()
    world.call("withdraw", by=mine, consent=person.consent, through="portal")
    given = {}
    for contact in (person.contact, second):
        given[contact] = asked(world, person, by_link(world, person), contact=contact)
        world.call("check-code", consent=given[contact],
                   code=code_of(world, "borrower-consent-code", person.number))
    world.call("withdraw", by=mine, consent=given[second], through="portal")
    codes = world.codes(world.lookup(person))
    assert not [one for one in codes if one.startswith("borrower-consent") or one == "contact-refused"]
    world.call("withdraw", by=mine, consent=given[person.contact], through="portal")
    assert "borrower-consent-withdrawn" in world.codes(world.lookup(person))


def test_a_contacts_refusal_ends_no_consent_of_the_borrowers(world: World, person: Person) -> None:
    consent = asked(world, person, by_link(world, person), contact=person.contact)
    world.call("check-code", consent=consent, code=code_of(world, "borrower-consent-code", person.number))
    world.consents(person, borrower=False)
    answer = world.call("answer", token=person.token, answer="withdraw")
    ended = [one["entry"]["body"]["giver"] for one in answer["entries"]]
    assert ended == ["contact"]


def test_no_receipt_of_what_was_only_asked(world: World, person: Person) -> None:
    consent = asked(world, person, by_link(world, person))
    assert refused(world, "receipt", consent=consent) == (NotFoundError, "not-found")
    world.clock.at += HOUR
    world.call("check-code", consent=consent, code=code_of(world, "borrower-consent-code", person.number))
    world.call("withdraw", by=Actor("borrower", person.borrower).value(), consent=consent, through="portal")
    assert world.call("receipt", consent=consent)["act"] == "withdrawn"
