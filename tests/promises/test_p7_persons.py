"""P7: lines that two borrowers share, channels that were disputed, several accounts of one person; on the vault."""

from __future__ import annotations

import os

import pytest

from registry.errors import ConflictError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.policy import Facts, gather
from registry.vault.judging import facts_of
from tests.promises.saved import Ready
from tests.world import ANSWERED, Person, World


def add(world: World, person: Person, number: str, by: Actor | None = None, medium: str = "voice") -> str:
    made = world.call("add-channel", by=(by or world.lender).value(), borrower=person.borrower, medium=medium,
                      value=number, use="personal")
    channel: str = made["channel"]
    return channel


def test_failures_on_a_line_that_becomes_anothers_too_stop_counting_for_both(ready: Ready) -> None:
    world, first, second = ready.world, ready.people[0], ready.people[1]
    add(world, second, first.number)
    assert "channels-incomplete" in world.codes(world.lookup(first))
    assert "channels-incomplete" in world.codes(world.lookup(second))


def test_who_answers_there_resets_both(ready: Ready) -> None:
    world, first, second = ready.world, ready.people[0], ready.people[1]
    add(world, second, first.number)
    world.attempt(first, cause=ANSWERED)
    for person in (first, second):
        codes = world.codes(world.lookup(person))
        assert {"attempts-too-few", "notice-missing"} <= set(codes)


@pytest.mark.parametrize("by", ["agency", "contact"])
def test_the_word_of_the_agency_or_a_contact_ends_no_channel_and_counts_against_the_effort(
    ready: Ready, by: str,
) -> None:
    world, person = ready.world, ready.people[0]
    actor = world.agency if by == "agency" else Actor("contact", person.contact)
    world.append("channel-disputed/1", {"channel": person.channels["voice"], "borrower": person.borrower}, actor)
    assert "attempt-not-attested" in world.codes(world.lookup(person))


def test_what_the_borrower_called_a_strangers_only_he_makes_his_again(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    mine = Actor("borrower", person.borrower)
    world.append("channel-disputed/1", {"channel": person.channels["voice"], "borrower": person.borrower}, mine)
    with pytest.raises(ConflictError, match="only he"):
        add(world, person, person.number)
    session = world.linked(person)
    world.call("deposit-channel", session=session, borrower=person.borrower, medium="voice", value=person.number,
               use="personal")
    add(world, person, person.number, medium="sms")


def test_a_lender_who_adds_again_what_he_disputed_himself_only_contradicts_himself(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    world.append("channel-disputed/1", {"channel": person.channels["voice"], "borrower": person.borrower},
                 world.lender)
    assert add(world, person, person.number)


def test_a_hold_on_the_person_holds_every_account_and_one_on_an_account_only_that(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    other = Person(person.borrower, person.contact, person.number, "", person.mail, person.channels)
    world.account(other)
    for kind, held in (("dispute", False), ("incapacitated", True)):
        hold = new_id(os.urandom)
        world.append("hold-placed/1", {"hold": hold, "borrower": person.borrower, "account": other.account,
                                       "type": kind}, world.agency, hold)
        assert (f"hold-{kind}" in world.codes(world.lookup(person))) is held


def test_after_a_move_attempts_are_told_and_count_in_the_time_of_where_he_lives_now(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    world.append("borrower-changed/1", {
        "borrower": person.borrower, "lender": world.lender.id, "residence": "US-MA", "time_zone": "America/New_York",
        "languages": ["en"]}, world.lender)
    world.attempt(person)
    made = world.entries("attempt-recorded/2")[-1].body
    assert made["local"]["zone"] == "America/New_York"
    facts = world.vault.call("account", {"by": world.agency.value(), "account": person.account})
    assert facts["collection"] == "allowed"
    flaws = {one.flaw for one in judged(world, person).attempts}
    assert flaws == {None}


def test_after_a_move_he_is_written_to_in_his_own_language(ready: Ready) -> None:
    world, person = ready.world, ready.people[0]
    world.append("borrower-changed/1", {
        "borrower": person.borrower, "lender": world.lender.id, "languages": ["en"]}, world.lender)
    assert "release" in world.lookup(person)
    told = [one for one in world.deliver() if one["template"] == "use-borrower"]
    assert {one["language"] for one in told} == {"en"}


def judged(world: World, person: Person) -> Facts:
    asked = dict.fromkeys(("lookup", "client", "agent", "about", "purpose", "mode"), "")
    return facts_of(gather(world.vault.desk, person.account), {**asked, "account": person.account}, world.clock.at)
