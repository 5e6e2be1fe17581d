"""Version 2 of when a contact may be called: the hours of the consents that carry the question, and no others'.

Version 1 narrowed the day by every consent that stood, also by one that covered nothing of what was asked: to take
such a consent away permitted what had been refused. A consent is a permission: another beside it never forbids.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.policy.reasons import Reason
from registry.policy.rules.case import Case
from registry.policy.rules.consent import holding
from registry.policy.rules.telling import opens_at

Window = tuple[int, int]
WHOLE_DAY: Window = (0, 1440)


def call_window(case: Case) -> Window:
    """Local minutes, end exclusive, in which the contact may be called: `hours.third_party` within the hours of one
    consent of each giver. Of several, one that is open now, then the longest, then the one that opens first."""
    return _best(case, _windows(case))


def outside_hours(case: Case) -> Reason | None:
    """The called person's local time, in every zone of the line; an unknown zone is never inside."""
    contact = case.contact
    if contact is None:
        return None
    windows = _windows(case)
    if _open(case, _best(case, windows)):
        return None
    opening = [
        max(opens_at(case.at, minute, *window) for _, minute, _ in contact.clocks)
        for window in windows if contact.clocks and window[0] < window[1]
    ]
    return Reason("outside-hours", not_before=min(opening, default=None))


def _best(case: Case, windows: Sequence[Window]) -> Window:
    found = set(windows)
    if len(found) == 1:
        return windows[0]
    return min(found, key=lambda one: (not _open(case, one), one[0] - one[1], one[0]))


def _windows(case: Case) -> list[Window]:
    """One for each pair of consents, the borrower's and the contact's, that hold for what is asked."""
    start, end = case.params.third_party_hours
    ours, theirs = ([one.hours or WHOLE_DAY for one in side] or [WHOLE_DAY] for side in holding(case))
    return [(max(start, mine[0], other[0]), min(end, mine[1], other[1])) for mine in ours for other in theirs]


def _open(case: Case, window: Window) -> bool:
    start, end = window
    clocks = case.contact.clocks if case.contact is not None else ()
    for _, minute, _ in clocks:
        if not start <= minute < end:
            return False
    return bool(clocks)
