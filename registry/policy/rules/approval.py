"""A named human's approval (POLICY section 4, `release.approvals` and what grade B needs; CONTRACT section 6)."""

from __future__ import annotations

from registry.model.times import HOUR
from registry.policy.facts.model import Request
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.effort import undeliverable

VALID_FOR = 24 * HOUR


def needed(case: Case) -> int:
    """How many: `release.approvals` for a number, together with grade B's: one number, the larger."""
    unresponsive = 0 if undeliverable(case) else case.params.unresponsive_approvals
    return max(unresponsive, case.params.release_approvals if case.facts.ask.mode == "number" else 0)


def approval_missing(case: Case) -> Reason | None:
    """An approval of exactly this client, account, contact, purpose and mode, at most 24 h old, not consumed."""
    need = needed(case)
    return None if need == 0 or valid_approval(case) is not None else Reason("approval-missing", 0, need)


def valid_approval(case: Case) -> str | None:
    """The oldest approval that a permit would consume."""
    need = needed(case)
    if case.contact is None or need == 0:
        return None
    for one in case.facts.requests:
        if (
            _open(case, one) and one.approvers >= need
            and one.given_at is not None and case.at - one.given_at <= VALID_FOR
        ):
            return one.id
    return None


def open_request(case: Case) -> str | None:
    """The request that is still waiting for an officer, or for another one."""
    need = needed(case)
    for one in case.facts.requests:
        if _open(case, one) and one.approvers < need and case.at - one.requested_at <= VALID_FOR:
            return one.id
    return None


def _open(case: Case, request: Request) -> bool:
    return (
        case.contact is not None and request.contact == case.contact.id
        and not request.refused and not request.consumed
    )
