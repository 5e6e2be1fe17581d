"""One case under judgement, every part of it replaceable: for tests of a single rule at its edge.

    judged(account={"balance_minor": 499}, params={"min_balance_minor": 500})

is the case of `World.unreachable`, for which everything holds, with those two values changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from registry.model.times import DAY, MINUTE
from registry.policy import packs_for
from registry.policy.effort import last_reset
from registry.policy.facts.listed import Consent
from registry.policy.facts.model import Attempt, Facts, Slot
from registry.policy.merging import Params
from registry.policy.parties import Approval
from registry.policy.rules.case import Case
from registry.policy.weighing import weigh
from tests.policy.world import START, Source, World

Changes = Mapping[str, Any]
NONE: Changes = {}


@cache
def permitted() -> Case:
    """A case in which every rule holds."""
    world = World()
    facts, decision = world.judge(world.unreachable())
    assert decision.verdict == "permit"
    directory = Source.of(world.log()).directory
    (contact,) = facts.contacts
    applied = packs_for(directory, facts, START).of(contact.id)
    assert applied.effective is not None
    effort = weigh(facts, applied.effective.params, START, facts.attempts, last_reset(facts.resets))
    return Case(facts, applied.effective, applied.effective.params, applied, contact, effort, START)


def judged(
    *, facts: Changes = NONE, ask: Changes = NONE, account: Changes = NONE, caller: Changes = NONE,
    contact: Changes | None = NONE, line: Changes = NONE, params: Changes = NONE, effort: Changes = NONE,
    effective: Changes = NONE, at: int = START,
) -> Case:
    """That case with values changed. `contact` None: nobody is listed."""
    case = permitted()
    assert case.facts.account is not None
    assert case.contact is not None
    whole = replace(
        case.facts, ask=replace(case.facts.ask, **ask), account=replace(case.facts.account, **account),
        caller=replace(case.facts.caller, **caller),
    )
    person = None if contact is None else replace(case.contact, line=replace(case.contact.line, **line))
    return replace(
        case, facts=replace(whole, **facts), at=at, params=replace(case.params, **params),
        effort=replace(case.effort, **effort), effective=replace(case.effective, **effective),
        contact=None if person is None or contact is None else replace(person, **contact),
    )


def params_of(**changes: Any) -> Params:
    """The floor's and China's values, some changed."""
    return replace(permitted().params, **changes)


def approval(**changes: Any) -> Approval:
    """The lender's approval of the agency."""
    found = permitted().facts.caller.approval
    assert found is not None
    return replace(found, **changes)


def consent_of(giver: str, **changes: Any) -> Consent:
    """The consent of that case's borrower or contact."""
    case = permitted()
    assert case.contact is not None
    (found,) = case.facts.consents if giver == "borrower" else case.contact.consents
    return replace(found, **changes)


def slot(medium: str = "voice", **changes: Any) -> Slot:
    """A channel of the borrower's, registered on day 0, nobody else's."""
    values: dict[str, Any] = {
        "channel": f"c-{medium}", "line": f"l-{medium}", "medium": medium, "uses": ((0, "personal", False),),
        "registered": True, "removed_at": None, "alone": True, "mobile": False, "of_contact": False, **changes,
    }
    return Slot(**values)


def attempt(day: int, minute: int = 600, outcome: str = "no-answer", **changes: Any) -> Attempt:
    """A dial that counts, begun at that minute of a day (days since 1970, UTC), logged as it began."""
    began = day * DAY + minute * MINUTE
    values: dict[str, Any] = {
        "index": day * 1440 + minute, "at": began, "slot": 0, "medium": "voice", "agency": "agency",
        "outcome": outcome, "began": began, "day": day, "minute": minute, "earliest": minute, "latest": minute,
        "logged_day": day, "ring": 60, "grade": 2, "flaw": None, "void": False, **changes,
    }
    return Attempt(**values)


def tried(*attempts: Attempt, slots: tuple[Slot, ...] | None = None, due: int = 0) -> Facts:
    """Facts in which these attempts were made on these channels; the account is due since that day."""
    facts = permitted().facts
    assert facts.account is not None
    return replace(facts, slots=(slot(),) if slots is None else slots, attempts=attempts, resets=(), offset=0,
                   account=replace(facts.account, due_since=due))
