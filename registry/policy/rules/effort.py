"""Verifiably unreachable: channels, counts, freshness, no sign of life (POLICY section 3, U1 to U5, U8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from registry.model.times import DAY
from registry.model.value import value
from registry.policy.effort import Effort, last_reset
from registry.policy.facts.model import Facts
from registry.policy.merging import Params
from registry.policy.parameters import REACH_GRADES
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.weighing import weigh

BEFORE_EVERYTHING = (-1, 0)


class Tried(Protocol):
    """What the rules about counts look at: the same for all attempts together and for one agency's own."""

    @property
    def params(self) -> Params: ...
    @property
    def effort(self) -> Effort: ...
    @property
    def at(self) -> int: ...


@value(frozen=True, slots=True)
class Weighed:
    """An effort by itself."""

    params: Params
    effort: Effort
    at: int


def no_channel(case: Case) -> Reason | None:
    """U1: no personal channel at all."""
    return None if case.effort.slots else Reason("no-channel")


def channels_incomplete(case: Tried) -> Reason | None:
    """U1: every live personal channel was tried: voice lines `per_line_counted` times, texts once, or proven dead.
    Two kinds were then tried where two exist."""
    have, need = case.effort.covered, len(case.effort.slots)
    return Reason("channels-incomplete", have, need) if have < need else None


def attempts_too_few(case: Tried) -> Reason | None:
    """U2: `unreachable.min_attempts`; waived when every channel is dead."""
    return _short("attempts-too-few", case.effort.attempts, case.params.min_attempts, waived=case.effort.waived)


def days_too_few(case: Tried) -> Reason | None:
    """U2: `unreachable.min_days` distinct local days, distinct also by the registry's stamp."""
    return _short("days-too-few", case.effort.days, case.params.min_days, waived=case.effort.waived)


def dayparts_too_few(case: Tried) -> Reason | None:
    """U2: `unreachable.min_dayparts`, each on a day of its own."""
    return _short("dayparts-too-few", case.effort.dayparts, case.params.min_dayparts, waived=case.effort.waived)


def span_too_short(case: Tried) -> Reason | None:
    """U2: `unreachable.span_days` from the first to the last counted local date; never waived."""
    return _short("span-too-short", case.effort.span, case.params.span_days, waived=False)


def attempts_stale(case: Tried) -> Reason | None:
    """U8: the last counted attempt is at most `max_staleness_days` old."""
    last = case.effort.last_at
    if last is None or case.at - last <= case.params.max_staleness_days * DAY:
        return None
    return Reason("attempts-stale")


def reached_recently(case: Case) -> Reason | None:
    """U4: after a mailbox, a screening or the household, `attempt.cooling_days` pass first."""
    until = case.effort.blocked_until
    return None if until is None else Reason("reached-recently", not_before=until)


def flawed_attempts(case: Case) -> Sequence[Reason]:
    """U3: why attempts counted for nothing, where a count is short."""
    effort = case.effort
    if not effort.flaws or not short(case):
        return ()
    return [Reason(code) for code in effort.flaws]


def sign_of_life(case: Case) -> Reason | None:
    """U5: the effort would be complete but for a sign of life."""
    if not case.facts.resets or case.effort.complete:
        return None
    before = weigh(case.facts, case.params, case.at, case.facts.attempts, BEFORE_EVERYTHING)
    return Reason("sign-of-life") if before.slots and before.complete else None


def borrower_refuses(case: Case) -> Reason | None:
    """Refusing is not unreachable: a declined call, a block, a STOP bar for 30 days."""
    declined = case.facts.declined_at
    return Reason("borrower-refuses") if declined is not None and case.at - declined < 30 * DAY else None


def only_unresponsive(case: Case) -> Reason | None:
    """`unreachable.min_grade`: a pack may demand that every channel is proven dead (grade A)."""
    strict = REACH_GRADES[case.params.min_grade] == "A"
    return Reason("only-unresponsive") if strict and not undeliverable(case) else None


def undeliverable(case: Case) -> bool:
    """Grade A: every channel of any use, not disputed and not removed, is proven dead."""
    dead = {one.slot for one in case.effort.slots if one.dead}
    live = [place for place, slot in enumerate(case.facts.slots) if slot.registered and slot.medium != "post"]
    return bool(dead) and all(place in dead for place in live)


def short(case: Case) -> bool:
    """Whether any count of U1 or U2 is short."""
    return any(rule(case) is not None for rule in COUNTS)


def own_effort(facts: Facts, params: Params, at: int, of_all: Effort | None = None) -> Effort:
    """The effort by this agency's own attempts alone, restarting only at reaches that it saw itself.

    `of_all`: the effort of all agencies by the same parameters, if it was weighed: where nobody else tried, nothing
    else restarts and no line is shared, it is the agency's own.
    """
    client = facts.ask.client
    others = [one for one in facts.attempts if one.agency != client]
    mine = [one for one in facts.attempts if one.agency == client] if others else facts.attempts
    after = last_reset([one for one in facts.resets if one.agency == client])
    if (
        of_all is not None and not others and after == last_reset(facts.resets)
        and all(slot.alone for slot in facts.slots)
    ):
        return of_all
    return weigh(facts, params, at, mine, after, own=True)


def own_shortfalls(params: Params, own: Effort, at: int) -> list[Reason]:
    """What one agency's own effort still lacks, in the agency's own numbers."""
    return [reason for rule in (*COUNTS, attempts_stale) if (reason := rule(Weighed(params, own, at)))]


def _short(code: str, have: int, need: int, *, waived: bool) -> Reason | None:
    return Reason(code, have, need) if have < need and not waived else None


COUNTS = (channels_incomplete, attempts_too_few, days_too_few, dayparts_too_few, span_too_short)
