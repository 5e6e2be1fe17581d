"""Channels that somebody says are a stranger's, whoever says it (version 2): nobody is given them.

They are still to be tried and written to (U1), so that nobody makes a borrower unreachable by doubting his lines.
"""

from __future__ import annotations

from dataclasses import replace

from registry.policy.reasons import Reason
from registry.policy.rules import own
from registry.policy.rules.case import Case


def no_channel(case: Case) -> Reason | None:
    """No live personal channel that nobody doubts."""
    return own.no_channel(_undoubted(case))


def line_is_contact(case: Case) -> Reason | None:
    """As `own.line_is_contact`, of what nobody doubts."""
    return own.line_is_contact(_undoubted(case))


def borrower_cap(case: Case) -> Reason | None:
    """As `own.borrower_cap`, of what nobody doubts."""
    return own.borrower_cap(_undoubted(case))


def open_channels(case: Case) -> tuple[str, ...]:
    """Ids of the channels that a permit opens, as `own.open_channels`, of what nobody doubts."""
    return own.open_channels(_undoubted(case))


def _undoubted(case: Case) -> Case:
    """The same case as if nobody had the channels in doubt; places of the others stay, attempts name them."""
    if not any(slot.doubted for slot in case.facts.slots):
        return case
    slots = tuple(replace(slot, registered=False, removed_at=None) if slot.doubted else slot
                  for slot in case.facts.slots)
    return replace(case, facts=replace(case.facts, slots=slots))
