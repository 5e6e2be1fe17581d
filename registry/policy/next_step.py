"""When and whom to dial next, told from an agency's own attempts: within the law, spread as the rules demand."""

from __future__ import annotations

from registry.model.times import DAY, MINUTE, local_day, local_minute
from registry.policy.effort import PARTS, TEXT, Effort, keeps_distance
from registry.policy.facts.model import Attempt, Facts
from registry.policy.merging import Params
from registry.policy.parameters import WEEK

REFRESH_DAYS = 2    # before the attempts go stale


def refresh_at(params: Params, own: Effort) -> int | None:
    """When the agency should dial again so that its attempts stay fresh while it waits."""
    return None if own.last_at is None else own.last_at + (params.max_staleness_days - REFRESH_DAYS) * DAY


def dial(facts: Facts, params: Params, own: Effort, at: int) -> tuple[str | None, int | None]:
    """(channel, not before) of the next attempt; not before is None where it may be made now. No channel where the
    packs allow no dial at all."""
    # Nobody is sent to a line that a dial check would refuse for good: a contact's, or one said to be a stranger's.
    free = [one for one in own.slots if not (facts.slots[one.slot].of_contact or facts.slots[one.slot].doubted)]
    slots = sorted(free, key=lambda one: (one.covered, one.dead, facts.slots[one.slot].medium != "voice",
                                               one.counted))
    if not slots:
        return None, None
    chosen = facts.slots[slots[0].slot]
    offsets = (facts.offset, *chosen.offsets)
    when = at
    if chosen.medium not in TEXT:
        if not (params.max_dials_per_number_day and params.max_dials_7d and params.max_conversations_day):
            return None, None   # no day to wait for
        when = _after_dials(facts, params, own, at)
    when = into_lawful_time(params, offsets, when)
    return chosen.channel, when if when > at else None


def _after_dials(facts: Facts, params: Params, own: Effort, at: int) -> int:
    """The earliest next dial by this agency's own dials: distance, caps, and a day or part of the day that helps."""
    mine = [one for one in facts.attempts if one.agency == facts.ask.client]
    dials = [one for one in mine if one.medium == "voice"]
    began = max((one.began for one in mine if keeps_distance(one)), default=None)
    when = at if began is None else max(at, began + params.min_gap_minutes * MINUTE)
    day = local_day(when, facts.offset)
    first = day
    while not _day_is_free(dials, params, own, day):
        day += 1
    if day > first:
        when = day * DAY + params.borrower_hours[0] * MINUTE - facts.offset * MINUTE
    return _into_part(params, own, facts, when)


def _day_is_free(dials: list[Attempt], params: Params, own: Effort, day: int) -> bool:
    """Whether one more dial on this local day stays within the caps and earns something."""
    today = sum(1 for one in dials if one.day == day)
    week = sum(1 for one in dials if day - 6 <= one.day <= day)
    talks = sum(1 for one in dials if one.day == day and one.outcome == "reached-person")
    full = today >= params.max_dials_per_number_day or week >= params.max_dials_7d
    if full or talks >= params.max_conversations_day:
        return False
    if own.first_day is None:
        return not today
    spread = own.days < params.min_days or own.span < params.span_days
    counts_done = own.attempts >= params.min_attempts and own.days >= params.min_days
    if counts_done and own.dayparts >= params.min_dayparts and day < own.first_day + params.span_days:
        return False    # nothing but time is missing: more dials earn nothing
    return not (today and spread)


def _into_part(params: Params, own: Effort, facts: Facts, when: int) -> int:
    """The next part of the day that was not tried yet, where parts are short."""
    if own.dayparts >= params.min_dayparts:
        return when
    minute = local_minute(when, facts.offset)
    untried = [PARTS[place] for place in range(len(PARTS)) if place not in own.parts]
    if not untried or any(start <= minute < end for start, end in untried):
        return when
    later = [start for start, _ in untried if start > minute]
    wait = min(later) - minute if later else untried[0][0] - minute + DAY // MINUTE
    return when - when % MINUTE + wait * MINUTE


def into_lawful_time(params: Params, offsets: tuple[int, ...], when: int) -> int:
    """The same moment, or the next in the hours and on a day in which the borrower may be called. `offsets`: the
    residence's first, then those of the line's zones."""
    return _into_days(params, offsets, _into_hours(params, offsets, when))


def _into_hours(params: Params, offsets: tuple[int, ...], when: int) -> int:
    """The same moment, or the next that is lawful where the borrower lives and wherever the line may ring. The first
    of `offsets` is the residence's: its hours alone, where the zones have no lawful hour in common."""
    start, end = params.borrower_hours
    found = when
    for _ in offsets:
        for offset in offsets:
            found = _opening(start, end, offset, found)
    common = all(start <= local_minute(found, offset) < end for offset in offsets)
    return found if common else _opening(start, end, offsets[0], when)


def is_open(days: frozenset[str], day: int) -> bool:
    """Whether a local day, counted from 1970-01-01, a Thursday, is one of these days of the week."""
    return WEEK[(day + 3) % len(WEEK)] in days


def next_open_day(days: frozenset[str], day: int, start: int, offset: int) -> int:
    """When the first open day after a local day begins, at the local minute `start`. There is an open day."""
    later = next(one for one in range(day + 1, day + 1 + len(WEEK)) if is_open(days, one))
    return later * DAY + (start - offset) * MINUTE


def _into_days(params: Params, offsets: tuple[int, ...], when: int) -> int:
    """The same moment, or the next on an open day at the residence, the first of `offsets`."""
    days, offset = params.borrower_days, offsets[0]
    if not days or is_open(days, local_day(when, offset)):
        return when
    return _into_hours(params, offsets, next_open_day(
        days, local_day(when, offset), params.borrower_hours[0], offset))


def _opening(start: int, end: int, offset: int, when: int) -> int:
    minute = local_minute(when, offset)
    if start <= minute < end:
        return when
    wait = start - minute if minute < start else start - minute + DAY // MINUTE
    return when - when % MINUTE + wait * MINUTE
