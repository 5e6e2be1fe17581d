"""May this channel be dialled now? Asked before a dial, decided by what judges attempts afterwards. Pure.

An agency is told what it may know: what follows from its own dials and from the clock, with the time to come back;
what is the borrower's own wish or plight as a lookup tells it; all else is one bare refusal (CONTRACT section 1,
P10).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from registry.model.times import DAY, MINUTE, local_day, local_minute, stamp
from registry.policy.applicable import Packs
from registry.policy.effort import NO_EFFORT, keeps_distance
from registry.policy.facts.model import Attempt, Facts
from registry.policy.next_step import into_lawful_time
from registry.policy.pack import PackName
from registry.policy.reasons import Reason, in_order
from registry.policy.rules import RULE_SETS, RuleSet
from registry.policy.rules.case import Case
from registry.policy.rules.dial import Dial, closes, dial_of, next_window
from registry.policy.views import ABOUT_CALLER, View, refusal_view

TICKET_LIFE = 15 * MINUTE
# What passes: when, is in the answer.
PASSING = frozenset({"outside-hours", "borrower-cap", "attempt-too-close"})
LOOK_AHEAD = 16     # steps to the next lawful moment: hours, gap and caps of a week


@dataclass(frozen=True, slots=True)
class DialAnswer:
    """`mine`: the account is placed with the asker and the channel is its borrower's; else nothing is told of either.

    `line`: the channel's, None where it is not the asker's. `not_before`: when what passes will have passed, over all
    agencies; None where something stands that does not pass. `valid_until`: of a permit. Milliseconds.
    `view`: what the asker is told beside.
    """

    may_dial: bool
    mine: bool
    reasons: tuple[Reason, ...]
    packs: tuple[PackName, ...]
    line: str | None
    not_before: int | None
    valid_until: int | None
    view: View

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone, as the entry records them."""
        return tuple(reason.code for reason in self.reasons)

    def members(self, borrower: str | None, lender: str | None) -> dict[str, object]:
        """What the entry says of the answer; None for a member that must be absent."""
        def when(at: int | None) -> str | None:
            return None if at is None else stamp(at)

        return {
            "may_dial": self.may_dial, "reasons": list(self.codes), "packs": [one.value() for one in self.packs],
            "borrower": borrower if self.mine else None, "lender": lender if self.mine else None, "line": self.line,
            "not_before": when(self.not_before), "valid_until": when(self.valid_until),
        }


def may_dial(facts: Facts, channel: str, packs: Packs, at: int, rules: RuleSet = RULE_SETS["2"]) -> DialAnswer:
    """Every rule about a dial, and all that fail. Total and deterministic; no rules: no.

    `facts.ask.client` is who asks, `at` (milliseconds) the moment the facts were taken for.
    """
    effective = packs.base.effective
    if effective is None:
        return _unknown(facts, (Reason("pack-missing"),), ())
    case = Case(facts, effective, effective.params, packs.base, None, NO_EFFORT, at)
    place = next((place for place, slot in enumerate(facts.slots) if slot.channel == channel), None)
    if facts.account is None or facts.account.placed_at is None or place is None:
        found = [reason for rule in rules.dial_unknown if (reason := rule(case))]
        return _unknown(facts, in_order(found) or (Reason("no-channel"),), effective.packs)
    reasons = in_order(_failed(case, rules, dial_of(case, place, at, facts.attempts)))
    line = facts.slots[place].line
    if not reasons and rules.dial:
        return DialAnswer(True, True, (), effective.packs, line, None, _valid_until(case, place), {})
    mine = [one for one in facts.attempts if one.agency == facts.ask.client]
    return DialAnswer(
        False, True, reasons, effective.packs, line, _passes(case, rules, place, reasons, facts.attempts), None,
        _told(case, rules, place, reasons, mine),
    )


DIAL_RULES: Mapping[str, Callable[[Facts, str, Packs, int], DialAnswer]] = {
    version: partial(may_dial, rules=rules) for version, rules in RULE_SETS.items()
}


def _unknown(facts: Facts, reasons: tuple[Reason, ...], packs: tuple[PackName, ...]) -> DialAnswer:
    """The one answer about an account or a channel that is not there, not the asker's, or erased."""
    about_caller = [one for one in reasons if one.code in ABOUT_CALLER]
    return DialAnswer(False, False, reasons, packs, None, None, None, refusal_view(facts, about_caller))


def _failed(case: Case, rules: RuleSet, dial: Dial) -> list[Reason]:
    found = [reason for rule in rules.dial if (reason := rule(case))]
    for family in rules.dial_families:
        found += family(case)
    return found + [reason for line in rules.dial_line if (reason := line(dial))]


def _told(
    case: Case, rules: RuleSet, place: int, reasons: tuple[Reason, ...], mine: Sequence[Attempt],
) -> View:
    """What the asker is told of a refusal. `mine`: its own attempts, which alone it may learn anything from."""
    standing = [one for one in reasons if one.code not in PASSING]
    if standing:
        view = refusal_view(case.facts, standing)
        offer = case.facts.callback
        if view["state"] == "callback" and offer is not None:
            opens = next_window(offer, case.at, case.facts.offset)
            return view if opens is None else {**view, "not_before": stamp(opens)}
        return view
    own = [one for one in in_order(_failed(case, rules, dial_of(case, place, case.at, mine))) if one.code in PASSING]
    if not own:
        # Somebody else dialled: that this person is in debt elsewhere is nobody's to learn.
        return refusal_view(case.facts, ())
    told: View = {"state": "waiting", "missing": [{"code": one.code} for one in own], "next": {"action": "wait"}}
    passes = _passes(case, rules, place, own, mine)
    return told if passes is None else {**told, "not_before": stamp(passes)}


def _passes(
    case: Case, rules: RuleSet, place: int, reasons: Sequence[Reason], attempts: Sequence[Attempt],
) -> int | None:
    """The next moment at which hours, caps and distance to `attempts` let this channel be dialled; None where that
    is not all that is wrong, or no such moment is in sight."""
    if not reasons or any(one.code not in PASSING for one in reasons):
        return None
    facts, params, when = case.facts, case.params, case.at
    offsets = (facts.offset, *facts.slots[place].offsets)
    for _ in range(LOOK_AHEAD):
        dial = dial_of(case, place, when, attempts)
        if not (dial.outside or dial.capped or dial.close):
            return when
        later = when
        if dial.close:
            later = params.min_gap_minutes * MINUTE + max(
                one.began for one in attempts if one.began <= when and keeps_distance(one))
        if dial.capped:
            later = max(later, (local_day(when, facts.offset) + 1) * DAY - facts.offset * MINUTE)
        later = into_lawful_time(params, offsets, later)
        if later <= when:
            return None
        when = later
    return None


def _valid_until(case: Case, place: int) -> int:
    """Until when the permitted dial may begin, exclusive: a quarter of an hour, within the hours that permit it."""
    facts, ends = case.facts, [case.at + TICKET_LIFE]
    start_of_minute = case.at - case.at % MINUTE
    for offset in (facts.offset, *facts.slots[place].offsets):
        ends.append(start_of_minute + (case.params.borrower_hours[1] - local_minute(case.at, offset)) * MINUTE)
    offer, minute = facts.callback, local_minute(case.at, facts.offset)
    if offer is not None:
        closing = closes(offer, minute) if offer.windows else None
        ends += [offer.until + 1] if closing is None else [start_of_minute + (closing - minute) * MINUTE]
    return min(ends)
