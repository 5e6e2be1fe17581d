"""Days of the week on which nobody is called (`days.third_party`, `days.borrower`), by the local date.

A day that is closed is an hour at which nobody may call: `outside-hours`. Packs that name no days close none.
Holidays are not known: a pack that closes them says so, and people keep them.
"""

from __future__ import annotations

from registry.model.times import MINUTE, local_day
from registry.policy.next_step import is_open, next_open_day
from registry.policy.parameters import WEEK
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case


def third_party_closed(case: Case) -> Reason | None:
    """`days.third_party`, in every zone of the contact's line."""
    if case.contact is None:
        return None
    offsets = [offset for _, _, offset in case.contact.clocks]
    start, _ = case.params.third_party_hours
    return _closed(case, case.params.third_party_days, offsets, start)


def borrower_closed(case: Case) -> Reason | None:
    """`days.borrower`, at the residence."""
    start, _ = case.params.borrower_hours
    return _closed(case, case.params.borrower_days, [case.facts.offset], start)


def obliged(days: frozenset[str]) -> dict[str, object]:
    """`call_on` of a permit's obligations: the days of the week, where not all are open."""
    return {} if len(days) == len(WEEK) else {"call_on": [one for one in WEEK if one in days]}


def _closed(case: Case, days: frozenset[str], offsets: list[int], start: int) -> Reason | None:
    today = {offset: local_day(case.at, offset) for offset in offsets}
    if all(is_open(days, day) for day in today.values()):
        return None
    if not days:
        return Reason("outside-hours")
    opens = [next_open_day(days, today[offset], start, offset) for offset in offsets
             if not is_open(days, today[offset])]
    return Reason("outside-hours", not_before=max(opens) // MINUTE * MINUTE)
