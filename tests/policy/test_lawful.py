"""Which attempts are against the law once they are logged, and which calls to a contact nobody was released for."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.policy import Ask, Decision, Readings, asked_in, lapsed, person_facts, why_closed
from registry.policy.facts.life import CLAIM_AFTER
from registry.policy.history import gather_person, zones_of
from registry.policy.lawful import made_unlawful, unreleased
from registry.policy.officers import COMPLIANCE, OfficerRoles
from registry.policy.reasons import Reason
from tests.policy.world import OFFSET, PERSON, START, Case, Source, World, ident, when

# A call to a contact

AGENCY, RIVAL, LINE = "agency", "rival", "a line"
BEGAN = 100 * DAY


def filed(kind: str, at: int, ident_: str = "x", **body: Any) -> Entry:
    return Entry(1, at, Draft(ident_, kind, Actor("vault"), body))


LISTED = filed("contact-registered/1", 0, "contact")


def permit(at: int = BEGAN - HOUR, name: str = "p", **body: Any) -> Entry:
    return filed("lookup-decided/1", at, name, **{"verdict": "permit", "mode": "number", "client": AGENCY, **body})


def call(**body: Any) -> Entry:
    whole = {"direction": "outbound", "line": LINE, "began_at": stamp(BEGAN), **body}
    return filed("attempt-recorded/2", BEGAN + MINUTE, "call", **{
        name: one for name, one in whole.items() if one is not None})


def is_unreleased(*history: Entry, agency: str | None = AGENCY, **body: Any) -> bool:
    return unreleased((LISTED, *history), call(**body), agency)


def test_a_call_to_a_contact_of_whom_nobody_has_the_number_is_told() -> None:
    assert is_unreleased()
    assert is_unreleased(agency=None)
    assert not unreleased((), call(), AGENCY), "the line is no contact's"
    assert not is_unreleased(direction="inbound")
    assert not is_unreleased(borrower="b"), "it is a channel of a borrower's"
    assert not is_unreleased(line=None)


@pytest.mark.parametrize(("history", "agency", "told"), [
    ((permit(),), AGENCY, False), ((permit(),), None, False), ((permit(),), RIVAL, True),
    ((permit(verdict="deny"),), AGENCY, True), ((permit(mode="message"),), AGENCY, True),
    ((permit(BEGAN - 48 * HOUR),), AGENCY, True), ((permit(BEGAN - 48 * HOUR + 1),), AGENCY, False),
    ((permit(BEGAN + CLAIM_AFTER),), AGENCY, False), ((permit(BEGAN + CLAIM_AFTER + 1),), AGENCY, True),
    ((permit(verdict="deny"), permit()), AGENCY, False), ((permit(client=RIVAL), permit(name="q")), AGENCY, False),
])
def test_the_number_is_had_by_whom_it_was_given_until_its_outcome_is_due(
    history: tuple[Entry, ...], agency: str | None, told: bool,
) -> None:
    assert is_unreleased(*history, agency=agency) is told


@pytest.mark.parametrize(("kind", "at", "lookup", "told"), [
    ("opening-refused/1", BEGAN + HOUR, "p", True), ("opening-refused/2", BEGAN + HOUR, "p", True),
    ("outcome-reported/1", BEGAN, "p", True), ("outcome-reported/1", BEGAN + 1, "p", False),
    ("opening-refused/1", BEGAN - 1, "another", False), ("outcome-reported/1", BEGAN - 1, "another", False),
    ("objected/1", BEGAN - 1, "p", False),
])
def test_what_ends_a_permit_ends_the_excuse(kind: str, at: int, lookup: str, told: bool) -> None:
    assert is_unreleased(permit(), filed(kind, at, lookup=lookup)) is told


def test_one_whose_beginning_is_untold_began_when_it_was_logged() -> None:
    late = permit(BEGAN + MINUTE - 48 * HOUR)
    assert is_unreleased(late, began_at=None)
    assert not is_unreleased(late)


@pytest.mark.parametrize(("history", "agency", "told"), [
    ((permit(mode="call"),), None, True),
    ((permit(mode="call"), filed("call-bound/1", 0, lookup="p", expires_at=stamp(BEGAN + 1))), None, False),
    ((permit(mode="call"), filed("call-bound/1", 0, lookup="p", expires_at=stamp(BEGAN))), None, True),
    ((permit(mode="call"), filed("call-bound/1", 0, lookup="p", expires_at=stamp(BEGAN + 1))), AGENCY, True),
    ((permit(mode="call"), filed("call-bound/1", 0, lookup="q", expires_at=stamp(BEGAN + 1))), None, True),
    ((permit(mode="call"), filed("call-bound/1", 0, lookup="p", expires_at=stamp(BEGAN + HOUR)),
      filed("call-unbound/1", BEGAN, lookup="p")), None, True),
    ((permit(mode="call"), filed("call-bound/1", 0, lookup="p", expires_at=stamp(BEGAN + HOUR)),
      filed("call-unbound/1", BEGAN + 1, lookup="p")), None, False),
])
def test_while_a_bridge_connects_a_call_of_nobody_knows_whom_may_be_its_own(
    history: tuple[Entry, ...], agency: str | None, told: bool,
) -> None:
    assert is_unreleased(*history, agency=agency) is told


# An attempt against the law


def blamed(world: World, attempt: str) -> set[str]:
    """The attempts that are unlawful because of this one, by id."""
    (made,) = [one for one in world.log() if one.id == attempt]
    found = made_unlawful(Source.of(world.log()[:made.index + 1]), made, Readings())
    return {one.id for one in world.log() if one.index in found}


def dialled(world: World, **options: Any) -> Case:
    case = world.person(**options)
    world.place(case)
    return case


def test_a_dial_at_night_is_unlawful_by_itself_and_one_by_day_is_not() -> None:
    world = World()
    case = dialled(world)
    day, night = world.attempt(case, when(-3, "10:00")), world.attempt(case, when(-2, "03:00"))
    assert blamed(world, day) == set()
    assert blamed(world, night) == {night}


def test_each_is_asked_about_once_and_an_earlier_fault_is_not_told_again() -> None:
    world = World()
    case = dialled(world)
    night = world.attempt(case, when(-3, "03:00"))
    later = world.attempt(case, when(-2, "10:00"))
    assert (blamed(world, night), blamed(world, later)) == ({night}, set())


def test_one_that_comes_in_late_may_make_another_unlawful_that_began_after_it() -> None:
    world = World()
    case = dialled(world)
    world.attempt(case, when(-3, "09:00"))
    world.attempt(case, when(-3, "12:00"))
    last = world.attempt(case, when(-3, "15:00"), logged=when(-3, "15:01"))
    late = world.attempt(case, when(-3, "14:00"), logged=when(-3, "15:02"))
    assert blamed(world, last) == set()
    assert blamed(world, late) == {last}


def test_a_talk_too_many_is_against_the_law() -> None:
    world = World()
    case = dialled(world)
    first = world.attempt(case, when(-3, "10:00"), outcome=PERSON)
    second = world.attempt(case, when(-3, "15:00"), outcome=PERSON)
    assert (blamed(world, first), blamed(world, second)) == (set(), {second})


def test_of_an_inbound_call_and_of_nobody_nothing_is_unlawful() -> None:
    world = World()
    case = dialled(world)
    inbound = world.attempt(case, when(-2, "03:00"), direction="inbound")
    nobody = world.attempt(case, when(-2, "03:30"), borrower=None, channel=None, account=None, local=None,
                           line_local=None)
    assert (blamed(world, inbound), blamed(world, nobody)) == (set(), set())


def test_where_no_account_was_opened_or_no_pack_is_in_force_nothing_is_judged() -> None:
    world = World()
    case = dialled(world)
    night = world.attempt(case, when(-2, "03:00"))
    assert blamed(world, night) == {night}
    source = Source.of([one for one in world.log() if one.kind != "account-opened/1"])
    (made,) = [one for one in world.log() if one.id == night]
    assert made_unlawful(source, made, Readings()) == frozenset()
    bare = Source.of(world.log())
    bare.directory.packs.clear()
    assert made_unlawful(bare, made, Readings()) == frozenset()


# The question as asked, and what ends a permit

ASKED = {"lookup": "l", "account": "a", "client": "c", "agent": "A-17", "about": "visit", "purpose": "p",
         "mode": "number"}


def test_a_question_is_read_from_an_entry_whole() -> None:
    whole = {**ASKED, "visitors": ["x", "y", "x"], "caller": True}
    assert asked_in({**whole, "verdict": "deny", "line": "secret"}) == whole
    assert asked_in({**ASKED, "packs": []}) == ASKED
    seven = ("l", "a", "c", "A-17", "visit", "p", "number")
    assert Ask.of(whole, {"UTC": 0}) == Ask(*seven, {"UTC": 0}, ("x", "y"), True)
    assert Ask.of(ASKED, {}) == Ask(*seven, {}, (), False)


@pytest.mark.parametrize(("contact", "codes", "ended"), [
    ("c", (), False), ("d", (), True), (None, (), True),
    ("c", ("outside-hours",), False), ("c", ("attempts-stale",), False), ("c", ("feed-stale",), False),
    ("c", ("contact-consent-absent",), True), ("c", ("account-not-placed",), True), ("c", ("pack-forbids",), True),
    ("c", ("line-cap",), False), ("c", ("line-cooldown", "line-message-cap", "case-cap", "approval-missing"), False),
    ("c", ("outcome-overdue",), False), ("c", ("collector-alarm",), False),
    ("c", ("outside-hours", "line-cap", "contact-objected"), True),
])
def test_a_permit_lapses_with_what_it_rests_on(contact: str | None, codes: tuple[str, ...], ended: bool) -> None:
    decision = Decision("deny", tuple(map(Reason, codes)), "c", "l", None, None, None, ())
    assert lapsed(contact, decision) is ended


@pytest.mark.parametrize(("codes", "given"), [
    (("contact-objected", "line-cap"), ["contact-objected"]), (("line-cap", "case-cap"), ["line-cap", "case-cap"]),
    ((), ["internal"]), (("line-cooldown", "sign-of-life", "hold-dispute"), ["sign-of-life", "hold-dispute"]),
])
def test_a_refused_opening_says_what_the_permit_did_not_do_itself(codes: tuple[str, ...], given: list[str]) -> None:
    assert why_closed(codes) == given


# Of the person himself, officers and auditors


def test_the_facts_of_a_person_rest_on_no_account() -> None:
    world = World()
    case = world.unreachable()
    source = Source.of(world.log())
    history = gather_person(source, case.borrower)
    offsets = dict.fromkeys(zones_of(history), OFFSET)
    asked = Ask("l", "", world.agency, "A-17", "contact", "restore-contact", "number", offsets)
    found = person_facts(history, asked, START)
    whole, _ = world.judge(case)
    assert (found.borrower, found.account, found.ask, found.at) == (case.borrower, None, asked, START)
    assert (found.resets, found.slots) == (whole.resets, whole.slots)
    assert [one.id for one in found.contacts] == [case.contact]
    stranger = person_facts(gather_person(source, ident("nobody")), asked, START)
    assert (stranger.borrower, stranger.contacts, stranger.ask) == (None, (), asked)


def roles(*acts: tuple[int, str, int]) -> OfficerRoles:
    """(logged at, role, how many officers signed)."""
    made = OfficerRoles()
    for at, role, officers in acts:
        auth = tuple({"officer": str(place), "alg": "Ed25519", "sig": "AAAA"} for place in range(officers))
        made.take_role(Entry(1, at, Draft("x", "officer-role-set/1", Actor("officer", "0"),
                                          {"officer": "o", "role": role}, auth)))
    return made


@pytest.mark.parametrize(("acts", "now", "coming"), [
    ((), COMPLIANCE, None), (((5, "legal", 2),), "legal", None), (((5, "legal", 1),), COMPLIANCE, (5 + DAY, "legal")),
    (((11, "legal", 2),), COMPLIANCE, (11, "legal")), (((10, "legal", 2),), "legal", None),
    (((5, "legal", 1), (6, "operations", 1)), COMPLIANCE, (5 + DAY, "legal")),
    (((5, "legal", 1), (6, "compliance", 2)), COMPLIANCE, None),
    (((5, "compliance", 1), (6, "operations", 1)), COMPLIANCE, (6 + DAY, "operations")),
])
def test_a_role_that_is_coming_is_told_with_its_time(
    acts: tuple[tuple[int, str, int], ...], now: str, coming: tuple[int, str] | None,
) -> None:
    made = roles(*acts)
    assert (made.role_of("o", 10), made.coming_role("o", 10)) == (now, coming)
    assert (made.role_of("another", 10), made.coming_role("another", 10)) == (COMPLIANCE, None)


def test_an_auditors_key_is_the_last_whose_time_has_come() -> None:
    world = World()
    auditor = ident("auditor")
    for day, key, officers in ((-9, "AAAA", 2), (-8, "BBBB", 2), (-1, "CCCC", 1)):
        world.add(when(day), "auditor-key-added/1", {"party": auditor, "key": key}, Actor("officer", world.officer),
                  [world.officer, ident("second")][:officers])
    directory = Source.of(world.log()).directory
    found = [directory.auditor_key(auditor, when(day)) for day in (-10, -9, -8, -1, 0)]
    assert found == [None, "AAAA", "BBBB", "BBBB", "CCCC"]
    assert directory.auditor_key(ident("another"), when(0)) is None
