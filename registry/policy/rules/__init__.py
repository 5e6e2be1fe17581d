"""The rules of POLICY, one file a family. Each takes a `Case` and gives what failed; together they are version 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from registry.policy.reasons import Reason
from registry.policy.rules import (
    account,
    approval,
    asked,
    caller,
    consent,
    contact,
    effort,
    gentle,
    line,
    notice,
    own,
    telling,
)
from registry.policy.rules.case import Case

Rule = Callable[[Case], Reason | None]
Family = Callable[[Case], Sequence[Reason]]

# Judged for each contact, lowest rank first, to find the one for whom all of them hold.
CONTACT_SIDE: tuple[Rule, ...] = (
    asked.pack_missing, asked.pack_conflict, asked.pack_forbids, asked.purpose_not_allowed, asked.mode_not_allowed,
    telling.script_missing, telling.language_missing,
    contact.not_informed, contact.refused, contact.complained, contact.erased, contact.is_borrower,
    line.objected, line.minor, line.wrong_person, line.dead, line.cap, line.message_cap, line.case_cap,
    line.cooldown,
)
CONTACT_SIDE_FAMILIES: tuple[Family, ...] = (consent.contact_consent,)

ALWAYS: tuple[Rule, ...] = (
    caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
    caller.collector_alarm, caller.agency_not_approved, caller.agency_approval_lapsed, caller.agency_suspended,
    account.feed_stale, account.not_placed, account.not_open, account.not_overdue_enough, account.balance_too_small,
    account.time_barred, account.callback_offered, contact.no_contact, gentle.less_intrusive_first,
    effort.no_channel, effort.sign_of_life, effort.borrower_refuses, effort.only_unresponsive,
    effort.channels_incomplete, effort.attempts_too_few, effort.days_too_few, effort.dayparts_too_few,
    effort.span_too_short, effort.attempts_stale, effort.reached_recently,
    telling.outside_hours, approval.approval_missing,
)
ALWAYS_FAMILIES: tuple[Family, ...] = (
    consent.borrower_consent, account.holds, effort.flawed_attempts, notice.notice_given,
)

# About the borrower's own channels: no third person, so none of the rules that protect one.
OWN: tuple[Rule, ...] = (
    asked.pack_missing, asked.pack_conflict, own.purpose_not_allowed, own.mode_not_allowed,
    caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
    caller.agency_not_approved, caller.agency_approval_lapsed, caller.agency_suspended,
    account.not_placed, account.not_open, own.not_overdue, account.time_barred,
    own.no_channel, own.line_is_contact, own.borrower_cap, own.outside_hours,
)
OWN_FAMILIES: tuple[Family, ...] = (account.holds,)

# All that can be said about an account that is not there.
UNKNOWN: tuple[Rule, ...] = (
    caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
    caller.collector_alarm, caller.agency_suspended, account.not_placed,
)
OWN_UNKNOWN: tuple[Rule, ...] = tuple(rule for rule in UNKNOWN if rule is not caller.collector_alarm)
