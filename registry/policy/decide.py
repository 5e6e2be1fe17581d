"""The one decision: made by the vault, re-made by the auditor, compared by the officer. There is no second one.

Every rule is evaluated and *all* failed ones are returned; the last line of the function is the refusal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from registry.model.times import HOUR, stamp
from registry.policy.applicable import Applied, Packs
from registry.policy.effort import NO_EFFORT, Effort, last_reset
from registry.policy.facts.listed import Contact
from registry.policy.facts.model import Facts
from registry.policy.parameters import clock
from registry.policy.reasons import Reason, in_order
from registry.policy.rules import RULE_SETS, RuleSet, visit
from registry.policy.rules.approval import open_request, valid_approval
from registry.policy.rules.caller import OUTCOME_WITHIN
from registry.policy.rules.case import Case
from registry.policy.rules.days import obliged
from registry.policy.rules.telling import script_of
from registry.policy.values import Decision
from registry.policy.weighing import weigh

RULES_VERSION = "2"


def decide(facts: Facts, packs: Packs, at: int, rules: RuleSet = RULE_SETS[RULES_VERSION]) -> Decision:
    """Permit with obligations, or deny with every reason in the fixed order. Total and deterministic.

    `at`, in milliseconds, is the moment the facts were taken for.
    """
    if packs.base.effective is None:
        return _deny((Reason("pack-missing"),), None, packs.base, None)
    if facts.borrower is None:
        bare = _case(facts, packs.base, None, at)
        own = facts.ask.about == "borrower" or (facts.ask.about == "visit" and rules.visit)
        said = rules.own_unknown if own else rules.unknown
        known = [reason for rule in said if (reason := rule(bare))]
        return _deny(in_order(known), None, packs.base, None)
    if facts.ask.about == "borrower":
        return _of_borrower(facts, packs, at, rules)
    if facts.ask.about == "visit" and rules.visit:
        return _of_visit(facts, packs, at, rules)
    contact, found = _pick(facts, packs, at, rules)
    case = _weighed(facts, packs.of(contact.id if contact else None), contact, at)
    found += [reason for rule in rules.always if (reason := rule(case))]
    for family in rules.always_families:
        found += family(case)
    reasons = in_order(found)
    if not reasons and contact is not None and rules.always and rules.contact_side:
        # What a suspended provider said takes nothing away from what stood against a permit while it was believed.
        otherwise = believing(facts)
        if otherwise is not None and (refusal := decide(otherwise, packs, at, rules)).verdict == "deny":
            return replace(refusal, effort=case.effort)  # what the agency is told is by what is believed
        return _permit(case, contact, rules)
    waiting = open_request(case) if [one.code for one in reasons] == ["approval-missing"] else None
    return _deny(reasons, contact, case.applied, waiting, case.effort)


def believing(facts: Facts) -> Facts | None:
    """The facts as if no provider had been suspended; None where they are the same."""
    if all(one.believed for one in facts.attempts):
        return None
    attempts = tuple([one if one.believed else replace(one, believed=True) for one in facts.attempts])
    return replace(facts, attempts=attempts, weighings={})


RULES: Mapping[str, Callable[[Facts, Packs, int], Decision]] = {
    version: partial(decide, rules=rules) for version, rules in RULE_SETS.items()
}


def _of_borrower(facts: Facts, packs: Packs, at: int, rules: RuleSet) -> Decision:
    """The borrower's own channels, under the packs of his side alone."""
    case = _case(facts, packs.base, None, at)
    found = [reason for rule in rules.own if (reason := rule(case))]
    for family in rules.own_families:
        found += family(case)
    channels = rules.channels(case)
    if not found and channels and rules.own:
        start, end = case.params.borrower_hours
        obligations = {"call_between": [clock(start), clock(end)], "time_zone": facts.time_zone,
                       **obliged(case.params.borrower_days)}
        return Decision(
            "permit", (), None, None, None, obligations, at + case.params.ttl_hours * HOUR, case.effective.packs,
            channels, case.params,
        )
    return _deny(in_order(found), None, packs.base, None)


def _of_visit(facts: Facts, packs: Packs, at: int, rules: RuleSet) -> Decision:
    """The borrower's address for a visit, under the packs of his side alone."""
    case = _case(facts, packs.base, None, at)
    found = [reason for rule in rules.visit if (reason := rule(case))]
    for family in rules.visit_families:
        found += family(case)
    reasons = in_order(found)
    channels = visit.addresses(case)
    if reasons or not channels:
        waiting = visit.open_request(case) if [one.code for one in reasons] == ["approval-missing"] else None
        return _deny(reasons, None, packs.base, waiting)
    start, end = visit.window(case)
    obligations = {
        "visit_between": [clock(start), clock(end)], "time_zone": facts.time_zone,
        "visitors": list(facts.ask.visitors), "outcome_by": stamp(at + OUTCOME_WITHIN),
    }
    return Decision(
        "permit", (), None, None, visit.valid_approval(case), obligations, at + case.params.ttl_hours * HOUR,
        case.effective.packs, channels, case.params,
    )


def _pick(
    facts: Facts, packs: Packs, at: int, rules: RuleSet,
) -> tuple[Contact | None, list[Reason]]:
    """The lowest rank for whom every contact-side rule holds; if none, the lowest rank and what failed for him."""
    first: tuple[Contact, list[Reason]] | None = None
    for contact in facts.contacts:
        case = _case(facts, packs.of(contact.id), contact, at)
        found = [reason for rule in rules.contact_side if (reason := rule(case))]
        for family in rules.contact_side_families:
            found += family(case)
        if not found:
            return contact, found
        if first is None:
            first = contact, found
    if first is not None:
        return first
    case = _case(facts, packs.base, None, at)
    return None, [reason for rule in rules.contact_side if (reason := rule(case))]


def _case(facts: Facts, applied: Applied, contact: Contact | None, at: int) -> Case:
    effective = applied.effective
    assert effective is not None
    return Case(facts, effective, effective.params, applied, contact, NO_EFFORT, at)


def _weighed(facts: Facts, applied: Applied, contact: Contact | None, at: int) -> Case:
    effective = applied.effective
    assert effective is not None
    effort = weigh(facts, effective.params, at, facts.attempts, last_reset(facts.resets))
    return Case(facts, effective, effective.params, applied, contact, effort, at)


def _permit(case: Case, contact: Contact, rules: RuleSet) -> Decision:
    mode = case.facts.ask.mode
    script = script_of(case, mode)
    assert script is not None
    start, end = rules.window(case)
    obligations: dict[str, object] = {
        "call_between": [clock(start), clock(end)], "time_zone": contact.clocks[0][0], "script": script,
        "script_sha256": hashlib.sha256(script.encode()).hexdigest(), **obliged(case.params.third_party_days),
    }
    if mode != "message":
        # The courier relays a message: nobody calls, and nobody has an outcome to report.
        obligations["max_calls"] = case.params.line_conversations_per_case
        obligations["outcome_by"] = stamp(case.at + OUTCOME_WITHIN)
    return Decision(
        "permit", (), contact.id, contact.line_id, valid_approval(case), obligations,
        case.at + case.params.ttl_hours * HOUR, case.effective.packs, params=case.params, effort=case.effort,
    )


def _deny(
    reasons: tuple[Reason, ...], contact: Contact | None, applied: Applied, approval: str | None,
    effort: Effort | None = None,
) -> Decision:
    effective = applied.effective
    return Decision(
        "deny", reasons, contact.id if contact else None, contact.line_id if contact else None, approval, None, None,
        effective.packs if effective else (), params=effective.params if effective else None, effort=effort,
    )
