"""What attempts of grade C are worth in a decision: nothing by themselves, as B once the provider's record agrees."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.times import HOUR, MINUTE, stamp
from tests.policy.test_facts import read
from tests.policy.world import DECLINED, FULL, START, Case, World, ident, when

CLOUD = ident("cloud")
DIALS = ("09:30", "14:00", "19:30")


def ready(
    grade: str, owner: str, *, confirmed: bool, late: bool = False, tickets: bool = False,
) -> tuple[World, Case]:
    """Everything holds, if attempts by an account of this grade and owner count; all dials are its."""
    world = World()
    world.add_provider(when(-140), CLOUD, owner, grade)
    case = world.agreed()
    world.place(case)
    for number, day in enumerate((*FULL, -2)):
        began = when(day, DIALS[number % 3])
        more: dict[str, Any] = {"ticket": world.check(case, began - MINUTE)} if tickets else {}
        if confirmed:
            more["confirmed"] = stamp(began + MINUTE)
        world.attempt(case, began, provider=CLOUD, grade=grade, logged=began + (HOUR if late else MINUTE), **more)
    world.texts(case)
    world.notice(case, when(-9, "21:00"))
    world.feeds(START)
    world.approve(case, START - HOUR)
    return world, case


@pytest.mark.parametrize(("grade", "owner", "confirmed", "verdict"), [
    ("B", "neutral", False, "permit"), ("B", "registry", False, "permit"), ("B", "lender", False, "deny"),
    ("C", "neutral", True, "permit"), ("C", "registry", True, "permit"), ("C", "lender", True, "deny"),
    ("C", "neutral", False, "deny"), ("C", "registry", False, "deny"),
    ("A", "agency", False, "deny"), ("B", "agency", False, "deny"), ("C", "agency", True, "deny"),
])
def test_a_permit_needs_attempts_that_count(grade: str, owner: str, confirmed: bool, verdict: str) -> None:
    world, case = ready(grade, owner, confirmed=confirmed)
    decision = world.ask(case)
    assert decision.verdict == verdict
    assert ("attempts-too-few" in decision.codes) == (verdict == "deny")


@pytest.mark.parametrize("owner", ["registry", "neutral", "lender", "agency"])
def test_confirmed_its_facts_are_those_of_grade_b(owner: str) -> None:
    """So whatever a pack wants of evidence, it is judged alike: not one rule can tell the two apart."""
    (told, one), (shared, other) = ready("C", owner, confirmed=True), ready("B", owner, confirmed=False)
    assert read(told, one).attempts == read(shared, other).attempts


@pytest.mark.parametrize(("tickets", "verdict"), [(True, "permit"), (False, "deny")])
def test_confirmed_and_logged_late_it_counts_with_a_ticket_alone(tickets: bool, verdict: str) -> None:
    world, case = ready("C", "neutral", confirmed=True, late=True, tickets=tickets)
    assert world.ask(case).verdict == verdict


@pytest.mark.parametrize("owner", ["neutral", "agency"])
def test_a_reach_resets_unconfirmed_and_whoever_owns_the_account(owner: str) -> None:
    world, case = ready("B", "neutral", confirmed=False)
    assert world.ask(case).verdict == "permit"
    world.add_provider(when(-139), ident("weak"), owner, "C")
    world.attempt(case, START - HOUR, outcome=DECLINED, provider=ident("weak"), grade="C")
    assert "attempts-too-few" in world.ask(case).codes
