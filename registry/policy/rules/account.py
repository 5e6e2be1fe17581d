"""The account: placed, open, overdue enough, not barred (POLICY section 3, U6 and U8; section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.times import HOUR
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case


def feed_stale(case: Case) -> Reason | None:
    """U8: payments, logins and inbound calls are complete to within `max_feed_age_hours`; a feed never reported
    is stale. No sign of life must not mean a broken feed."""
    through = case.facts.feeds_through
    if through is not None and case.at - through <= case.params.max_feed_age_hours * HOUR:
        return None
    return Reason("feed-stale")


def not_placed(case: Case) -> Reason | None:
    """The account is placed with the asking agency today, at the borrower's residence. An unknown account, an erased
    borrower and another agency's account all answer this."""
    account = case.facts.account
    return Reason("account-not-placed") if account is None or account.placed_at is None else None


def not_open(case: Case) -> Reason | None:
    """U6: a paid or closed account opens nothing."""
    account = case.facts.account
    return Reason("account-not-open") if account is None or account.state != "open" else None


def not_overdue_enough(case: Case) -> Reason | None:
    """U6, section 5: `account.min_days_past_due` by the local date at the residence."""
    account = case.facts.account
    if account is None:
        return None
    have, need = case.facts.today - account.due_since, case.params.min_days_past_due
    return Reason("account-not-overdue-enough", have, need) if have < need else None


def balance_too_small(case: Case) -> Reason | None:
    """Proportionality: `account.min_balance_minor`."""
    account = case.facts.account
    if account is None:
        return None
    need = case.params.min_balance_minor
    return Reason("account-balance-too-small", account.balance_minor, need) if account.balance_minor < need else None


def time_barred(case: Case) -> Reason | None:
    """U6: the limitation is not over; its last day still counts."""
    account = case.facts.account
    over = account is not None and case.facts.today > account.limitation_until
    return Reason("account-time-barred") if over else None


def assigned(case: Case) -> Reason | None:
    """`consent.grantee_bound`: what is another creditor's now opens nothing here any more; he registers and asks
    anew, and no contact goes along."""
    account = case.facts.account
    return Reason("account-assigned") if account is not None and account.assigned_at is not None else None


def time_barred_for_good(case: Case) -> Reason | None:
    """The same, and a limitation that had run out does not come back by a later date: what the lender says of its own
    claim opens nothing again."""
    account = case.facts.account
    return Reason("account-time-barred") if account is not None and account.lapsed else time_barred(case)


def callback_offered(case: Case) -> Reason | None:
    """U6: the borrower offered to be called back, and the offer is open."""
    return Reason("callback-offered") if case.facts.callback is not None else None


def holds(case: Case) -> Sequence[Reason]:
    """U6: every hold that bars this account, also those that follow from a reported outcome."""
    return [Reason(f"hold-{kind}") for kind in case.facts.holds]
