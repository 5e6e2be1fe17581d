"""A visit to the borrower (version 2): the last step, by two named people whom two officers approved (POLICY 5).

No third person is involved, so none of the rules that protect one; all that protects the borrower does. Whoever can
be spoken with is not visited: a sign of life within the span in which silence must be shown bars it.
"""

from __future__ import annotations

from registry.model.times import DAY, local_minute
from registry.policy.effort import use_of
from registry.policy.facts.model import Request
from registry.policy.parameters import MOST
from registry.policy.reasons import Reason
from registry.policy.rules.approval import VALID_FOR
from registry.policy.rules.case import Case
from registry.policy.rules.telling import opens_at

ROLES = 2           # approvals are from so many different roles at least
VISITS_WITHIN = 30 * DAY    # one visit of an account within it


def forbidden(case: Case) -> Reason | None:
    """`visit.min_days_past_due` of 100000: that pack knows no visits."""
    return Reason("visit-forbidden") if case.params.visit_days_past_due >= MOST else None


def not_late(case: Case) -> Reason | None:
    """`visit.min_days_past_due`: only in the stage `late`, by the local date at the residence."""
    account = case.facts.account
    if account is None or forbidden(case) is not None:
        return None
    have, need = case.facts.today - account.due_since, case.params.visit_days_past_due
    return Reason("account-not-overdue-enough", have, need) if have < need else None


def too_few(case: Case) -> Reason | None:
    """`visit.visitors`: nobody stands at a door alone, and everybody who does is named."""
    have, need = len(case.facts.ask.visitors), case.params.visit_visitors
    return Reason("visitors-too-few", have, need) if have < need else None


def no_channel(case: Case) -> Reason | None:
    """There is no personal address that stands, or only one where he was reported not to live, or a stranger to."""
    return None if addresses(case) else Reason("no-channel")


def in_touch(case: Case) -> Reason | None:
    """`unreachable.span_days`: whoever showed a sign of life within it can be spoken with, and is not visited."""
    last = max((one.at for one in case.facts.resets), default=None)
    near = last is not None and case.at - last < case.params.span_days * DAY
    return Reason("sign-of-life") if near else None


def cap(case: Case) -> Reason | None:
    """One visit of an account in 30 days."""
    recent = any(case.at - one.at < VISITS_WITHIN for one in case.facts.visits)
    return Reason("borrower-cap") if recent else None


def outside_hours(case: Case) -> Reason | None:
    """`visit.hours` within `hours.borrower`, at the residence."""
    start, end = window(case)
    minute = local_minute(case.at, case.facts.offset)
    if start <= minute < end:
        return None
    return Reason("outside-hours", not_before=None if start >= end else opens_at(case.at, minute, start, end))


def approval_missing(case: Case) -> Reason | None:
    """`visit.approvals` of exactly this client, account and these visitors, from two roles, at most 24 h old."""
    need = case.params.visit_approvals
    if need == 0 or valid_approval(case) is not None:
        return None
    have = max((one.approvers for one in case.facts.requests if _open(one)), default=0)
    return Reason("approval-missing", have, need)


def window(case: Case) -> tuple[int, int]:
    """Local minutes in which the borrower may be visited, end exclusive."""
    mine, his = case.params.visit_hours, case.params.borrower_hours
    return max(mine[0], his[0]), min(mine[1], his[1])


def addresses(case: Case) -> tuple[str, ...]:
    """Ids of the channels that a permit opens: personal addresses that stand and that nobody says are a stranger's,
    added since he was last reported not to live where he was visited."""
    facts = case.facts
    return tuple(
        slot.channel for slot in facts.slots
        if slot.medium == "post" and slot.registered and not slot.of_contact and not slot.doubted
        and use_of(slot, case.params, case.at) == "personal"
        and (facts.moved_at is None or slot.uses[-1][0] > facts.moved_at)
    )


def valid_approval(case: Case) -> str | None:
    """The oldest approval that a permit would consume."""
    need = case.params.visit_approvals
    for one in case.facts.requests if need else ():
        enough = one.approvers >= need and one.roles >= min(ROLES, need)
        if _open(one) and enough and one.given_at is not None and case.at - one.given_at <= VALID_FOR:
            return one.id
    return None


def open_request(case: Case) -> str | None:
    """The request that is still waiting for an officer, or for one of another role."""
    for one in case.facts.requests:
        if _open(one) and case.at - one.requested_at <= VALID_FOR:
            return one.id
    return None


def _open(request: Request) -> bool:
    return not request.refused and not request.consumed
