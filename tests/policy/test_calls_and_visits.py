"""Brokered calls and visits by the second rules; the first refuse both for ever (ADR 28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.policy import packs_for
from registry.policy.decide import RULES
from registry.shipped import shipped_packs
from tests.policy.modes import message_first, messaged, overdue, parameter, ready
from tests.policy.test_packs import activate, changed
from tests.policy.world import START, Case, Source, World, ident, when

CALL: dict[str, Any] = {"mode": "call", "caller": True}
MODES = ("number", "message", "call")
VISITORS = ("agent-17", "agent-18")
VISIT: dict[str, Any] = {"about": "visit", "purpose": "contact-borrower", "visitors": VISITORS}


def callable_case(world: World, **options: Any) -> Case:
    """All that a call needs."""
    options = {"borrower": MODES, "contact": MODES, **options}
    case = ready(world, **options)
    world.approve(case, when(0, "09:12"), mode="call")
    return case


def called(world: World, case: Case, at: int, over: int | None, talked: bool = False, **changes: Any) -> str:
    """A call that was permitted, and when it was over; `talked`: somebody was spoken with."""
    lookup = ident(f"call-{at}")
    named = {"lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line}
    world.add(at, "lookup-decided/2", {
        **named, "account": case.account, "client": world.agency, "agent": "A-17", "about": "contact",
        "purpose": "restore-contact", "mode": "call", "verdict": "permit", "reasons": [], "system": [], "as_of": 0,
        "rules": "2", "packs": [], "offsets": [], "expires_at": stamp(at + DAY), "local_date": "2026-01-01",
        "caller": True, **changes,
    }, Actor("vault"))
    world.add(at + MINUTE, "call-recorded/1", {
        **named, "call": ident(lookup), "began_at": stamp(at), "talk_seconds": 30 if talked else 0,
        "outcome": "talked" if talked else "no-answer", "stop": False,
    }, Actor("courier"))
    world.outcome(case, lookup, at + HOUR, "no-answer")
    if over is not None:
        world.add(over, "call-unbound/1", {**named, "why": "used"}, Actor("courier"))
    return lookup


def call_first(world: World) -> None:
    """China orders brokered calls before numbers."""
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    text = changed(text, "[scripts.restore-contact]",
                   parameter("call.first", True, "flag", "or") + "[scripts.restore-contact]")
    activate(world, text, when(-40), officers=2)


def first_rules(world: World, case: Case, **asked: Any) -> tuple[str, ...]:
    facts, _ = world.judge(case, **asked)
    source = Source.of([one for one in world.log() if one.at <= START])
    return RULES["1"](facts, packs_for(source.directory, facts, START), START).codes


def test_a_call_needs_what_a_message_needs_and_a_line_to_come_from() -> None:
    world = World()
    case = callable_case(world)
    permit = world.ask(case, **CALL)
    assert (permit.verdict, permit.obligations["max_calls"]) == ("permit", 1)  # type: ignore[index]
    assert world.ask(case, mode="call").codes == ("mode-not-allowed",)
    assert "mode-not-allowed" in first_rules(world, case, **CALL)


@pytest.mark.parametrize(("side", "code"), [
    ("borrower", "borrower-consent-scope"), ("contact", "contact-consent-scope"),
])
def test_both_sides_must_have_agreed_to_calls(side: str, code: str) -> None:
    world = World()
    case = callable_case(world, **{side: ("number", "message")})
    assert world.ask(case, **CALL).codes == (code,)


def test_an_approval_of_a_number_is_none_of_a_call() -> None:
    world = World()
    assert world.ask(ready(world, borrower=MODES, contact=MODES), **CALL).codes == ("approval-missing",)


@pytest.mark.parametrize(("story", "asked", "codes"), [
    (lambda world, case: called(world, case, START - DAY, START - HOUR), {}, ()),
    (lambda world, case: called(world, case, START - HOUR, None), {}, ("line-cap",)),
    (lambda world, case: called(world, case, START - DAY, None), {}, ()),
    (lambda world, case: called(world, case, START - DAY, START - HOUR, talked=True), {}, ("line-cap",)),
    (lambda world, case: called(world, case, START - 29 * DAY, START - 28 * DAY), CALL, ("line-cap",)),
    (lambda world, case: called(world, case, START - 30 * DAY, START - 28 * DAY), CALL, ()),
    (lambda world, case: world.permit(case, START - DAY), CALL, ("line-cap", "line-cooldown")),
    (lambda world, case: messaged(world, case, 1), CALL, ()),
    (lambda world, case: called(world, case, START - DAY, START - HOUR), {"mode": "message"}, ()),
], ids=["number after a call", "number while one may connect", "number after one ran out", "number after a talk",
        "call after a call", "call a month later", "call after a number", "call after a message",
        "message after a call"])
def test_calls_and_numbers_share_a_line(
    story: Callable[[World, Case], object], asked: dict[str, Any], codes: tuple[str, ...],
) -> None:
    world = World()
    case = callable_case(world)
    story(world, case)
    assert world.ask(case, **asked).codes == codes


def test_a_call_that_was_never_opened_is_none() -> None:
    world = World()
    case = callable_case(world)
    lookup = called(world, case, START - DAY, None)
    assert world.ask(case, **CALL).codes == ("line-cap",)
    world.add(START - HOUR, "opening-refused/1", {
        "lookup": lookup, "borrower": case.borrower, "line": case.contact_line, "agency": world.agency,
        "reasons": ["sign-of-life"],
    }, Actor("vault"))
    assert world.ask(case, **CALL).codes == ()
    facts, _ = world.judge(case, **CALL)
    assert [one.line.calls for one in facts.contacts] == [()]


def test_a_talk_counts_once_whoever_says_it() -> None:
    world = World()
    case = callable_case(world)
    lookup = called(world, case, START - DAY, START - HOUR, talked=True)
    world.outcome(case, lookup, START - MINUTE, "relayed")
    facts, _ = world.judge(case)
    assert [one.line.conversations for one in facts.contacts] == [1]


def test_stop_on_a_call_bars_the_line() -> None:
    world = World()
    case = callable_case(world)
    lookup = called(world, case, START - DAY, START - HOUR)
    world.add(START - HOUR, "call-recorded/1", {
        "lookup": lookup, "borrower": case.borrower, "contact": case.contact, "line": case.contact_line,
        "call": ident("stop"), "began_at": stamp(START - DAY), "talk_seconds": 0, "outcome": "declined", "stop": True,
    }, Actor("courier"))
    assert "contact-objected" in world.ask(case).codes


def test_where_calls_come_first_a_number_waits_for_one_that_is_over() -> None:
    world = World()
    call_first(world)
    case = callable_case(world)
    assert world.ask(case).codes == ("less-intrusive-first",)
    assert world.ask(case, **CALL).verdict == "permit"
    assert first_rules(world, case) == (), "the first rules know no such order"
    called(world, case, START - DAY, START - HOUR)
    assert world.ask(case).codes == ()


def test_a_call_that_nobody_agreed_to_is_not_waited_for() -> None:
    world = World()
    call_first(world)
    assert world.ask(callable_case(world, contact=("number", "message"))).verdict == "permit"


def test_where_messages_come_first_they_come_before_calls_too() -> None:
    world = World()
    message_first(world)
    case = callable_case(world)
    assert world.ask(case, **CALL).codes == ("less-intrusive-first",)
    messaged(world, case, 4)
    assert world.ask(case, **CALL).codes == ()


def test_the_first_rules_answer_a_visit_as_they_always_did() -> None:
    world = World()
    case = overdue(world, 120, channels=("voice", "post"))
    assert "purpose-not-allowed" in first_rules(world, case, **VISIT)


def approved_visit(world: World, days: int = 120, **changes: Any) -> Case:
    """A visit that lacks nothing, but for what is changed."""
    case = overdue(world, days, channels=("voice", "sms", "post"))
    world.add(when(-3), "officer-role-set/1", {"officer": ident("second"), "role": "legal"}, Actor("officer"))
    approval = ident("approval-of-visit")
    world.add(when(0, "09:00"), "approval-requested/2", {
        "approval": approval, "lookup": ident("asked"), "client": world.agency, "account": case.account,
        "borrower": case.borrower, "about": "visit", "purpose": "contact-borrower", "mode": "number",
        "visitors": list(VISITORS), **changes,
    }, Actor("vault"))
    for officer in (world.officer, ident("second")):
        world.add(when(0, "09:10"), "approval-given/1", {"approval": approval, "borrower": case.borrower},
                  Actor("officer", officer))
    return case


def test_a_visit_opens_the_address_alone() -> None:
    world = World()
    case = approved_visit(world)
    permit = world.ask(case, **VISIT)
    assert (permit.verdict, permit.channels) == ("permit", (case.channels["post"],))
    assert (permit.contact, permit.line) == (None, None)
    assert permit.approval == ident("approval-of-visit")


@pytest.mark.parametrize(("changes", "codes"), [
    ({"client": ident("rival")}, ("approval-missing",)),
    ({"visitors": ["agent-17", "agent-1"]}, ("approval-missing",)),
    ({"purpose": "restore-contact"}, ("approval-missing",)), ({"about": "contact"}, ("approval-missing",)),
])
def test_only_the_approval_of_this_very_visit_counts(changes: dict[str, Any], codes: tuple[str, ...]) -> None:
    world = World()
    assert world.ask(approved_visit(world, **changes), **VISIT).codes == codes


@pytest.mark.parametrize(("days", "codes"), [(90, ()), (89, ("account-not-overdue-enough",))])
def test_a_visit_is_for_the_late_stage(days: int, codes: tuple[str, ...]) -> None:
    world = World()
    assert world.ask(approved_visit(world, days), **VISIT).codes == codes


@pytest.mark.parametrize(("days", "codes"), [(13, ("sign-of-life",)), (14, ())])
def test_who_showed_life_within_the_span_is_not_visited(days: int, codes: tuple[str, ...]) -> None:
    world = World()
    case = approved_visit(world)
    world.add(START - days * DAY, "sign-of-life/1", {"borrower": case.borrower, "source": "payment"})
    assert world.ask(case, **VISIT).codes == codes


@pytest.mark.parametrize("asked", [
    {"purpose": "restore-contact"}, {"mode": "message"}, {"visitors": ("agent-17",)},
    {"visitors": ("agent-17", "agent-17")},
])
def test_a_visit_asked_for_otherwise_is_refused(asked: dict[str, Any]) -> None:
    world = World()
    assert world.ask(approved_visit(world), **{**VISIT, **asked}).verdict == "deny"
