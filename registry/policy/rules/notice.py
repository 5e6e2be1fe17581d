"""The borrower was told, and had time (POLICY section 3, U7; P8)."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.times import DAY
from registry.policy.effort import TEXT, is_live, use_of
from registry.policy.facts.model import Notice
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case

Needed = list[tuple[int, str]]


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
    valid = [one for one in case.facts.notices if _valid(case, one)]
    if posted:
        # Tracked post: one letter whose receipt says it arrived; any personal address will do.
        return _post_given(case, [one for one in valid if (one.slot, one.medium) in needed])
    earliest = [
        min((one.at for one in valid if one.slot == slot and one.medium == medium), default=None)
        for slot, medium in needed
    ]
    sent = [one for one in earliest if one is not None]
    if not sent:
        return (Reason("notice-missing", 0, len(needed)),)
    delivered = any(one.delivered for one in valid if (one.slot, one.medium) in needed)
    if len(sent) < len(needed) or not delivered:
        return (Reason("notice-incomplete", len(sent), len(needed)),)
    return _grace(case, max(sent))


def needed_channels(case: Case) -> Needed:
    """(slot, medium) of every personal text channel that must be written to: never `work` or `shared`, never one
    that is proven dead. A telephone that takes messages is registered as an `sms` channel too."""
    slots = case.facts.slots
    return [
        (one.slot, slots[one.slot].medium) for one in case.effort.slots
        if not one.dead and slots[one.slot].medium in TEXT
    ]


def _post(case: Case) -> Needed:
    return [
        (place, "post") for place, slot in enumerate(case.facts.slots)
        if slot.medium == "post" and is_live(slot, case.params, case.at)
        and use_of(slot, case.params, case.at) == "personal"
    ]


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
