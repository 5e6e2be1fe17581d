"""What the collector sees: one state, only its own effort, and nothing about the person (P10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, MINUTE, parse_stamp, stamp
from registry.policy import account_view
from registry.shipped import shipped_packs
from tests.policy.test_packs import activate
from tests.policy.test_rules_on_people import hold, objected, withdraws
from tests.policy.world import FULL, MAILBOX, PERSON, START, Case, World, ident, when


def blank(view: dict[str, Any], case: Case) -> dict[str, Any]:
    """A view without ids and times, so that two accounts can be compared."""
    text = str(view)
    for channel in case.channels.values():
        text = text.replace(channel, "<channel>")
    return {"text": text}


def test_unknown_erased_and_another_agencys_accounts_look_alike() -> None:
    world = World()
    case = world.unreachable("erased")
    world.add(when(0, "09:20"), "erasure-requested/1", {
        "subject": case.borrower, "role": "borrower", "borrower": case.borrower,
    })
    others = world.agreed("others")
    world.place(others, agency=world.rival)
    views = [world.view(case), world.view(others), world.view(case, account=ident("unheard-of"))]
    assert views[0] == views[1] == views[2]
    assert views[0] == {"state": "not-eligible", "missing": [], "channels": [], "next": {"action": "stop"}}


def test_a_wrong_purpose_or_a_stale_feed_does_not_tell_a_known_account_from_an_unknown_one() -> None:
    world = World()
    others = world.agreed("others")
    world.place(others, agency=world.rival)
    world.drop("feed-complete/1")
    asked = {"purpose": "confirm-whereabouts"}
    assert world.view(others, **asked) == world.view(others, account=ident("unheard-of"), **asked)


def sign_of_life(world: World, case: Case) -> None:
    world.add(when(0, "09:20"), "sign-of-life/1", {"borrower": case.borrower, "source": "login"})


def used_elsewhere(world: World, case: Case) -> None:
    another = world.person("another")
    lookup = world.permit(Case("x", another.borrower, another.account, another.contact, case.contact_line),
                          when(-20))
    world.outcome(case, lookup, when(-20, "11:00"), "no-answer")


def no_consent(_world: World, _case: Case) -> None:
    """Built without."""


ALIKE: list[tuple[Callable[[World, Case], None], dict[str, bool]]] = [
    (objected, {}), (no_consent, {"contact": False}), (withdraws("contact"), {}), (used_elsewhere, {}),
    (withdraws("borrower"), {}), (sign_of_life, {}),
]


def test_on_equal_own_effort_these_refusals_are_the_same_answer() -> None:
    views = []
    for change, options in ALIKE:
        world = World()
        case = world.unreachable(**options)  # type: ignore[arg-type]
        change(world, case)
        assert world.ask(case).verdict == "deny"
        views.append(blank(world.view(case), case))
    assert all(view == views[0] for view in views)
    assert "'state': 'not-eligible', 'missing': []" in views[0]["text"]


def test_a_reach_that_another_agency_saw_does_not_show_in_own_numbers() -> None:
    views = []
    for seen in (False, True):
        world = World()
        case = world.agreed()
        world.place(case)
        world.dials(case, FULL[:5])
        world.texts(case)
        if seen:
            world.attempt(case, when(-13, "17:30"), outcome=PERSON, agency=world.rival)
        views.append(world.view(case))
    assert views[0] == views[1]
    assert views[0]["missing"][0] == {"code": "attempts-too-few", "have": 5, "need": 8}


def test_another_agencys_attempts_do_not_show_though_they_count() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[:5])
    world.texts(case)
    before = world.view(case)
    world.attempt(case, when(-10, "09:30"), agency=world.rival)
    world.attempt(case, when(-8, "14:00"), agency=world.rival)
    assert world.view(case) == before
    assert next(one for one in world.ask(case).reasons if one.code == "attempts-too-few").have == 7


def test_own_effort_complete_and_still_denied_is_a_bare_refusal() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.attempt(case, when(-13, "17:30"), outcome=PERSON, agency=world.rival)
    assert world.view(case)["state"] == "not-eligible"
    assert world.view(case)["missing"] == []


def test_a_mailbox_of_its_own_attempt_makes_the_agency_wait_and_anothers_says_nothing() -> None:
    world = World()
    case = world.unreachable(approved=False)
    at = START - DAY
    world.attempt(case, at - MINUTE, outcome=MAILBOX)
    view = world.view(case)
    assert view["state"] == "waiting"
    assert view["next"] == {"action": "wait", "not_before": stamp(at + 2 * DAY)}
    world = World()
    case = world.unreachable(approved=False)
    world.attempt(case, at - MINUTE, outcome=MAILBOX, agency=world.rival)
    assert world.view(case)["state"] == "not-eligible"
    assert world.view(case)["missing"] == []


@pytest.mark.parametrize(("kind", "state", "collection"), [
    ("dispute", "paused", "paused"), ("attorney", "paused", "paused"), ("deceased", "stopped", "stopped"),
    ("incapacitated", "stopped", "stopped"), ("cease", "stopped", "stopped"),
])
def test_holds_pause_or_stop(kind: str, state: str, collection: str) -> None:
    world = World()
    case = world.unreachable()
    hold(kind)(world, case)
    view = world.view(case)
    assert (view["state"], view["missing"], view["next"]) == (state, [], {"action": "stop"})
    facts, _ = world.judge(case)
    assert account_view(facts, START) == {"collection": collection}


def test_an_open_callback_offer_sends_the_agency_to_the_borrower() -> None:
    world = World()
    case = world.unreachable()
    world.add(when(-1), "callback-offered/1", {
        "borrower": case.borrower, "until": stamp(START + DAY), "windows": ["18:00-20:00"],
        "channel": case.channels["voice"],
    }, Actor("borrower", case.borrower))
    view = world.view(case)
    assert (view["state"], view["next"]) == (
        "callback", {"action": "call-borrower", "channel": case.channels["voice"]},
    )
    facts, _ = world.judge(case)
    assert account_view(facts, START)["callback"]["windows"] == ["18:00-20:00"]


def test_system_codes_come_first_and_say_whom_to_ask() -> None:
    world = World()
    case = world.unreachable()
    objected(world, case)
    view = world.view(case, system=("courier-unavailable",))
    assert (view["state"], view["missing"]) == ("unavailable", [{"code": "courier-unavailable"}])
    assert view["next"] == {"action": "wait"}


def test_an_overdue_outcome_is_to_be_reported_before_anything_else_shows() -> None:
    world = World()
    case = world.unreachable()
    objected(world, case)
    world.permit(world.person("another"), START - 3 * DAY)
    view = world.view(case)
    assert (view["state"], view["next"]) == ("fix-request", {"action": "report-outcome"})


def test_a_complete_effort_without_a_notice_asks_for_the_notice_then_for_time_then_for_approval() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    assert world.view(case)["next"] == {"action": "send"}
    assert world.view(case)["state"] == "notice-needed"
    world.notice(case, when(-5, "15:00"))
    running = world.view(case)
    assert running["state"] == "notice-running"
    world.attempt(case, when(-2, "09:30"))
    world.feeds(when(3, "09:00"))
    assert world.view(case, when(3))["state"] == "approval-needed"
    assert world.view(case, when(3))["next"] == {"action": "ask-approval"}


def test_while_the_notice_runs_next_says_to_dial_before_the_attempts_go_stale() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.notice(case, when(-3, "15:00"))
    last = when(-9, "14:00") + MINUTE
    world.feeds(when(-2))
    view = world.view(case, when(-2))
    assert view["next"] == {"action": "wait", "not_before": stamp(last + 8 * DAY)}
    world.feeds(last + 8 * DAY)
    later = world.view(case, last + 8 * DAY)
    assert (later["state"], later["next"]["action"]) == ("notice-running", "dial")


def test_next_never_sends_an_agency_into_a_dial_that_would_count_zero() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.texts(case, -2)
    at = START
    for _ in range(12):
        step = world.view(case, at)["next"]
        if step["action"] != "dial":
            break
        at = parse_stamp(step["not_before"]) if "not_before" in step else at
        world.attempt(case, at)
        at += 30 * MINUTE
        world.feeds(at)
        assert all(one["flagged"] == 0 for one in world.view(case, at)["channels"])
    voice = next(one for one in world.view(case, at)["channels"] if one["medium"] == "voice")
    assert voice["counted"] >= 8


@pytest.mark.parametrize(("cap", "value"), [("max_dials_per_number_day", 6), ("max_dials_7d", None)])
def test_where_no_dial_is_allowed_at_all_next_names_no_time_for_one(cap: str, value: int | None) -> None:
    """A pack may forbid calls altogether: then there is no day to wait for."""
    world = World()
    case = world.agreed("written-to")
    world.place(case)
    name = "cn" if value is not None else "floor"
    text = shipped_packs()[name].text
    rule = text.index(f'[parameters."borrower.{cap}"]')
    start = text.index("value = ", rule)
    activate(world, text[:start] + "value = 0" + text[text.index("\n", start):], START - DAY, officers=2)
    world.feeds(START)
    view = world.view(case)
    assert (view["state"], view["next"]) == ("trying", {"action": "dial"})
