"""Visits: what an earlier one, its report and its approval do to the next; each rule of a visit at its edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.policy import decide, packs_for
from registry.policy.facts.model import Request, Reset, Visit
from registry.policy.parameters import MOST
from registry.policy.reasons import Reason
from registry.policy.rules import visit
from tests.policy.judged import judged, slot
from tests.policy.test_calls_and_visits import VISIT, VISITORS, approved_visit
from tests.policy.world import START, Case, Source, World, ident, when

APPROVAL = ident("approval-of-visit")


def visited(world: World, case: Case, at: int, **changes: Any) -> str:
    """A visit that was permitted, and at whose door nobody was."""
    lookup = ident(f"visit-{at}")
    world.add(at, "lookup-decided/2", {
        "lookup": lookup, "borrower": case.borrower, "account": case.account, "client": world.agency,
        "agent": "agent-17", "about": "visit", "purpose": "contact-borrower", "mode": "number", "verdict": "permit",
        "reasons": [], "system": [], "as_of": 0, "rules": "2", "packs": [], "offsets": [],
        "expires_at": stamp(at + DAY), "local_date": "2026-01-01", "visitors": list(VISITORS), **changes,
    }, Actor("vault"))
    reported(world, case, at + MINUTE, "not-home", lookup)
    return lookup


def reported(world: World, case: Case, at: int, outcome: str, lookup: str = ident("visit")) -> None:
    """What somebody says who was at the door."""
    world.add(at, "visit-reported/1", {
        "lookup": lookup, "account": case.account, "borrower": case.borrower, "agency": world.agency,
        "outcome": outcome, "reported_at": stamp(at), "agent": "agent-17",
    }, Actor("agency", world.agency))


def refused(world: World, case: Case, lookup: str, at: int) -> None:
    """The permit was never opened."""
    world.add(at, "opening-refused/2", {
        "lookup": lookup, "borrower": case.borrower, "agency": world.agency, "reasons": ["sign-of-life"],
    }, Actor("vault"))


# What an earlier visit does


@pytest.mark.parametrize(("days", "changes", "codes"), [
    (29, {}, ("borrower-cap",)), (30, {}, ()),
    (29, {"verdict": "deny"}, ()), (29, {"account": ident("another-account")}, ()),
    (29, {"about": "borrower"}, ()),
])
def test_an_account_is_visited_once_in_thirty_days(
    days: int, changes: dict[str, Any], codes: tuple[str, ...],
) -> None:
    world = World()
    case = approved_visit(world)
    visited(world, case, START - days * DAY, **changes)
    assert world.ask(case, **VISIT).codes == codes


def test_a_visit_uses_its_approval_up_and_one_never_opened_gives_it_back() -> None:
    world = World()
    case = approved_visit(world)
    lookup = visited(world, case, when(0, "09:20"), approval=APPROVAL)
    assert world.ask(case, **VISIT).codes == ("borrower-cap", "approval-missing")
    refused(world, case, ident("something else"), when(0, "09:25"))
    assert world.ask(case, **VISIT).codes == ("borrower-cap", "approval-missing")
    refused(world, case, lookup, when(0, "09:30"))
    permit = world.ask(case, **VISIT)
    assert (permit.verdict, permit.approval) == ("permit", APPROVAL)


def test_a_visit_that_lacks_nothing_but_approval_names_the_request_that_waits_for_it() -> None:
    world = World()
    case = approved_visit(world)
    world.drop("approval-given/1")
    assert (world.ask(case, **VISIT).codes, world.ask(case, **VISIT).approval) == (("approval-missing",), APPROVAL)
    visited(world, case, START - 2 * DAY)
    assert (world.ask(case, **VISIT).codes, world.ask(case, **VISIT).approval) == (
        ("borrower-cap", "approval-missing"), None)


def test_how_many_numbers_an_agent_got_matters_to_no_visit_to_nobody() -> None:
    world = World()
    facts, _ = world.judge(world.person(), account=ident("nobody's"), **VISIT)
    facts = replace(facts, caller=replace(facts.caller, releases_today=1_000))
    packs = packs_for(Source.of(world.log()).directory, facts, START)
    told = {about: decide(replace(facts, ask=replace(facts.ask, about=about)), packs, START).codes
            for about in ("visit", "borrower", "contact")}
    assert told["contact"] == ("collector-alarm", *told["visit"])
    assert told["visit"] == told["borrower"]


def test_a_visit_uses_up_no_other_approval() -> None:
    world = World()
    case = approved_visit(world)
    visited(world, case, when(-31), approval=ident("an older one"))
    assert world.ask(case, **VISIT).verdict == "permit"


# What is reported of it


@pytest.mark.parametrize(("outcome", "codes"), [
    ("met", ("sign-of-life",)), ("refused", ("sign-of-life",)), ("not-home", ()),
    ("moved", ("no-channel",)), ("wrong-address", ("no-channel",)),
    ("deceased", ("hold-deceased",)), ("distress", ("hold-vulnerability", "sign-of-life")),
])
def test_what_a_visitor_reports_only_tightens(outcome: str, codes: tuple[str, ...]) -> None:
    world = World()
    case = approved_visit(world)
    reported(world, case, when(-1), outcome)
    found = world.ask(case, **VISIT)
    assert sorted(found.codes) == sorted(codes)
    assert found.verdict == ("deny" if codes else "permit")


def test_an_address_added_after_he_was_reported_to_have_moved_is_visited_and_the_old_one_is_not() -> None:
    world = World()
    case = approved_visit(world)
    reported(world, case, when(-2), "moved")
    fresh = world.channel(when(-1), case.borrower, "post", "new", line=ident("new-line"))
    assert world.ask(case, **VISIT).channels == (fresh,)


def test_a_later_report_that_he_moved_closes_the_new_address_too() -> None:
    world = World()
    case = approved_visit(world)
    reported(world, case, when(-4), "moved")
    world.channel(when(-3), case.borrower, "post", "new", line=ident("new-line"))
    reported(world, case, when(-2), "moved")
    assert world.ask(case, **VISIT).codes == ("no-channel",)


def test_only_a_personal_address_that_stands_and_nobody_doubts_is_opened() -> None:
    good = slot("post", channel="good")
    others = [
        slot("voice"), replace(good, channel="removed", registered=False, removed_at=START),
        replace(good, channel="of a contact", of_contact=True), replace(good, channel="doubted", doubted=True),
        replace(good, channel="at work", uses=((0, "work", False),)),
    ]
    assert visit.addresses(judged(facts={"slots": (*others, good)})) == ("good",)
    assert visit.no_channel(judged(facts={"slots": (good,)})) is None
    assert visit.no_channel(judged(facts={"slots": tuple(others)})) == Reason("no-channel")


@pytest.mark.parametrize(("moved", "found"), [(START - 1, ("p",)), (START, ())])
def test_an_address_counts_from_when_it_was_last_added(moved: int, found: tuple[str, ...]) -> None:
    twice = slot("post", channel="p", uses=((0, "personal", False), (START, "personal", False)))
    assert visit.addresses(judged(facts={"slots": (twice,), "moved_at": moved})) == found


# Each rule at its edge


def asked_for(**changes: Any) -> Request:
    """A request that two officers of two roles approved an hour ago."""
    return replace(Request("r", "", START - 2 * HOUR, START - HOUR, 2, False, False, 2), **changes)


@pytest.mark.parametrize(("rule", "changes", "said"), [
    (visit.forbidden, {"params": {"visit_days_past_due": MOST}}, Reason("visit-forbidden")),
    (visit.forbidden, {"params": {"visit_days_past_due": MOST - 1}}, None),
    (visit.not_late, {"account": {"due_since": judged().facts.today - 90}}, None),
    (visit.not_late, {"account": {"due_since": judged().facts.today - 89}},
     Reason("account-not-overdue-enough", 89, 90)),
    (visit.not_late, {"account": {"due_since": judged().facts.today}, "params": {"visit_days_past_due": MOST}}, None),
    (visit.not_late, {"facts": {"account": None}}, None),
    (visit.too_few, {"ask": {"visitors": ("a",)}}, Reason("visitors-too-few", 1, 2)),
    (visit.too_few, {"ask": {"visitors": ()}}, Reason("visitors-too-few", 0, 2)),
    (visit.too_few, {"ask": {"visitors": ("a", "b")}}, None),
    (visit.in_touch, {"facts": {"resets": ()}}, None),
    (visit.in_touch, {"facts": {"resets": (Reset(1, START - 14 * DAY, 0, None),)}, "params": {"span_days": 14}},
     None),
    (visit.in_touch, {"facts": {"resets": (Reset(1, START - 14 * DAY + 1, 0, None), Reset(2, 0, 0, None))},
                      "params": {"span_days": 14}}, Reason("sign-of-life")),
    (visit.cap, {"facts": {"visits": (Visit(1, START - 30 * DAY),)}}, None),
    (visit.cap, {"facts": {"visits": (Visit(1, START - 30 * DAY + 1),)}}, Reason("borrower-cap")),
    (visit.approval_missing, {"facts": {"requests": (asked_for(),)}}, None),
    (visit.approval_missing, {"facts": {"requests": ()}}, Reason("approval-missing", 0, 2)),
    (visit.approval_missing, {"facts": {"requests": ()}, "params": {"visit_approvals": 0}}, None),
    (visit.approval_missing, {"facts": {"requests": (asked_for(approvers=1, roles=1), asked_for(refused=True))}},
     Reason("approval-missing", 1, 2)),
    (visit.approval_missing, {"facts": {"requests": (asked_for(consumed=True),)}}, Reason("approval-missing", 0, 2)),
    (visit.approval_missing, {"facts": {"requests": (asked_for(roles=1),)}}, Reason("approval-missing", 2, 2)),
    (visit.approval_missing, {"facts": {"requests": (asked_for(roles=1, approvers=1),)},
                              "params": {"visit_approvals": 1}}, None),
    (visit.approval_missing, {"facts": {"requests": (asked_for(given_at=None, approvers=0, roles=0),)}},
     Reason("approval-missing", 0, 2)),
])
def test_a_rule_of_a_visit_says_exactly_this_at_its_edge(
    rule: Any, changes: dict[str, Any], said: Reason | None,
) -> None:
    assert rule(judged(**changes)) == said


@pytest.mark.parametrize(("given", "valid"), [(START - DAY, "r"), (START - DAY - 1, None)])
def test_an_approval_of_a_visit_holds_for_a_day(given: int, valid: str | None) -> None:
    assert visit.valid_approval(judged(facts={"requests": (asked_for(given_at=given),)})) == valid


def test_the_oldest_approval_of_a_visit_is_used_first() -> None:
    both = (asked_for(id="none of them", approvers=1), asked_for(id="first"), asked_for(id="second"))
    assert visit.valid_approval(judged(facts={"requests": both})) == "first"


@pytest.mark.parametrize(("changes", "waits"), [
    ({}, True), ({"requested_at": START - DAY}, True), ({"requested_at": START - DAY - 1}, False),
    ({"refused": True}, False), ({"consumed": True}, False),
])
def test_a_request_for_a_visit_waits_for_a_day(changes: dict[str, Any], waits: bool) -> None:
    case = judged(facts={"requests": (asked_for(id="over", refused=True), asked_for(**changes))})
    assert visit.open_request(case) == ("r" if waits else None)


HOURS: dict[str, Any] = {"visit_hours": (9 * 60, 18 * 60), "borrower_hours": (8 * 60, 17 * 60)}
MIDNIGHT = when(0, "00:00")


@pytest.mark.parametrize(("minute", "opens"), [
    (9 * 60 - 1, MIDNIGHT + 9 * HOUR), (9 * 60, None), (17 * 60 - 1, None), (17 * 60, MIDNIGHT + DAY + 9 * HOUR),
])
def test_a_visit_is_made_while_both_hours_are_open(minute: int, opens: int | None) -> None:
    found = visit.outside_hours(judged(params=HOURS, at=MIDNIGHT + minute * MINUTE))
    assert found == (None if opens is None else Reason("outside-hours", not_before=opens))


def test_hours_that_never_meet_open_at_no_time() -> None:
    apart = {"visit_hours": (9 * 60, 12 * 60), "borrower_hours": (12 * 60, 20 * 60)}
    assert visit.outside_hours(judged(params=apart)) == Reason("outside-hours")
    assert visit.window(judged(params=apart)) == (12 * 60, 12 * 60)


def test_a_permit_says_when_and_by_whom_he_is_visited() -> None:
    world = World()
    case = approved_visit(world)
    permit = world.ask(case, **VISIT)
    assert permit.obligations == {
        "visit_between": ["09:00", "18:00"], "time_zone": "Asia/Shanghai", "visitors": list(VISITORS),
        "outcome_by": stamp(START + 2 * DAY),
    }
    assert permit.expires_at == START + permit.params.ttl_hours * HOUR  # type: ignore[union-attr]
    assert [one.name for one in permit.packs] == ["floor", "cn"]
