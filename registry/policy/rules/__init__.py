"""The rules of POLICY, one file a family. Each takes a `Case` and gives what failed; a set of them has a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from registry.policy.reasons import Reason
from registry.policy.rules import (
    account,
    approval,
    asked,
    call,
    caller,
    consent,
    contact,
    days,
    dial,
    doubt,
    effort,
    forbidden,
    gentle,
    hours,
    line,
    notice,
    own,
    telling,
    visit,
)
from registry.policy.rules.case import Case
from registry.policy.rules.dial import Dial
from registry.policy.rules.own import open_channels

Rule = Callable[[Case], Reason | None]
Family = Callable[[Case], Sequence[Reason]]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of the rules. A verdict once given never changes: a wanted change is a new version, and the old one
    stays callable.

    `contact_side`: judged for each contact, lowest rank first, to find the one for whom all of them hold.
    `own`: about the borrower's own channels: no third person, so none of the rules that protect one.
    `unknown`: all that can be said about an account that is not there.
    `visit`: about the borrower's address; none before version 2, where whoever asks is answered as about a contact.
    `channels`: which of the borrower's own a permit opens.
    `window`: the local minutes in which a contact may be called, which a permit obliges to.
    `dial`: about a dial that somebody is about to make; `dial_line`: about the channel; `dial_unknown`: where the
    account or the channel is not the asker's. None before version 2: such a dial is refused.
    """

    contact_side: tuple[Rule, ...]
    contact_side_families: tuple[Family, ...]
    always: tuple[Rule, ...]
    always_families: tuple[Family, ...]
    own: tuple[Rule, ...]
    own_families: tuple[Family, ...]
    unknown: tuple[Rule, ...]
    window: Callable[[Case], tuple[int, int]] = telling.call_window
    channels: Callable[[Case], tuple[str, ...]] = open_channels
    visit: tuple[Rule, ...] = ()
    visit_families: tuple[Family, ...] = ()
    dial: tuple[Rule, ...] = ()
    dial_families: tuple[Family, ...] = ()
    dial_line: tuple[Callable[[Dial], Reason | None], ...] = ()
    dial_unknown: tuple[Rule, ...] = ()

    @property
    def own_unknown(self) -> tuple[Rule, ...]:
        """Of an account that is not there, asked for its borrower's own channels."""
        return tuple(rule for rule in self.unknown if rule is not caller.collector_alarm)


VERSION_1 = RuleSet(
    contact_side=(
        asked.pack_missing, asked.pack_conflict, asked.pack_forbids, asked.purpose_not_allowed,
        asked.mode_not_allowed, telling.script_missing, telling.language_missing,
        contact.not_informed, contact.refused, contact.complained, contact.erased, contact.is_borrower,
        line.objected, line.minor, line.wrong_person, line.dead, line.cap, line.message_cap, line.case_cap,
        line.cooldown,
    ),
    contact_side_families=(consent.contact_consent,),
    always=(
        caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
        caller.collector_alarm, caller.agency_not_approved, caller.agency_approval_lapsed, caller.agency_suspended,
        account.feed_stale, account.not_placed, account.not_open, account.not_overdue_enough,
        account.balance_too_small, account.time_barred, account.callback_offered, contact.no_contact,
        gentle.less_intrusive_first,
        effort.no_channel, effort.sign_of_life, effort.borrower_refuses, effort.only_unresponsive,
        effort.channels_incomplete, effort.attempts_too_few, effort.days_too_few, effort.dayparts_too_few,
        effort.span_too_short, effort.attempts_stale, effort.reached_recently,
        telling.outside_hours, approval.approval_missing,
    ),
    always_families=(
        consent.borrower_consent, account.holds, effort.flawed_attempts, notice.notice_given,
    ),
    own=(
        asked.pack_missing, asked.pack_conflict, own.purpose_not_allowed, own.mode_not_allowed,
        caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
        caller.agency_not_approved, caller.agency_approval_lapsed, caller.agency_suspended,
        account.not_placed, account.not_open, own.not_overdue, account.time_barred,
        own.no_channel, own.line_is_contact, own.borrower_cap, own.outside_hours,
    ),
    own_families=(account.holds,),
    unknown=(
        caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
        caller.collector_alarm, caller.agency_suspended, account.not_placed,
    ),
)


def _instead(rules: tuple[Rule, ...], old: Rule, new: Rule, *more: Rule) -> tuple[Rule, ...]:
    """The same rules in the same order, one of them another; `more`: further pairs of old and new."""
    assert old in rules, "what is replaced is there"
    found = tuple(new if one is old else one for one in rules)
    return _instead(found, *more) if more else found


VERSION_2 = replace(
    VERSION_1,
    contact_side=_instead(
        VERSION_1.contact_side, asked.pack_forbids, asked.ground_missing,
        asked.mode_not_allowed, forbidden.mode_not_allowed, asked.purpose_not_allowed, forbidden.purpose_not_allowed,
        telling.script_missing, forbidden.script_missing, line.cap, call.cap,
    ),
    contact_side_families=(*VERSION_1.contact_side_families, contact.held),
    always=(
        days.third_party_closed,
        *_instead(_instead(VERSION_1.always, telling.outside_hours, hours.outside_hours),
                  account.time_barred, account.time_barred_for_good,
                  gentle.less_intrusive_first, call.less_intrusive_first),
        account.assigned,
    ),
    own=(
        days.borrower_closed,
        *_instead(VERSION_1.own, account.time_barred, account.time_barred_for_good,
                  asked.pack_conflict, own.pack_conflict, own.no_channel, doubt.no_channel,
                  own.line_is_contact, doubt.line_is_contact, own.borrower_cap, doubt.borrower_cap),
        account.assigned,
    ),
    window=hours.call_window,
    channels=doubt.open_channels,
    visit=(
        days.borrower_closed, asked.pack_missing, own.pack_conflict, own.purpose_not_allowed, own.mode_not_allowed,
        caller.releases_stopped, caller.caller_unknown, caller.key_revoked, caller.outcome_overdue,
        caller.agency_not_approved, caller.agency_approval_lapsed, caller.agency_suspended,
        account.feed_stale, account.not_placed, account.not_open, account.time_barred_for_good, account.assigned,
        account.callback_offered, visit.forbidden, visit.not_late, visit.too_few, visit.no_channel, visit.in_touch,
        effort.borrower_refuses, visit.cap, visit.outside_hours, visit.approval_missing,
    ),
    visit_families=(account.holds,),
    dial=(
        asked.pack_missing, own.pack_conflict, caller.releases_stopped, caller.caller_unknown,
        caller.agency_not_approved, caller.agency_approval_lapsed, caller.agency_suspended, account.not_placed,
        account.not_open, own.not_overdue, account.time_barred_for_good, account.assigned,
    ),
    dial_families=(account.holds,),
    dial_line=(
        dial.no_channel, dial.line_is_contact, dial.callback_offered, dial.outside_hours, dial.borrower_cap,
        dial.too_close,
    ),
    dial_unknown=(
        caller.releases_stopped, caller.caller_unknown, caller.agency_suspended, account.not_placed,
    ),
)
RULE_SETS: Mapping[str, RuleSet] = {"1": VERSION_1, "2": VERSION_2}
