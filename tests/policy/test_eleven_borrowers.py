"""The eleven borrowers of the demo world: their exact reasons in the fixed order, and what the collector sees."""

from __future__ import annotations

import pytest

from registry.model.entries import Actor
from registry.model.times import MINUTE
from tests.policy.world import FULL, PERSON, START, Case, World, when


def reachable(world: World) -> Case:
    case = world.unreachable("reachable", approved=False)
    world.attempt(case, when(-1, "14:00"), outcome=PERSON)
    return case


def attempts_missing(world: World) -> Case:
    case = world.agreed("attempts-missing")
    world.place(case)
    world.dials(case, (-16, -14, -12, -10, -8, -5, -2))
    world.texts(case, -13)
    return case


def notice_running(world: World) -> Case:
    case = world.agreed("notice-running")
    world.place(case)
    world.dials(case, FULL)
    world.texts(case)
    world.notice(case, when(-3, "15:00"))
    world.attempt(case, when(-2, "09:30"))
    return case


def withdrawn(world: World) -> Case:
    case = world.unreachable("withdrawn")
    consent = next(one.body["consent"] for one in world.log()
                   if one.kind == "consent-given/1" and one.body["giver"] == "borrower"
                   and one.body["borrower"] == case.borrower)
    world.withdraw(case, "borrower", consent, when(0, "09:20"))
    return case


def objected(world: World) -> Case:
    case = world.unreachable("contact-objected")
    world.add(when(0, "09:20"), "objected/1", {
        "line": case.contact_line, "contact": case.contact, "borrower": case.borrower, "through": "link",
    }, Actor("contact", case.contact))
    return case


def on_hold(world: World) -> Case:
    case = world.unreachable("on-hold")
    world.hold(case, "dispute", when(0, "09:20"))
    return case


def not_placed(world: World) -> Case:
    case = world.unreachable("not-placed", approved=False)
    placement = next(one.body["placement"] for one in world.log()
                     if one.kind == "placed/1" and one.body["account"] == case.account)
    world.add(when(0, "09:20"), "recalled/1", {
        "placement": placement, "account": case.account, "borrower": case.borrower,
    })
    return case


ELEVEN = {
    "unreachable": (lambda world: world.unreachable(), (), None),
    "reachable": (reachable, (
        "sign-of-life", "channels-incomplete", "attempts-too-few", "days-too-few", "dayparts-too-few",
        "span-too-short", "notice-missing", "approval-missing",
    ), "not-eligible"),
    "attempts-missing": (attempts_missing, ("attempts-too-few", "notice-missing", "approval-missing"), "trying"),
    "notice-running": (notice_running, ("notice-running", "approval-missing"), "notice-running"),
    "no-borrower-consent": (
        lambda world: world.unreachable(borrower=False, approved=False),
        ("borrower-consent-absent", "approval-missing"), "not-eligible",
    ),
    "no-contact-consent": (
        lambda world: world.unreachable(contact=False, approved=False),
        ("contact-consent-absent", "approval-missing"), "not-eligible",
    ),
    "withdrawn": (withdrawn, ("borrower-consent-withdrawn",), "not-eligible"),
    "contact-objected": (objected, ("contact-objected",), "not-eligible"),
    "on-hold": (on_hold, ("hold-dispute",), "paused"),
    "not-placed": (not_placed, ("account-not-placed", "approval-missing"), "not-eligible"),
    "not-overdue": (
        lambda world: world.unreachable(due=59, approved=False),
        ("account-not-overdue-enough", "approval-missing"), "not-eligible",
    ),
}


@pytest.mark.parametrize("name", ELEVEN)
def test_each_demo_borrower_gets_exactly_its_reasons_in_order(name: str) -> None:
    build, reasons, state = ELEVEN[name]
    world = World()
    case = build(world)
    decision = world.ask(case)
    assert decision.codes == reasons
    assert decision.verdict == ("deny" if reasons else "permit")
    if state is not None:
        assert world.view(case)["state"] == state


def test_all_eleven_live_in_one_world_without_touching_each_other() -> None:
    world = World()
    cases = {}
    for name, (build, reasons, _) in ELEVEN.items():
        with_name = {"unreachable": lambda w: w.unreachable("u"),
                     "no-borrower-consent": lambda w: w.unreachable("nb", borrower=False, approved=False),
                     "no-contact-consent": lambda w: w.unreachable("nc", contact=False, approved=False),
                     "not-overdue": lambda w: w.unreachable("no", due=59, approved=False)}.get(name, build)
        cases[name] = (with_name(world), reasons)
    for name, (case, reasons) in cases.items():
        assert world.ask(case).codes == reasons, name


def test_a_second_lookup_after_the_permit_is_a_deny() -> None:
    world = World()
    case = world.unreachable()
    first = world.ask(case)
    world.permit(case, START + MINUTE, first.approval)
    assert world.ask(case, START + 2 * MINUTE).codes == (
        "borrower-consent-scope", "contact-consent-scope", "line-cap", "line-cooldown", "approval-missing",
    )
    assert world.view(case, START + 2 * MINUTE)["state"] == "not-eligible"


def test_the_collector_reads_what_is_missing_in_its_own_numbers() -> None:
    world = World()
    view = world.view(attempts_missing(world))
    assert view["missing"][0] == {"code": "attempts-too-few", "have": 7, "need": 8}
    assert [one["code"] for one in view["missing"]] == ["attempts-too-few", "notice-missing", "approval-missing"]
    assert view["next"]["action"] == "dial"
    assert {one["medium"]: one["counted"] for one in view["channels"]} == {"voice": 7, "sms": 0, "email": 0}
    assert all(one["covered"] for one in view["channels"])
