"""A dial that somebody is about to make: version 2 of the rules, the first that is asked beforehand.

What it would be is asked of `judge_dials`, which judges it once it was made: told apart here is only why.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from registry.model.times import DAY, MINUTE, local_day, local_minute
from registry.model.value import value
from registry.policy.dials import judge_dials
from registry.policy.effort import personal_slots
from registry.policy.facts.model import Attempt, Callback, Slot
from registry.policy.reasons import Reason
from registry.policy.rules.case import Case

PROBE = sys.maxsize     # the index of an attempt that is not in the log


@value(frozen=True, slots=True)
class Dial:
    """A dial on `facts.slots[place]` at `at`, as it would be judged beside `attempts`."""

    case: Case
    place: int
    at: int
    outside: bool
    capped: bool
    close: bool

    @property
    def slot(self) -> Slot:
        """What would be dialled."""
        return self.case.facts.slots[self.place]


def dial_of(case: Case, place: int, at: int, attempts: Sequence[Attempt]) -> Dial:
    """Judges the dial that is not made yet. `attempts`: those it would come after, of all agencies or of one."""
    # A text is bound by the hours alone, and what has no time of day by the caps alone.
    medium = case.facts.slots[place].medium
    outside = bool(judge_dials((_probe(case, place, at, "sms", timed=True),), case.params)[0])
    unlawful, close = judge_dials((*attempts, _probe(case, place, at, medium, timed=False)), case.params)
    return Dial(case, place, at, outside, PROBE in unlawful, PROBE in close)


def _probe(case: Case, place: int, at: int, medium: str, *, timed: bool) -> Attempt:
    facts, slot = case.facts, case.facts.slots[place]
    minutes = [local_minute(at, offset) for offset in (facts.offset, *slot.offsets)] if timed else [-1]
    day = local_day(at, facts.offset)
    return Attempt(
        PROBE, at, place, medium, facts.ask.client, "unknown", at, day, minutes[0], min(minutes), max(minutes),
        day, -1, -1, None, False,
    )


def no_channel(dial: Dial) -> Reason | None:
    """U1: a live personal channel of the borrower's that nobody says is a stranger's. Where the borrower asks to be
    called, that one may be for work or shared."""
    case, slot = dial.case, dial.slot
    if slot.doubted or slot.medium == "post":
        return Reason("no-channel")
    offer = case.facts.callback
    offered = offer is not None and offer.channel == slot.channel and slot.registered
    if offered or dial.place in personal_slots(case.facts, case.params, case.at):
        return None
    return Reason("no-channel")


def line_is_contact(dial: Dial) -> Reason | None:
    """A line that is or was a contact's is judged as a contact's, whatever it is filed as (DESIGN section 7)."""
    return Reason("line-is-contact") if dial.slot.of_contact else None


def callback_offered(dial: Dial) -> Reason | None:
    """U6: who offered to be called back is called then and there, and not otherwise."""
    offer, slot = dial.case.facts.callback, dial.slot
    if offer is None or offer.until < dial.at:
        return None
    if offer.channel is not None and offer.channel != slot.channel:
        return Reason("callback-offered")
    minute = local_minute(dial.at, dial.case.facts.offset)
    return None if not offer.windows or closes(offer, minute) is not None else Reason("callback-offered")


def outside_hours(dial: Dial) -> Reason | None:
    """U2: `hours.borrower` and `days.borrower`, in the residence's zone and in every zone of the line."""
    return Reason("outside-hours") if dial.outside else None


def borrower_cap(dial: Dial) -> Reason | None:
    """U2: `max_dials_per_number_day`, `max_dials_7d` and `max_conversations_day`, over all agencies."""
    return Reason("borrower-cap") if dial.capped else None


def too_close(dial: Dial) -> Reason | None:
    """U2: `attempt.min_gap_minutes` after the dial before, whatever became of it."""
    return Reason("attempt-too-close") if dial.close else None


def windows(offer: Callback) -> list[tuple[int, int]]:
    """The minutes of the day in which the borrower wants to be called, end exclusive."""
    return [(_minute(one[:5]), _minute(one[6:])) for one in offer.windows]


def closes(offer: Callback, minute: int) -> int | None:
    """The minute in which the window that is open at a local minute ends; None where none is open."""
    return max((end for start, end in windows(offer) if start <= minute < end), default=None)


def next_window(offer: Callback, at: int, offset: int) -> int | None:
    """When the borrower next wants to be called, at `at` or later; None where the offer ends before."""
    if not offer.windows or closes(offer, local_minute(at, offset)) is not None:
        return at
    today = local_day(at, offset)
    starts = [(day * DAY + (start - offset) * MINUTE) for day in (today, today + 1) for start, end in windows(offer)
              if start < end]
    return min((one for one in starts if at < one <= offer.until), default=None)


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
