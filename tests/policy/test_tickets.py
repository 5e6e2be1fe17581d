"""What an attempt is worth with the ticket of a dial check, without one, and against a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.model.times import DAY, HOUR, MINUTE
from tests.policy.test_facts import read
from tests.policy.world import FULL, START, Case, World, when

BEGAN = when(-5, "09:30")
LATE = BEGAN + 3 * HOUR
DIALS = ("09:30", "14:00", "19:30")


def flaw_of(world: World, case: Case) -> str | None:
    return read(world, case).attempts[-1].flaw


def refused(world: World, case: Case) -> bool:
    return read(world, case).attempts[-1].refused


def tried(
    ticket_at: int | None, began: int = BEGAN, check: dict[str, Any] | None = None, **changes: Any,
) -> str | None:
    """The flaw of an attempt that was told three hours late, with a ticket given at that time."""
    world = World()
    case = world.agreed()
    ticket = None if ticket_at is None else world.check(case, ticket_at, **(check or {}))
    world.attempt(case, began, logged=began + 3 * HOUR, **{"ticket": ticket, **changes})
    return flaw_of(world, case)


@pytest.mark.parametrize(("given", "flaw"), [
    (None, "attempt-not-attested"), (BEGAN, None), (BEGAN - 15 * MINUTE + 1, None),
    (BEGAN - 15 * MINUTE, "attempt-not-attested"), (BEGAN + 1, "attempt-not-attested"),
])
def test_a_late_attempt_counts_with_a_ticket_that_is_older_and_still_good(
    given: int | None, flaw: str | None,
) -> None:
    assert tried(given) == flaw


@pytest.mark.parametrize("check", [
    {"may_dial": False}, {"medium": "sms"}, {"agency": "f" * 32}, {"account": "f" * 32}, {"borrower": "f" * 32},
])
def test_a_check_of_something_else_is_no_ticket(check: dict[str, Any]) -> None:
    assert tried(BEGAN - MINUTE, check=check) == "attempt-not-attested"


def test_a_ticket_nobody_gave_and_one_given_after_the_attempt_was_logged_are_none() -> None:
    assert tried(None, ticket="f" * 32) == "attempt-not-attested"
    world = World()
    case = world.agreed()
    ticket = world.check(case, LATE)
    world.attempt(case, BEGAN, logged=LATE - MINUTE, ticket=ticket)
    assert flaw_of(world, case) == "attempt-not-attested"


@pytest.mark.parametrize(("late", "flaw"), [(15 * MINUTE, None), (15 * MINUTE + 1, "attempt-not-attested")])
def test_without_a_ticket_it_is_told_within_a_quarter_of_an_hour_whatever_the_provider_signed(
    late: int, flaw: str | None,
) -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, BEGAN, logged=BEGAN + late)
    assert flaw_of(world, case) == flaw


def test_no_ticket_makes_a_day_old_attempt_count() -> None:
    world = World()
    case = world.agreed()
    world.attempt(case, BEGAN, logged=BEGAN + DAY + 1, ticket=world.check(case, BEGAN - MINUTE))
    assert flaw_of(world, case) == "attempt-not-attested"


def ready(late: bool, tickets: bool) -> tuple[World, Case]:
    world = World()
    case = world.agreed()
    world.place(case)
    for number, day in enumerate(FULL):
        began = when(day, DIALS[number % 3])
        ticket = {"ticket": world.check(case, began - MINUTE)} if tickets else {}
        world.attempt(case, began, logged=began + (HOUR if late else MINUTE), **ticket)
    world.texts(case)
    world.notice(case, when(-9, "15:00"))
    world.feeds(START)
    world.approve(case, START - HOUR)
    return world, case


@pytest.mark.parametrize(("late", "tickets", "verdict"), [
    (False, False, "permit"), (False, True, "permit"), (True, True, "permit"), (True, False, "deny"),
])
def test_late_reports_alone_need_tickets(late: bool, tickets: bool, verdict: str) -> None:
    world, case = ready(late, tickets)
    assert world.ask(case).verdict == verdict


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(1, 90)), max_size=4), st.booleans())
def test_refusing_more_never_permits(refusals: list[tuple[int, int]], late: bool) -> None:
    world, case = ready(late, late)
    before = world.ask(case)
    for number, minutes in refusals:
        world.check(case, when(FULL[number], DIALS[number % 3]) - minutes * MINUTE, may_dial=False)
    after = world.ask(case)
    assert after.verdict in (before.verdict, "deny")
    assert set(before.codes) <= set(after.codes)


# Against a refusal.


@pytest.mark.parametrize(("checks", "expected"), [
    ([(-60, False, {})], True),
    ([(0, False, {})], True),
    ([(1, False, {})], False),                                      # asked after it had dialled
    ([(-60, False, {"not_before": BEGAN})], False),                 # the refusal spoke until then
    ([(-60, False, {"not_before": BEGAN + 1})], True),
    ([(-1440, False, {})], False),                                  # a day later it speaks no more
    ([(-1439, False, {})], True),
    ([(-60, False, {}), (-30, True, {})], False),                   # permitted meanwhile
    ([(-60, True, {}), (-30, False, {})], True),                    # refused meanwhile
    ([(-60, False, {"medium": "sms"})], False),
    ([(-60, False, {"agency": "f" * 32})], False),
    ([(-60, True, {})], False),
])
def test_an_attempt_against_the_last_refusal_of_its_agency_is_flagged(
    checks: list[tuple[int, bool, dict[str, Any]]], expected: bool,
) -> None:
    world = World()
    case = world.agreed()
    for minutes, may_dial, changes in checks:
        world.check(case, BEGAN + minutes * MINUTE, may_dial, **changes)
    world.attempt(case, BEGAN, logged=BEGAN + 10 * MINUTE)
    assert refused(world, case) is expected


def test_attempts_of_the_first_kind_are_read_as_before_there_were_checks() -> None:
    world = World()
    case = world.agreed()
    world.check(case, BEGAN - HOUR, may_dial=False)
    world.attempt(case, BEGAN, kind="attempt-recorded/1")
    assert not refused(world, case)


def test_a_ticket_does_not_outweigh_a_refusal_after_it() -> None:
    world = World()
    case = world.agreed()
    ticket = world.check(case, BEGAN - 5 * MINUTE)
    world.check(case, BEGAN - MINUTE, may_dial=False)
    world.attempt(case, BEGAN, logged=LATE, ticket=ticket)
    assert (flaw_of(world, case), refused(world, case)) == (None, True)
