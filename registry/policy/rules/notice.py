"""The borrower was told, and had time (POLICY section 3, U7; P8)."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.times import DAY
from registry.policy.effort import is_live, use_of
from registry.policy.facts.model import Notice
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.written import written_to

Needed = list[tuple[str, str]]


def notice_given(case: Case) -> Sequence[Reason]:
    """After U2 was complete, a notice naming account and agency on every personal channel not proven dead that can
    carry text, one receipt `delivered`, `notice.grace_days` since the last needed one, none older than
    `notice.notice_max_age_days`, all since the present placement."""
    needed = needed_channels(case)
    posted = not needed
    if posted:
        needed = _post(case)
    if not needed:
        return (Reason("notice-impossible"),)
    valid = [(address, one) for one in case.facts.notices
             if _valid(case, one) and (address := _address(case, one)) in needed]
    if posted:
        # Tracked post: one letter whose receipt says it arrived; any personal address will do.
        return _post_given(case, [one for _, one in valid])
    earliest: dict[tuple[str, str], int] = {}
    for address, one in valid:
        earliest[address] = min(one.at, earliest.get(address, one.at))
    sent = [earliest[each] for each in needed if each in earliest]
    if not sent:
        return (Reason("notice-missing", 0, len(needed)),)
    delivered = True in [one.delivered for _, one in valid]
    if len(sent) < len(needed) or not delivered:
        return (Reason("notice-incomplete", len(sent), len(needed)),)
    return _grace(case, max(sent))


def needed_channels(case: Case) -> Needed:
    """(line, medium) of every personal channel that must be written to: never `work` or `shared`, never one that is
    proven dead. By line: whichever of its channels carried the SMS, the telephone had it."""
    dead, slots = {one.slot for one in case.effort.slots if one.dead}, case.facts.slots
    return [
        (slots[place].line, medium)
        for place, medium in written_to(case.facts, case.params, case.at).items() if place not in dead
    ]


def _post(case: Case) -> Needed:
    return [
        (slot.line, "post") for slot in case.facts.slots
        if slot.medium == "post" and is_live(slot, case.params, case.at)
        and use_of(slot, case.params, case.at) == "personal"
    ]


def _address(case: Case, notice: Notice) -> tuple[str, str]:
    return case.facts.slots[notice.slot].line, notice.medium


def _valid(case: Case, notice: Notice) -> bool:
    """After U2 was complete, young enough, about this placement and naming its agency."""
    account, complete = case.facts.account, case.effort.complete_index
    if complete is None or notice.index <= complete or account is None:
        return False
    if case.at - notice.at > case.params.notice_max_age_days * DAY:
        return False
    # Without a placement `account-not-placed` denies already; then any agency's notice tells how far things were.
    return account.placed_at is None or (notice.names_caller and notice.at >= account.placed_at)


def _post_given(case: Case, letters: list[Notice]) -> Sequence[Reason]:
    if not letters:
        return (Reason("notice-missing", 0, 1),)
    arrived = [one.at for one in letters if one.delivered]
    return _grace(case, min(arrived)) if arrived else (Reason("notice-incomplete", 0, 1),)


def _grace(case: Case, since: int) -> Sequence[Reason]:
    over = since + case.params.grace_days * DAY
    return (Reason("notice-running", not_before=over),) if case.at < over else ()
