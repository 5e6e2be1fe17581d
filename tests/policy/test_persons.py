"""Whose debt it is and who people are: assignment, limitation, moves, people liable for one loan, reports, lines
shared by two borrowers. Each attack a few lines; what is denied, and with which words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, date_of, local_day
from registry.policy import Decision, Directory, Packs, decide, gather, packs_for
from registry.policy.applicable import Applied
from tests.policy.world import OFFSET, PERSON, START, ZONE, Case, Source, World, ident, when

TODAY = local_day(START, OFFSET)


def assigned(world: World, case: Case, at: int = when(-1)) -> None:
    world.add(at, "account-assigned/1", {
        "account": case.account, "borrower": case.borrower, "lender": world.lender})


def account(world: World, case: Case, name: str, at: int = when(-100), **changes: Any) -> str:
    """Another account of the same borrower."""
    opened = ident(name)
    body = next(one.body for one in world.log() if one.kind == "account-opened/1"
                and one.body["account"] == case.account)
    world.add(at, "account-opened/1", {**body, "account": opened, **changes})
    return opened


def codes(world: World, case: Case, **asked: Any) -> set[str]:
    return set(world.ask(case, **asked).codes)


def test_an_assigned_account_opens_nothing_and_says_so_among_what_it_ended() -> None:
    world = World()
    case = world.unreachable()
    assert world.ask(case).verdict == "permit"
    assigned(world, case)
    assert codes(world, case) >= {"account-assigned", "account-not-placed", "borrower-consent-grantee",
                                  "contact-consent-grantee", "notice-missing", "approval-missing"}
    assert "account-assigned" in codes(world, case, about="borrower", purpose="contact-borrower")
    assert world.view(case)["state"] == "not-eligible"
    assert world.view(case) == world.view(case, client=world.rival)


def test_a_placement_after_the_assignment_places_nothing() -> None:
    world = World()
    case = world.unreachable()
    assigned(world, case, when(-3))
    world.place(case, when(-2))
    assert codes(world, case) >= {"account-assigned", "account-not-placed"}


def test_the_assignment_of_one_account_leaves_the_other_with_what_was_agreed_for_both() -> None:
    world = World()
    case = world.unreachable()
    other = account(world, case, "other")
    world.add(when(-1), "account-assigned/1", {"account": other, "borrower": case.borrower, "lender": world.lender})
    assert world.ask(case).verdict == "permit"


def test_with_the_last_account_goes_what_was_agreed_for_all_of_them_and_a_new_account_has_none_of_it() -> None:
    world = World()
    case = world.unreachable()
    assigned(world, case, when(-3))
    later = account(world, case, "later", when(-2))
    assert codes(world, case, account=later) >= {"borrower-consent-grantee", "contact-consent-grantee"}
    world.consent(case, "borrower", when(-1))
    assert "borrower-consent-grantee" not in codes(world, case, account=later)


# Limitation


def limited(days: int) -> tuple[World, Case]:
    world = World()
    return world, world.unreachable(limitation_until=date_of(TODAY + days))


def later_limit(world: World, case: Case, at: int) -> None:
    world.add(at, "account-changed/1", {"account": case.account, "borrower": case.borrower,
                                        "limitation_until": date_of(TODAY + 300), "as_of": date_of(TODAY)})


def test_a_limitation_that_had_run_out_does_not_come_back() -> None:
    world, case = limited(-2)
    assert codes(world, case) == {"account-time-barred"}
    later_limit(world, case, when(-1))
    assert codes(world, case) == {"account-time-barred"}


def test_a_limitation_that_still_runs_may_be_moved() -> None:
    world, case = limited(0)
    assert world.ask(case).verdict == "permit"
    later_limit(world, case, when(-1))
    assert world.ask(case).verdict == "permit"


def test_the_last_day_is_the_borrowers_own() -> None:
    """At 23:30 in Shanghai it is still the last day there, at 00:30 it is not; in UTC both are that day."""
    world, case = limited(-1)
    later_limit(world, case, when(-1, "23:30"))
    assert "account-time-barred" not in codes(world, case)
    world, case = limited(-1)
    later_limit(world, case, when(0, "00:30"))
    assert "account-time-barred" in codes(world, case)


# Moves


def moved(world: World, case: Case, at: int, residence: str, zone: str) -> None:
    world.add(at, "borrower-changed/1", {
        "borrower": case.borrower, "lender": world.lender, "residence": residence, "time_zone": zone})


def judged_packs(world: World, case: Case) -> tuple[set[str], tuple[str, ...]]:
    facts, _ = world.judge(case)
    base = packs_for(directory_of(world), facts, START).base
    assert base.effective is not None
    return {one.name for one in base.effective.packs}, base.missing


def directory_of(world: World) -> Directory:
    return Source.of([one for one in world.log() if one.at <= START]).directory


@pytest.mark.parametrize(("days", "still"), [(89, True), (90, False)])
def test_for_ninety_days_after_a_move_the_law_left_behind_holds_too(days: int, still: bool) -> None:
    world = World(regulator=None)
    case = world.person("mover", at=when(-150))
    moved(world, case, START - days * DAY, "FR", "Europe/Paris")
    names, missing = judged_packs(world, case)
    assert ("cn" in names) is still
    assert any(one.startswith("borrower's residence") for one in missing)


def test_moving_away_from_where_no_pack_is_in_force_opens_nothing_at_once() -> None:
    world = World()
    case = world.unreachable()
    moved(world, case, when(-40), "FR", "Europe/Paris")
    moved(world, case, when(-39), "CN", ZONE)
    assert "pack-missing" in codes(world, case)
    assert judged_packs(world, case)[1] == ("borrower's former residence: FR",)


def test_attempts_made_before_a_move_count_by_the_time_of_where_he_lived() -> None:
    world = World()
    case = world.unreachable()
    moved(world, case, when(-1), "CN", "Asia/Urumqi")
    facts, _ = world.judge(case)
    assert {one.flaw for one in facts.attempts} == {None}
    world.attempt(case, when(0, "09:00"))       # told in the time of where he lived before
    here = {"zone": "Asia/Urumqi", "date": date_of(TODAY), "minute": 9 * 60 + 30, "offset": OFFSET}
    world.attempt(case, when(0, "09:30"), local=here)
    facts, _ = world.judge(case)
    assert [one.flaw for one in facts.attempts[-2:]] == ["attempt-not-attested", None]


# People liable for the same loan


def liable(world: World, case: Case, other: Case, at: int = when(-90), as_: str = "guarantor") -> None:
    world.add(at, "liability-changed/1", {
        "account": other.account, "borrower": other.borrower, "lender": world.lender, "liability": as_,
        "loan": case.account})


def guarantor_listed(since: int = when(-100), by: str = "lender") -> tuple[World, Case, Case]:
    """The contact's telephone is the channel of another borrower, by his own word or by the lender's."""
    world = World()
    case = world.unreachable()
    other = world.person("guarantor", channels=("email",))
    actor = Actor("borrower", other.borrower) if by == "borrower" else None
    world.channel(since, other.borrower, "voice", "his", line=case.contact_line, by=actor)
    return world, case, other


def on_grounds(world: World, case: Case, *grounds: str) -> Decision:
    """Decided with packs that allow these grounds alone."""
    facts, _ = world.judge(case)
    packs = packs_for(directory_of(world), facts, START)

    def only(applied: Applied) -> Applied:
        assert applied.effective is not None
        params = replace(applied.effective.params, third_party=frozenset(grounds))
        return replace(applied, effective=replace(applied.effective, params=params))

    return decide(facts, Packs(only(packs.base), {one: only(made) for one, made in packs.contacts.items()}), START)


def test_who_is_liable_for_the_same_loan_is_known_by_his_line_once_the_accounts_are_linked() -> None:
    world, case, other = guarantor_listed()
    assert [one.liable_since for one in world.judge(case)[0].contacts] == [None]
    liable(world, case, other)
    assert [one.liable_since for one in world.judge(case)[0].contacts] == [when(-100)]
    back = world.judge(case, account=other.account)[0]
    assert [one.liable_since for one in back.contacts] == [None]


def test_one_who_is_liable_himself_is_reached_on_the_ground_for_guarantors_alone() -> None:
    world, case, other = guarantor_listed()
    assert on_grounds(world, case, "consenting-contact").verdict == "permit"
    liable(world, case, other)
    assert on_grounds(world, case, "consenting-contact").codes == ("pack-forbids",)
    assert world.ask(case).verdict == "permit"


def test_where_a_pack_allows_guarantors_alone_an_ordinary_contact_is_none() -> None:
    world, case, other = guarantor_listed()
    assert on_grounds(world, case, "guarantor-consenting").codes == ("pack-forbids",)
    liable(world, case, other)
    assert on_grounds(world, case, "guarantor-consenting").verdict == "permit"


def test_joint_borrowers_and_guarantors_are_liable_and_nobody_else_of_the_loan() -> None:
    for as_, permitted in (("joint", True), ("guarantor", True), ("principal", False)):
        world, case, other = guarantor_listed()
        liable(world, case, other, as_=as_)
        assert (on_grounds(world, case, "guarantor-consenting").verdict == "permit") is permitted, as_


def test_nobody_becomes_a_guarantor_by_a_line_that_the_lender_gave_another_borrower_yesterday() -> None:
    for since, by, permitted in ((-1, "lender", False), (-89, "lender", False), (-90, "lender", True),
                                 (-1, "borrower", True)):
        world, case, other = guarantor_listed(START + since * DAY, by)
        liable(world, case, other)
        assert (on_grounds(world, case, "guarantor-consenting").verdict == "permit") is permitted, (since, by)


def test_a_loan_that_was_named_once_stays_the_loan() -> None:
    world, case, other = guarantor_listed()
    world.place(other)
    liable(world, case, other)
    liable(world, case, case, as_="joint")
    world.add(when(-80), "liability-changed/1", {
        "account": other.account, "borrower": other.borrower, "lender": world.lender, "liability": "joint"})
    found = gather(Source.of(world.log()), other.account).loan
    assert [one.body["borrower"] for one in found if one.kind == "liability-changed/1"] == [
        other.borrower, case.borrower]


def test_nobody_is_his_own_guarantor() -> None:
    world = World()
    case = world.unreachable()
    liable(world, case, case, as_="joint")
    world.channel(when(-100), case.borrower, "voice", "his own", line=case.contact_line)
    assert [one.liable_since for one in world.judge(case)[0].contacts] == [None]


def test_reach_of_one_who_is_liable_is_no_reach_of_the_other() -> None:
    world = World()
    case = world.unreachable()
    other = world.person("joint")
    liable(world, case, other)
    world.attempt(other, when(-1), outcome=PERSON)
    assert world.ask(case).verdict == "permit"


# Reports of contacts


def report(world: World, case: Case, says: str, by: Actor | None = None, at: int = when(-1)) -> str:
    ident_ = ident(f"report-{says}")
    world.add(at, "contact-reported/1", {
        "report": ident_, "contact": case.contact, "borrower": case.borrower, "line": case.contact_line,
        "says": says}, by, entry=ident_)
    return ident_


@pytest.mark.parametrize(("says", "code"), [
    ("minor", "contact-minor"), ("wrong-person", "contact-wrong-person"), ("deceased", "hold-deceased"),
    ("incapacitated", "hold-incapacitated"),
])
def test_whatever_is_reported_of_a_contact_stops_and_shows_to_nobody(says: str, code: str) -> None:
    world = World()
    case = world.unreachable()
    made = report(world, case, says)
    assert codes(world, case) == {code}
    view = world.view(case)
    assert (view["state"], view["missing"], view["next"]) == ("not-eligible", [], {"action": "stop"})
    world.add(when(-1, "12:00"), "contact-report-lifted/1", {
        "report": made, "contact": case.contact, "borrower": case.borrower, "line": case.contact_line},
        Actor("officer", world.officer), [world.officer])
    assert world.ask(case).verdict == "permit"


@pytest.mark.parametrize("says", ["minor", "wrong-person", "deceased", "incapacitated"])
def test_a_report_stops_the_line_for_whoever_else_lists_it(says: str) -> None:
    world = World()
    case = world.unreachable()
    other = world.person("other")
    world.contact(when(-100), other.borrower, "other", 2, line=case.contact_line)
    world.add(when(-1), "contact-reported/1", {
        "report": ident("there"), "contact": ident("other-contact-2"), "borrower": other.borrower,
        "line": case.contact_line, "says": says}, entry=ident("there"))
    assert world.ask(case).verdict == "deny"


# A sign of life on any account, a hold on the person


def lives(kind: str, **body: Any) -> Callable[[World, Case, str], None]:
    def act(world: World, case: Case, other: str) -> None:
        filled = {name: {"OTHER": other, "BORROWER": case.borrower}.get(value, value) for name, value in body.items()}
        world.add(when(-1), kind, filled)
    return act


@pytest.mark.parametrize("act", [
    lives("account-changed/1", account="OTHER", borrower="BORROWER", state="paid", as_of=date_of(TODAY)),
    lives("account-changed/1", account="OTHER", borrower="BORROWER", balance_minor=1, as_of=date_of(TODAY)),
    lives("sign-of-life/1", borrower="BORROWER", source="login"),
], ids=["paid", "part-paid", "login"])
def test_a_sign_of_life_on_any_account_starts_the_effort_anew_on_all(act: Callable[[World, Case, str], None]) -> None:
    world = World()
    case = world.unreachable()
    act(world, case, account(world, case, "other"))
    assert "sign-of-life" in codes(world, case)


@pytest.mark.parametrize(("kind", "on_all"), [
    ("insolvency", True), ("moratorium", True), ("vulnerability", True), ("deceased", True),
    ("incapacitated", True), ("dispute", False), ("attorney", False), ("cease", False),
])
def test_what_is_about_the_person_holds_every_account(kind: str, on_all: bool) -> None:
    world = World()
    case = world.unreachable()
    other = account(world, case, "other")
    world.add(when(-1), "hold-placed/1", {
        "hold": ident("hold"), "borrower": case.borrower, "account": other, "type": kind}, entry=ident("hold"))
    assert (f"hold-{kind}" in codes(world, case)) is on_all


# A line under two borrowers


def test_failures_on_a_shared_line_count_for_neither_of_them() -> None:
    world = World()
    case = world.unreachable()
    other = world.person("other", channels=("email",))
    world.channel(when(-100), other.borrower, "voice", "shared", line=case.lines["voice"])
    assert "channels-incomplete" in codes(world, case)


def test_who_answers_on_a_shared_line_answers_for_both() -> None:
    world = World()
    case = world.unreachable()
    other = world.person("other", channels=("email",))
    line = case.lines["voice"]
    channel = world.channel(when(-3), other.borrower, "voice", "shared", line=line)
    theirs = replace(other, channels={"voice": channel}, lines={"voice": line})
    assert world.judge(case)[0].resets == ()
    world.attempt(theirs, when(-1, "11:00"), outcome=PERSON)
    facts, _ = world.judge(case)
    assert {one.agency for one in facts.resets} == {None}     # by the telephone and by text
