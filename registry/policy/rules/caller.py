"""Who asks, and what the asker still owes."""

from __future__ import annotations

from registry.model.times import DAY, HOUR
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case

OUTCOME_WITHIN = 48 * HOUR


def releases_stopped(case: Case) -> Reason | None:
    """The stop switch: nothing is released to anybody (DESIGN section 4)."""
    return Reason("releases-stopped") if case.facts.stopped else None


def caller_unknown(case: Case) -> Reason | None:
    """Only a registered agency asks for a contact (CONTRACT section 1)."""
    return None if case.facts.caller.is_agency else Reason("caller-unknown")


def key_revoked(case: Case) -> Reason | None:
    """A release is encrypted to the client's registered key; without one nothing can leave (CONTRACT section 1)."""
    return None if case.facts.caller.has_key else Reason("key-revoked")


def outcome_overdue(case: Case) -> Reason | None:
    """What became of every number is reported within 48 h (CONTRACT section 1)."""
    oldest = case.facts.caller.oldest_open_permit
    return Reason("outcome-overdue") if oldest is not None and case.at - oldest > OUTCOME_WITHIN else None


def collector_alarm(case: Case) -> Reason | None:
    """One agent gets only so many numbers a local day (POLICY section 4, `alarm.releases_per_collector_day`)."""
    have, most = case.facts.caller.releases_today, case.params.collector_day_releases
    return Reason("collector-alarm") if have >= most else None


def agency_not_approved(case: Case) -> Reason | None:
    """The lender's agencies are approved by an officer."""
    return None if case.facts.caller.approval is not None else Reason("agency-not-approved")


def agency_approval_lapsed(case: Case) -> Reason | None:
    """An approval ends on its day, and after `agency.max_approval_days` at the latest."""
    approval = case.facts.caller.approval
    if approval is None:
        return None
    end = min(approval.until, approval.given_at + case.params.agency_approval_days * DAY)
    return Reason("agency-approval-lapsed") if case.at > end else None


def agency_suspended(case: Case) -> Reason | None:
    """Nothing is released to a suspended agency, nor for a suspended lender."""
    return Reason("agency-suspended") if case.facts.caller.suspended else None
