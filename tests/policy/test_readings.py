"""Facts as read, whole: attempts, consents, channels, lines, and what is known of an account that is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE, local_day, stamp
from registry.policy import Directory, facts_from, gather, packs_for
from registry.policy.applicable import Applied, Packs
from registry.policy.facts.agreed import line_of
from registry.policy.facts.life import covered
from registry.policy.facts.listed import Consent, Line
from registry.policy.facts.model import Attempt, Caller, Facts, Slot
from registry.policy.values import Ask
from registry.policy.written import addresses_to_write
from registry.shipped import shipped_packs
from tests.policy.test_facts import entry, read
from tests.policy.test_packs import activate, changed
from tests.policy.world import (
    DECLINED,
    HOUSEHOLD,
    OFFSET,
    PERSON,
    RANG,
    START,
    ZONE,
    Case,
    Source,
    World,
    ident,
    other,
    when,
)

DAY_5 = local_day(when(-5), OFFSET)
B = 1   # the rank of grade B


def only(world: World, case: Case) -> Attempt:
    (found,) = read(world, case).attempts
    return found


# Attempts.


def test_an_attempt_is_read_as_the_provider_told_it_and_the_registry_stamped_it() -> None:
    world = World()
    case = world.agreed()
    began, logged = when(-5, "23:50"), when(-4, "00:01")
    here = {"zone": ZONE, "date": "2026-05-27", "minute": 1430, "offset": OFFSET}
    zones = [{**here, "minute": minute} for minute in (1435, 1425)]
    world.attempt(case, began, logged=logged, line_local=[{**zones[0]}, {**zones[1], "zone": "Asia/Urumqi"}])
    found = only(world, case)
    assert found == Attempt(
        index=found.index, at=logged, slot=0, medium="voice", agency=world.agency, outcome="no-answer", began=began,
        day=DAY_5, minute=1430, earliest=1425, latest=1435, logged_day=DAY_5 + 1, ring=30, grade=B, flaw=None,
        void=False,
    )


def test_an_attempt_of_which_little_is_told_is_at_its_entry_and_attests_nothing() -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5, "02:00"), began_at=None, local=None, line_local=None, agency=None,
                  outcome={"cause": {"q850": 20}, "ring": None})
    found = only(world, case)
    utc = when(-5, "02:01") // DAY
    assert (found.began, found.day, found.minute, found.earliest, found.latest, found.logged_day) == (
        when(-5, "02:01"), utc, -1, -1, -1, utc,
    )
    assert (found.ring, found.flaw) == (-1, "attempt-not-attested")
    late = World()
    case = late.agreed()
    midnight = when(-5) // DAY * DAY
    late.attempt(case, when(-5), logged=midnight - 1, began_at=None, local=None, line_local=None)
    assert only(late, case).logged_day == midnight // DAY - 1


@pytest.mark.parametrize("changes", [
    {"began_at": None}, {"local": None}, {"local": None, "began_at": None}, {"line_local": None},
    {"local": {"zone": "Asia/Urumqi", "date": "2026-05-27", "minute": 570, "offset": OFFSET}},
    {"local": {"zone": ZONE, "date": "2026-05-27", "minute": 571, "offset": OFFSET}},
    {"local": {"zone": ZONE, "date": "2026-05-28", "minute": 570, "offset": OFFSET}},
    {"logged": when(-5, "09:30") + DAY + 1}, {"logged": when(-5, "09:30") - MINUTE - 1},
    {"logged": when(-5, "09:45") + 1, "signed_at": stamp(when(-5, "09:45") + 1)},
    {"logged": when(-5, "09:45") + 1, "signed_at": stamp(when(-5, "09:15") - 1)},
    {"channel": ident("no such channel")},
])
def test_an_attempt_not_told_in_time_and_in_full_is_not_attested(changes: dict[str, Any]) -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5, "09:30"), **changes)
    assert only(world, case).flaw == "attempt-not-attested"


@pytest.mark.parametrize("changes", [
    {"logged": when(-5, "09:30") - MINUTE}, {"logged": when(-5, "09:45"), "signed_at": stamp(START)},
    {"logged": when(-5, "09:30") + DAY, "signed_at": stamp(when(-5, "09:45")), "kind": ATTEMPTS[0]},
    {"logged": when(-5, "09:30") + DAY, "signed_at": stamp(when(-5, "09:15")), "kind": ATTEMPTS[0]},
])
def test_an_attempt_told_at_the_last_moment_is_attested(changes: dict[str, Any]) -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5, "09:30"), **changes)
    assert only(world, case).flaw is None


def test_an_attempt_on_no_channel_of_the_borrowers_is_of_no_slot_and_keeps_its_grade() -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5, "09:30"), channel=None)
    assert (only(world, case).slot, only(world, case).void, only(world, case).grade) == (-1, False, B)
    unknown = World()
    case = unknown.agreed()
    unknown.attempt(case, when(-5, "09:30"), provider=ident("never registered"))
    assert (only(unknown, case).grade, only(unknown, case).flaw) == (-1, "attempt-sequence-gap")


def test_of_two_reports_of_one_attempt_the_least_favourable_stands_whichever_came_first() -> None:
    for first, second in ((RANG, HOUSEHOLD), (HOUSEHOLD, RANG)):
        world = World()
        case = world.agreed()
        for minute, outcome in enumerate((first, second)):
            world.attempt(case, when(-5, f"09:3{minute}"), outcome=outcome, attempt=ident("the same"))
        assert only(world, case).outcome == "household"
        same = World()
        case = same.agreed()
        same.add_provider(when(-149), ident("second provider"), "neutral")
        for provider in (same.provider, ident("second provider")):
            same.attempt(case, when(-5, "09:30"), provider=provider, attempt=ident("the same"))
        assert len(read(same, case).attempts) == 2


def test_whoever_calls_in_is_there_whatever_class_is_told() -> None:
    world = World()
    case = world.agreed()
    for name in ("declined", "no-answer"):
        world.attempt(case, when(-5), direction="inbound", **{"class": name})
    facts = read(world, case)
    assert [one.until for one in facts.resets] == [0, 0]
    assert facts.attempts == ()


def test_a_reading_is_not_remembered_beyond_what_it_rests_on() -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5, "09:30"))
    world.add(START, "channel-disputed/1", {"channel": case.channels["voice"], "borrower": case.borrower})
    entries = world.log()
    voids = []
    for log in (entries[:-1], entries, entries[:-1], entries[:-1]):
        source = Source.of(log)
        ask = Ask("l", case.account, world.agency, "A", "contact", "restore-contact", "number", {ZONE: OFFSET})
        voids.append([one.void for one in facts_from(gather(source, case.account), ask, START).attempts])
    assert voids == [[False], [True], [False], [False]]


@pytest.mark.parametrize(("zones", "told", "whole"), [
    (("a",), ("a",), True), (("a",), ("b",), False), (("a",), (), False), (("a",), ("a", "b"), True),
    (("a", "b"), ("a", "b"), True), (("a", "b"), ("b", "a", "c"), True), (("a", "b"), ("a",), False),
    (("a", "b"), ("a", "c"), False),
])
def test_local_times_are_told_for_every_zone_of_a_line(zones: tuple[str, ...], told: tuple[str, ...], whole: bool,
                                                       ) -> None:
    assert covered(zones, told) is whole


# Reaches on lines of others, and on channels found to be a stranger's.


def test_a_reach_on_a_shared_line_in_anothers_case_is_a_sign_of_life_while_the_line_is_his() -> None:
    world = World()
    case = world.agreed()
    another = world.person("another")
    shared = world.channel(when(-100), another.borrower, "voice", "another-shared", line=case.lines["voice"])
    theirs = other(another, channels={"voice": shared}, lines={"voice": case.lines["voice"]})
    world.attempt(theirs, when(-5), outcome=PERSON)
    world.attempt(theirs, when(-4), outcome=RANG)
    world.attempt(theirs, when(-3), outcome=RANG, direction="inbound", **{"class": "no-answer"})
    told = [(when(-5) + MINUTE, None), (when(-3) + MINUTE, None)]
    # Voice and SMS are two slots on the one line.
    assert [(one.at, one.agency) for one in read(world, case).resets] == told * 2
    removal = {"channel": case.channels["voice"], "borrower": case.borrower}
    world.add(when(-2), "channel-removed/1", removal)
    world.add(when(-2), "channel-removed/1", {**removal, "channel": case.channels["sms"]})
    assert [(one.at, one.agency) for one in read(world, case).resets] == told * 2
    gone = World()
    case = gone.agreed(channels=("email",))
    assert read(gone, case).resets == ()


def test_what_was_reached_on_a_channel_found_to_be_a_strangers_is_void_and_what_came_after_is_not() -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, when(-5), outcome=DECLINED)
    world.attempt(case, when(-5, "11:00"), "email", outcome={"cause": {"status": "replied"}, "ring": None})
    assert len(read(world, case).resets) == 2
    assert read(world, case).declined_at == when(-5) + MINUTE
    world.add(when(-4), "channel-disputed/1", {"channel": case.channels["voice"], "borrower": case.borrower})
    facts = read(world, case)
    assert [one.at for one in facts.resets] == [when(-5, "11:01")]
    assert facts.declined_at is None
    assert [one.void for one in facts.attempts] == [True, False]
    world.attempt(case, when(-3), outcome=DECLINED)
    facts = read(world, case)
    assert [(one.at, one.until) for one in facts.resets][1:] == [(when(-3) + MINUTE, when(-3) + MINUTE + 30 * DAY)]
    assert facts.declined_at == when(-3) + MINUTE


def test_a_refusal_on_no_channel_that_is_known_is_a_refusal() -> None:
    for channel in (None, ident("no such channel")):
        world = World()
        case = world.agreed()
        world.attempt(case, when(-5), outcome=DECLINED, channel=channel)
        assert read(world, case).declined_at == when(-5) + MINUTE


# Consents.


def test_a_consent_is_read_whole() -> None:
    world = World()
    case = world.person()
    scope = {"hours": ["09:00", "18:30"], "grantee": {"role": "entrusted", "party": world.agency}, "max_uses": 2}
    given = world.consent(case, "borrower", when(-50), scope=scope, account=case.account, contact=case.contact)
    (found,) = read(world, case).consents
    purposes, modes = frozenset({"restore-contact", "obtain-contact-details"}), frozenset({"number", "message"})
    whole = Consent(
        id=given, at=when(-50), lender=world.lender, account=case.account, contact=case.contact, line=None,
        purposes=purposes, modes=modes, grantee_party=world.agency, grantee_role="entrusted", max_uses=2, uses=0,
        hours=(540, 1110), separate=True, expires_at=when(-50) + 360 * DAY, assurance=0, ended=False,
    )
    assert found == whole
    other_one = world.consent(case, "contact", when(-40))
    (contact,) = read(world, case).contacts
    assert contact.consents == (replace(
        whole, id=other_one, at=when(-40), account=None, line=case.contact_line, grantee_party=None, max_uses=1,
        hours=None, expires_at=when(-40) + 360 * DAY, assurance=1,
    ),)
    assert read(world, case).consents == (whole,)


def uses(world: World, case: Case, giver: str = "borrower") -> int:
    facts = read(world, case)
    (found,) = facts.consents if giver == "borrower" else facts.contacts[0].consents
    return found.uses


def test_a_permit_uses_the_consents_before_it_for_its_account_and_contact() -> None:
    for terms, counted in (
        ({}, 3), ({"account": None}, 3), ({"contact": None}, 2),
    ):
        world = World()
        case = world.person()
        bound = {key: getattr(case, key) for key in terms}
        world.permit(case, when(-60))
        world.consent(case, "borrower", when(-50), **bound)
        assert uses(world, case) == 0
        world.permit(case, when(-40))
        world.message(case, when(-30))
        world.permit(case, when(-20), contact=ident("second contact"))
        back = world.permit(case, when(-10))
        world.refuse_opening(case, back, when(-9))
        assert uses(world, case) == counted
    world = World()
    case = world.person()
    world.consent(case, "borrower", when(-50), account=ident("another account"))
    world.permit(case, when(-40))
    assert uses(world, case) == 0


def ended(world: World, case: Case) -> list[bool]:
    return [one.ended for one in read(world, case).consents]


def test_a_withdrawal_ends_what_was_given_before_for_the_same_account_and_not_for_another() -> None:
    world = World()
    case = world.person()
    mine = world.consent(case, "borrower", when(-50), account=case.account, assurance="code")
    world.consent(case, "borrower", when(-49), account=ident("another"), assurance="code")
    general = world.consent(case, "borrower", when(-48), assurance="code")
    assert ended(world, case) == [False, False, False]
    world.withdraw(case, "borrower", mine, when(-40))
    assert ended(world, case) == [True, False, True]
    world.withdraw(case, "borrower", general, when(-39))
    assert ended(world, case) == [True, True, True]


def test_after_a_withdrawal_his_own_act_restores_and_a_recorded_paper_does_not() -> None:
    for assurance, restored in (("code", True), ("passkey", True), ("recorded", False)):
        world = World()
        case = world.person()
        world.withdraw(case, "borrower", world.consent(case, "borrower", when(-50), assurance="code"), when(-40))
        world.consent(case, "borrower", when(-30), assurance=assurance)
        assert ended(world, case) == [True, not restored]


def test_nobody_ends_what_another_gave() -> None:
    world = World()
    case = world.person()
    second = other(case, contact=world.contact(when(-110), case.borrower, "b", 2)[0])
    named = world.consent(case, "borrower", when(-50), contact=case.contact)
    first, later = (world.consent(one, "contact", when(at)) for one, at in ((case, -49), (second, -48)))

    def standing() -> list[list[bool]]:
        facts = read(world, case)
        return [[not one.ended for one in consents]
                for consents in (facts.consents, facts.contacts[0].consents, facts.contacts[1].consents)]

    assert standing() == [[True], [True], [True]]
    world.withdraw(second, "contact", later, when(-40))
    assert standing() == [[True], [True], [False]]
    world.withdraw(case, "contact", first, when(-39))
    assert standing() == [[True], [False], [False]]
    world.add(when(-38), "consent-withdrawn/1", {
        "consent": named, "giver": "borrower", "borrower": case.borrower, "contact": case.contact,
        "act": "withdrawn", "through": "lender",
    })
    assert standing() == [[False], [False], [False]]


# Lines of contacts.


def test_what_is_known_of_a_line_is_what_every_history_says_of_it() -> None:
    def outcome(name: str, account: str = "mine", lookup: str = "a") -> Any:
        return entry("outcome-reported/1", outcome=name, account=account, lookup=lookup)

    clear = Line(False, False, False, False, (), (), 0)
    assert line_of((), "mine") == clear
    for one, known in (
        (entry("objected/1"), {"objected": True}), (outcome("refused", "x"), {"objected": True}),
        (entry("message-answered/1", answer="never"), {"objected": True}),
        (outcome("minor", "x"), {"minor": True}), (outcome("wrong-person", "x"), {"wrong_person": True}),
        (entry("message-answered/1", answer="not-me"), {"wrong_person": True}),
        (outcome("number-dead", "x"), {"dead": True}), (outcome("no-answer"), {}), (outcome("relayed", "x"), {}),
        (outcome("relayed"), {"conversations": 1}), (entry("message-answered/1", answer="cannot"), {}),
    ):
        assert line_of((one,), "mine") == replace(clear, **known)
    talked = tuple(outcome(name, lookup=name) for name in ("will-relay", "gave-channel", "distress"))
    assert line_of(talked, "mine") == replace(clear, conversations=3)


def test_a_line_remembers_each_permit_that_was_not_given_back() -> None:
    def permit(lookup: str, mode: str, verdict: str = "permit") -> Any:
        return entry("lookup-decided/1", lookup=lookup, mode=mode, verdict=verdict)

    def back(lookup: str) -> Any:
        return entry("opening-refused/1", lookup=lookup)

    number, message, denied = permit("n", "number"), permit("m", "message"), permit("d", "number", "deny")
    assert line_of((number, message, denied), "x").releases == (START,)
    assert line_of((number, message, denied), "x").messages == (START,)
    assert line_of((number, message, back("n"), back("unheard-of")), "x").releases == ()
    assert line_of((number, message, back("m")), "x").messages == ()


# Channels and contacts.


def test_a_slot_is_read_whole_and_says_who_named_its_use() -> None:
    world = World()
    case = world.person(channels=("voice",), mobile=True)
    borrower = Actor("borrower", case.borrower)
    again = world.channel(when(-50), case.borrower, "voice", "again", line=case.lines["voice"], use="work",
                          by=borrower, zones=[ZONE, "Asia/Urumqi"])
    mail = world.channel(when(-40), case.borrower, "email", "b")
    voice, email = world.judge(case)[0].slots
    assert voice == Slot(
        channel=again, line=case.lines["voice"], medium="voice",
        uses=((when(-120), "personal", False), (when(-50), "work", True)), registered=True, removed_at=None,
        alone=True, mobile=True, of_contact=False, offsets=(OFFSET,),
    )
    assert email == Slot(
        channel=mail, line=ident("b-line-email"), medium="email", uses=((when(-40), "personal", False),),
        registered=True, removed_at=None, alone=True, mobile=False, of_contact=False, offsets=(),
    )
    world.attempt(other(case, channels={"voice": case.channels["voice"], "email": mail},
                        lines={**case.lines, "email": ident("b-line-email")}), when(-5), "email",
                  outcome={"cause": {"status": "delivered"}, "ring": None})
    world.attempt(case, when(-4))
    newest = world.channel(when(-30), case.borrower, "voice", "newest", line=case.lines["voice"])
    world.attempt(other(case, channels={"voice": newest}), when(-3))
    assert [one.slot for one in read(world, case).attempts] == [1, 0, 0]


def slot(world: World, case: Case) -> Slot:
    return read(world, case).slots[0]


def test_a_channel_that_is_removed_stands_by_its_first_removal_until_it_is_added_again() -> None:
    world = World()
    case = world.person(channels=("voice",))
    removal = {"channel": case.channels["voice"], "borrower": case.borrower}
    world.add(when(-50), "channel-removed/1", {**removal, "channel": ident("no such channel")})
    assert (slot(world, case).registered, slot(world, case).removed_at) == (True, None)
    world.add(when(-40), "channel-removed/1", removal)
    world.add(when(-30), "channel-removed/1", removal, Actor("borrower", case.borrower))
    assert (slot(world, case).registered, slot(world, case).removed_at) == (False, when(-40))
    assert slot(world, case).channel == case.channels["voice"]
    again = world.channel(when(-20), case.borrower, "voice", "again", line=case.lines["voice"])
    found = slot(world, case)
    assert (found.registered, found.removed_at, found.channel) == (True, None, again)
    world.add(when(-10), "channel-removed/1", {**removal, "channel": again})
    assert (slot(world, case).registered, slot(world, case).removed_at) == (False, when(-10))


def test_of_several_channels_on_one_line_the_last_that_stands_is_told() -> None:
    world = World()
    case = world.person(channels=("voice",))
    second = world.channel(when(-50), case.borrower, "voice", "second", line=case.lines["voice"])
    assert slot(world, case).channel == second
    world.add(when(-40), "channel-removed/1", {"channel": second, "borrower": case.borrower})
    assert slot(world, case).channel == case.channels["voice"]


def test_what_the_borrower_removed_himself_is_gone_at_once() -> None:
    for kind in ("channel-removed/1", "channel-disputed/1"):
        world = World()
        case = world.person(channels=("voice",))
        world.add(when(-40), kind, {"channel": case.channels["voice"], "borrower": case.borrower},
                  Actor("borrower", case.borrower))
        assert (slot(world, case).registered, slot(world, case).removed_at) == (False, None)


def test_a_contact_is_the_borrower_where_his_line_is_or_was_the_borrowers() -> None:
    for kind, his in ((None, True), ("channel-removed/1", True), ("channel-disputed/1", False)):
        world = World()
        case = world.person(channels=("voice",))
        world.contact(when(-100), case.borrower, "b", 2, line=case.lines["voice"], residence="CN-11",
                      zones=[ZONE, "Asia/Urumqi"])
        if kind is not None:
            world.add(when(-40), kind, {"channel": case.channels["voice"], "borrower": case.borrower})
        first, second = read(world, case).contacts
        assert (first.is_borrower, second.is_borrower) == (False, his)
        assert (first.residence, second.residence) == (None, "CN-11")
        assert second.clocks == ((ZONE, 600, OFFSET), ("Asia/Urumqi", 600, OFFSET))


# Who asks, and of whom.


def test_of_an_account_that_is_not_there_nothing_is_known_but_the_caller() -> None:
    world = World()
    world.person()
    unknown = world.judge(other(world.person("x"), account=ident("unheard-of")))[0]
    assert unknown == Facts(
        ask=unknown.ask, at=START, stopped=False, caller=Caller(True, True, False, None, None, 0), borrower=None,
        account=None, residence=None, time_zone=None, offset=0, today=0, local_date=None, regulator=None,
        feeds_through=None, slots=(), attempts=(), resets=(), declined_at=None, notices=(), holds=(), callback=None,
        consents=(), contacts=(), case_contacts=frozenset(), requests=(),
    )
    world.add(START, "releases-stopped/1", {}, Actor("officer", world.officer), [world.officer])
    assert world.judge(other(world.person("x"), account=ident("unheard-of")))[0].stopped is True


def test_a_client_nobody_registered_is_no_agency_and_has_no_key() -> None:
    world = World()
    case = world.person()
    assert read(world, case, client=ident("nobody")).caller == Caller(False, False, False, None, None, 0)
    lender = read(world, case, client=world.lender).caller
    assert (lender.is_agency, lender.has_key, lender.suspended, lender.approval) == (False, False, False, None)


def test_facts_say_of_what_moment_and_place_they_are() -> None:
    world = World()
    case = world.person()
    facts = read(world, case)
    assert (facts.at, facts.borrower, facts.residence, facts.time_zone) == (START, case.borrower, "CN", ZONE)
    assert (facts.offset, facts.today, facts.local_date) == (OFFSET, local_day(START, OFFSET), "2026-06-01")
    assert (facts.regulator, facts.feeds_through, facts.lender) == ("CN", START - HOUR, world.lender)
    assert (facts.case_contacts, facts.stopped) == (frozenset(), False)


def test_contacts_of_this_case_are_those_whose_number_left_for_this_account() -> None:
    world = World()
    case = world.person()
    world.permit(case, when(-5))
    world.permit(case, when(-4), account=ident("another"), contact=ident("second"))
    back = world.permit(case, when(-3), contact=ident("third"))
    world.refuse_opening(case, back, when(-2))
    assert read(world, case).case_contacts == {case.contact}


def test_without_a_registration_or_an_account_of_his_there_is_nothing_to_know() -> None:
    for kind in ("borrower-registered/1", "account-opened/1"):
        world = World()
        case = world.person()
        log = world.log()
        kept = Source.of(log)
        filed = {key: [one for one in entries if one.kind != kind] for key, entries in kept.filed.items()}
        history = gather(Source(kept.directory, filed, kept.accounts), case.account)
        ask = Ask("l", case.account, world.agency, "A", "contact", "restore-contact", "number", {ZONE: OFFSET})
        assert facts_from(history, ask, START).account is None


# Packs, and whom they have written to.


def packs(world: World, case: Case) -> Packs:
    facts = read(world, case)
    return packs_for(Source.of(world.log()).directory, facts, START)


def test_what_has_no_pack_is_told_by_its_name() -> None:
    world = World(regulator=None)
    case = world.person()
    world.contact(when(-100), case.borrower, "b", 2, region="XX", residence="YY")
    found = packs(world, case)
    assert found.base.missing == ("lender's regulator: unknown",)
    second = read(world, case).contacts[1].id
    assert found.of(second).missing == (
        "lender's regulator: unknown", "contact's line: XX", "contact's residence: YY",
    )
    assert found.of(None) is found.base
    facts = replace(read(world, case), residence="ZZ", contacts=())
    assert packs_for(Source.of(world.log()).directory, facts, START).base.missing == (
        "borrower's residence: ZZ", "lender's regulator: unknown",
    )
    nowhere = [replace(one, region=None, residence=None) for one in read(world, case).contacts]
    assert packs_for(Source.of(world.log()).directory, replace(facts, contacts=tuple(nowhere[1:])), START).of(
        second,
    ).missing == ("borrower's residence: ZZ", "lender's regulator: unknown", "contact's line: unknown")
    assert packs_for(Directory(), facts, START) == Packs(Applied(None, ("floor",)), {})


def test_purposes_are_of_the_pack_where_the_contact_lives_or_else_where_his_line_is() -> None:
    world = World()
    case = world.person()
    text = changed(changed(shipped_packs()["cn"].text, 'pack = "cn"', 'pack = "narrow"'), '["CN"]', '["XN"]')
    activate(world, changed(text, '"obtain-contact-details", ', ""), when(-99))
    world.contact(when(-98), case.borrower, "b", 2, region="XN")
    world.contact(when(-98), case.borrower, "b", 3, region="CN", residence="XN")
    world.contact(when(-98), case.borrower, "b", 4, region="XN", residence="CN")
    found = packs(world, case)
    purposes = []
    for one in read(world, case).contacts:
        effective = found.of(one.id).effective
        assert effective is not None
        purposes.append("obtain-contact-details" in effective.params.purposes)
    assert purposes == [True, False, False, True]


def test_the_borrower_is_written_to_once_a_line_and_medium_by_what_any_pack_needs() -> None:
    world = World()
    case = world.person(mobile=True)
    facts = read(world, case)
    found = packs(world, case)
    both = ((case.channels["sms"], "sms"), (case.channels["email"], "email"))
    assert addresses_to_write(facts, found, START) == both
    nothing = Packs(Applied(None, ("floor",)), {"c": found.base})
    assert addresses_to_write(facts, nothing, START) == both
    assert addresses_to_write(facts, Packs(Applied(None, ("floor",)), {}), START) == ()
    world.add(START - 80 * DAY, "channel-removed/1", {"channel": case.channels["email"], "borrower": case.borrower})
    assert found.base.effective is not None
    facts = read(world, case)
    strict = replace(found.base.effective, params=replace(found.base.effective.params, lookback_days=70))
    assert addresses_to_write(facts, Packs(Applied(strict, ()), {}), START) == both[:1]
    assert addresses_to_write(facts, Packs(Applied(strict, ()), {"c": found.base}), START) == both
