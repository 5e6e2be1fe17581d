"""What an agency sees of its own effort without a lookup, and when a permit is possible at the earliest."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from registry.model.times import DAY, MINUTE, parse_stamp, stamp
from registry.policy import own_view, packs_for
from registry.policy.decide import decide
from registry.policy.facts.model import Facts, Reset
from registry.policy.reasons import Reason
from registry.policy.when import Earliest, dated, earliest
from tests.policy.judged import attempt, judged, params_of, tried
from tests.policy.world import FULL, MAILBOX, START, Case, Source, World, when


def seen(world: World, case: Case, at: int = START) -> dict[str, Any]:
    facts, _ = world.judge(case, at)
    applied = packs_for(Source.of(world.log()).directory, facts, at)
    found: dict[str, Any] = own_view(facts, applied.of(facts.contacts[0].id), at)["effort"]
    return found


def when_possible(world: World, case: Case, at: int = START) -> Earliest:
    facts, decision = world.judge(case, at)
    return earliest(facts, decision, at)


def test_an_effort_that_lacks_nothing_is_complete() -> None:
    world = World()
    view = seen(world, world.unreachable())
    assert (view["state"], view["missing"], view["next"]) == ("complete", [], {"action": "look-up"})
    assert {one["medium"] for one in view["channels"]} == {"voice", "sms", "email"}


def test_what_is_missing_is_said_with_numbers_and_the_next_dial() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[2:])
    world.texts(case)
    view = seen(world, case)
    assert view["state"] == "trying"
    assert {"code": "attempts-too-few", "have": 6, "need": 8} in view["missing"]
    assert view["next"]["action"] == "dial"


def test_a_notice_that_runs_says_until_when() -> None:
    world = World()
    view = seen(world, world.unreachable(), when(-5))
    running = next(one for one in view["missing"] if one["code"] == "notice-running")
    assert view["state"] == "notice-running"
    assert parse_stamp(running["not_before"]) > when(-5)


def test_a_mailbox_of_its_own_says_when_the_cooling_ends() -> None:
    world = World()
    case = world.unreachable()
    world.attempt(case, when(-1), outcome=MAILBOX)
    view = seen(world, case)
    assert view["state"] == "waiting"
    assert parse_stamp(view["next"]["not_before"]) > START


def test_a_hold_stops_and_a_callback_is_called() -> None:
    world = World()
    case = world.unreachable()
    world.hold(case, "dispute", when(0, "09:20"))
    view = seen(world, case)
    assert (view["state"], view["missing"], view["next"]) == ("paused", [], {"action": "stop"})


@pytest.mark.parametrize(("hold", "state"), [("dispute", "paused"), ("cease", "stopped")])
def test_while_collection_stands_still_an_effort_that_lacks_a_notice_names_nothing_to_do(
    hold: str, state: str,
) -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    assert seen(world, case)["state"] == "notice-needed"
    world.hold(case, hold, when(0, "09:20"))
    view = seen(world, case)
    assert (view["state"], view["missing"], view["next"]) == (state, [], {"action": "stop"})
    assert view["channels"]


def short(code: str, have: int, need: int, *attempts: Any, at: int = 100 * DAY + 600 * MINUTE) -> str | None:
    facts = tried(*attempts)
    effort = judged(effort={
        "first_day": attempts[0].day if attempts else None, "last_at": attempts[-1].at if attempts else None}).effort
    found = dated(Reason(code, have, need), facts, params_of(span_days=14, borrower_hours=(480, 1260)), effort, at)
    return None if found.not_before is None else stamp(found.not_before - 480 * MINUTE)[:10]


@pytest.mark.parametrize(("code", "have", "need", "days", "expected"), [
    ("days-too-few", 5, 6, [99], None),                 # today is enough
    ("days-too-few", 4, 6, [99], 101),                  # today and tomorrow
    ("days-too-few", 5, 6, [100], 101),                 # today was used
    ("dayparts-too-few", 1, 3, [100], 102),
    ("span-too-short", 3, 14, [97, 100], 111),
    ("span-too-short", 0, 14, [], 114),
    ("attempts-too-few", 1, 8, [100], None),            # the next dial says when
])
def test_days_that_must_pass_are_said(
    code: str, have: int, need: int, days: list[int], expected: int | None,
) -> None:
    found = short(code, have, need, *(attempt(day, 540) for day in days))
    assert found == (None if expected is None else stamp(expected * DAY)[:10])


def test_a_reason_that_has_its_time_keeps_it() -> None:
    reason = Reason("notice-running", not_before=7)
    assert dated(reason, tried(), params_of(), judged().effort, START) is reason


def test_a_permit_is_possible_now() -> None:
    world = World()
    assert when_possible(world, world.unreachable()) == Earliest(START, (), ())


def test_no_permit_is_possible_before_the_notice_has_run() -> None:
    world = World()
    found = when_possible(world, world.unreachable(), when(-5))
    assert found.bars == ()
    assert found.at is not None
    assert found.at > when(-5)
    assert "notice-running" in {one.code for one in found.waits}


def test_what_time_does_not_cure_is_named_and_no_time_is_said() -> None:
    world = World()
    case = world.unreachable(contact=False)
    found = when_possible(world, case)
    assert (found.at, found.bars) == (None, ("contact-consent-absent",))


def test_after_a_sign_of_life_a_whole_round_and_a_new_notice_are_to_come() -> None:
    world = World()
    case = world.unreachable()
    world.add(when(0, "09:20"), "sign-of-life/1", {"borrower": case.borrower, "source": "login"})
    facts, decision = world.judge(case)
    found = earliest(facts, decision, START)
    assert decision.params is not None
    assert found.bars == ()
    days = decision.params.span_days + decision.params.grace_days
    assert found.at is not None
    assert START + (days - 1) * DAY < found.at <= START + days * DAY


def of(**changes: Any) -> Earliest:
    """The earliest permit of the case for which everything holds, with these values changed."""
    case = judged(**changes)
    world = World()
    world.unreachable()
    facts: Facts = dataclasses.replace(case.facts, contacts=(case.contact,))
    packs = packs_for(Source.of(world.log()).directory, facts, case.at)
    return earliest(facts, decide(facts, packs, case.at), case.at)


def test_bars_that_end_by_themselves_say_when() -> None:
    cooled = of(line={"releases": (START - 10 * DAY,)})
    assert {one.code for one in cooled.waits} == {"line-cap", "line-cooldown"}
    assert cooled.at == START + 80 * DAY
    refused = of(facts={"declined_at": START - 5 * DAY})
    assert refused.at == START + 25 * DAY
    young = of(account={"due_since": judged().facts.today - 59})
    assert young.at is not None
    assert START < young.at <= START + DAY
    assert of(line={"conversations": 99}).bars == ("line-cap",)


def test_an_unknown_account_has_no_earliest_time() -> None:
    world = World()
    case = world.unreachable(contact=False)
    facts, decision = world.judge(case)
    found = earliest(dataclasses.replace(facts, account=None), decision, START)
    assert (found.at, found.bars) == (None, ("contact-consent-absent",))


def test_a_reset_by_ones_own_attempt_shows_and_anothers_does_not() -> None:
    world = World()
    case = world.unreachable()
    facts, _ = world.judge(case)
    applied = packs_for(Source.of(world.log()).directory, facts, START).of(facts.contacts[0].id)
    last = facts.attempts[-1]
    for agency, state in ((world.rival, "complete"), (world.agency, "trying")):
        reset = dataclasses.replace(facts, resets=(Reset(last.index, last.at, 0, agency),))
        assert own_view(reset, applied, START)["effort"]["state"] == state
