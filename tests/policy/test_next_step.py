"""When and whom to dial next, to the minute; days and minutes are UTC unless a test says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.model.times import DAY, MINUTE
from registry.policy.effort import NO_EFFORT, Effort, SlotEffort
from registry.policy.facts.model import Attempt, Slot
from registry.policy.next_step import dial, refresh_at
from tests.policy.judged import attempt, params_of, permitted, slot, tried

ME = permitted().facts.ask.client
D = 100
EASY = {"min_dayparts": 0, "min_gap_minutes": 120, "max_dials_per_number_day": 3, "max_dials_7d": 7, "min_days": 6,
        "span_days": 14, "min_attempts": 8, "borrower_hours": (480, 1260)}
SPREAD = {"attempts": 3, "days": 6, "span": 14, "first_day": D - 20}


def mine(day: int, minute: int = 600, **changes: Any) -> Attempt:
    return attempt(day, minute, agency=ME, **changes)


def at(day: int, minute: int) -> int:
    return day * DAY + minute * MINUTE


def effort(*slots: SlotEffort, **changes: Any) -> Effort:
    return replace(NO_EFFORT, slots=slots or (SlotEffort(0, 0, 0, False, False, 0, None),), **changes)


def step(
    now: int, *dials: Attempt, own: dict[str, Any] | None = None, slots: tuple[Slot, ...] | None = None,
    offset: int = 0, **params: Any,
) -> int | None:
    """When to dial next; None for now."""
    facts = replace(tried(*dials, slots=slots), offset=offset)
    channel, when = dial(facts, params_of(**{**EASY, **params}), effort(**(own or {})), now)
    assert channel == (slots or (slot(),))[0].channel
    return when


def test_an_agency_refreshes_its_attempts_two_days_before_they_go_stale() -> None:
    assert refresh_at(params_of(max_staleness_days=10), effort()) is None
    assert refresh_at(params_of(max_staleness_days=10), effort(last_at=5 * DAY)) == 13 * DAY


def test_the_channel_that_lacks_most_is_tried_first() -> None:
    slots = (slot("email"), slot(), slot(channel="c-second"), slot("sms"))
    facts = tried(slots=slots)

    def chosen(*weighed: SlotEffort) -> str | None:
        return dial(facts, params_of(**EASY), effort(*weighed), at(D, 600))[0]

    def one(place: int, counted: int = 0, *, covered: bool = False, dead: bool = False) -> SlotEffort:
        return SlotEffort(place, counted, counted, covered, dead, 0, None)

    assert chosen(one(0), one(1, 1), one(2), one(3)) == "c-second"
    assert chosen(one(0), one(1, 1, covered=True), one(2, covered=True), one(3)) == "c-email"
    assert chosen(one(0, covered=True), one(1, 5, covered=True), one(2, covered=True, dead=True)) == "c-voice"
    assert chosen(one(0, dead=True), one(1, covered=True)) == "c-email"
    assert dial(facts, params_of(**EASY), NO_EFFORT, at(D, 600)) == (None, None)


def test_where_no_dial_is_allowed_no_channel_is_named_but_one_that_is_written_to() -> None:
    for cap in ("max_dials_per_number_day", "max_dials_7d"):
        none = params_of(**{**EASY, cap: 0})
        assert dial(tried(), none, effort(), at(D, 600)) == (None, None)
        assert dial(tried(slots=(slot("email"),)), none, effort(), at(D, 600)) == ("c-email", None)


def test_a_text_is_sent_within_hours_whatever_was_dialled() -> None:
    email = (slot("email"),)
    assert step(at(D, 650), mine(D), mine(D, 640), slots=email, max_dials_7d=1) is None
    assert step(at(D, 300), slots=email) == at(D, 480)


def test_the_least_distance_to_ones_own_last_dial_is_kept() -> None:
    assert step(at(D, 650), mine(D), own=SPREAD) == at(D, 720)
    assert step(at(D, 650), mine(D), mine(D, 610), mine(D - 1), own=SPREAD, max_dials_7d=9) == at(D, 730)
    assert step(at(D, 720), mine(D), own=SPREAD) is None
    assert step(at(D, 719), mine(D), own=SPREAD) == at(D, 720)
    rivals = attempt(D, 640, agency="rival")
    assert step(at(D, 650), rivals, mine(D, 640, medium="sms", outcome="delivered"), own=SPREAD) is None
    assert step(at(D, 650), mine(D, 640, medium="sms", outcome="not-alerted"), own=SPREAD) == at(D, 760)


@pytest.mark.parametrize("offset", [0, 60, -120])
def test_a_day_at_its_cap_is_waited_for_until_the_next_opens(offset: int) -> None:
    morning = at(D + 1, 480) - offset * MINUTE
    assert step(at(D, 900), mine(D), own=SPREAD, max_dials_per_number_day=1, offset=offset) == morning
    assert step(at(D, 900), mine(D), own=SPREAD, max_dials_per_number_day=2, offset=offset) is None
    assert step(at(D, 900), mine(D - 1), own=SPREAD, max_dials_per_number_day=1, offset=offset) is None


def test_a_week_is_the_day_and_the_six_before_it() -> None:
    assert step(at(D, 900), mine(D - 6), mine(D - 1), own=SPREAD, max_dials_7d=2) == at(D + 1, 480)
    assert step(at(D, 900), mine(D - 7), mine(D - 1), own=SPREAD, max_dials_7d=2) is None
    assert step(at(D, 900), mine(D), own=SPREAD, max_dials_7d=1) == at(D + 7, 480)
    assert step(at(D, 900), mine(D - 5), mine(D - 1), own=SPREAD, max_dials_7d=2) == at(D + 2, 480)
    assert step(at(D, 900), mine(D), own=SPREAD, max_dials_7d=2) is None


def test_before_anything_counted_one_dial_a_day_is_enough() -> None:
    assert step(at(D, 900), mine(D)) == at(D + 1, 480)
    assert step(at(D, 900), mine(D - 1)) is None


@pytest.mark.parametrize(("lacking", "again"), [
    ({}, None), ({"days": 5}, at(D + 1, 480)), ({"span": 13}, at(D + 1, 480)), ({"days": 5, "span": 13},
                                                                                at(D + 1, 480)),
])
def test_while_days_or_span_are_short_a_second_dial_of_the_day_earns_nothing(lacking: dict[str, int],
                                                                             again: int | None) -> None:
    assert step(at(D, 900), mine(D), own={**SPREAD, **lacking}) == again
    assert step(at(D, 900), mine(D - 1), own={**SPREAD, **lacking}) is None


@pytest.mark.parametrize(("changes", "params", "when"), [
    ({}, {}, at(D + 11, 480)),
    ({"attempts": 7}, {}, None), ({"days": 5}, {}, None), ({"dayparts": 2}, {"min_dayparts": 3}, None),
    ({"attempts": 9, "days": 7, "dayparts": 3}, {"min_dayparts": 2}, at(D + 11, 480)),
    ({"first_day": D - 14}, {}, None), ({"first_day": D - 13}, {}, at(D + 1, 480)),
])
def test_where_nothing_but_time_is_missing_the_last_dial_waits_for_it(
    changes: dict[str, int], params: dict[str, int], when: int | None,
) -> None:
    own = {"attempts": 8, "days": 6, "span": 3, "first_day": D - 3, "dayparts": 0, **changes}
    assert step(at(D, 900), own={**own, "parts": frozenset()}, **params) == when


@pytest.mark.parametrize(("parts", "minute", "when"), [
    ({0}, 500, at(D, 720)), ({0}, 719, at(D, 720)), ({0}, 720, None), ({0}, 730, None), ({0, 1}, 800, at(D, 1020)),
    ({1}, 800, at(D, 1020)), ({1}, 1020, None), ({1, 2}, 800, at(D + 1, 480)), ({1, 2}, 480, None),
    ({1, 2}, 719, None), ({1, 2}, 720, at(D + 1, 480)), ({0, 2}, 1020, at(D + 1, 720)), ({2}, 1100, at(D + 1, 480)),
    ({0, 1, 2}, 500, None), (set(), 500, None),
])
def test_while_parts_of_the_day_are_short_the_next_untried_one_is_waited_for(
    parts: set[int], minute: int, when: int | None,
) -> None:
    own = {**SPREAD, "parts": frozenset(parts), "dayparts": 2}
    assert step(at(D, minute), own=own, min_dayparts=3) == when
    assert step(at(D, minute), own=own, min_dayparts=2) is None
    late = step(at(D, minute) + 7, own=own, min_dayparts=3)
    assert late == when
    assert isinstance(late, int | None)


def test_parts_of_the_day_are_those_at_the_residence() -> None:
    own = {**SPREAD, "parts": frozenset({0}), "dayparts": 1}
    assert step(at(D, 500), own=own, min_dayparts=3, offset=60) == at(D, 660)
    assert step(at(D, 661), own=own, min_dayparts=3, offset=60) is None


@pytest.mark.parametrize(("minute", "when"), [
    (0, at(D, 480)), (479, at(D, 480)), (480, None), (1259, None), (1260, at(D + 1, 480)), (1439, at(D + 1, 480)),
])
def test_a_dial_waits_for_the_lawful_hours(minute: int, when: int | None) -> None:
    assert step(at(D, minute)) == when
    assert step(at(D, minute) + 7) == when
    assert isinstance(step(at(D, minute)), int | None)


@pytest.mark.parametrize(("zone", "minute", "when"), [
    (60, 460, at(D, 480)), (60, 1190, None), (60, 1199, None), (60, 1200, at(D + 1, 480)),
    (60, 1230, at(D + 1, 480)), (-60, 490, at(D, 540)), (-60, 540, None), (-60, 1259, None),
    (-60, 1265, at(D + 1, 540)), (-180, 300, at(D, 660)),
])
def test_a_dial_is_lawful_at_the_residence_and_wherever_the_line_may_ring(zone: int, minute: int, when: int | None,
                                                                          ) -> None:
    assert step(at(D, minute), slots=(slot(offsets=(zone,)),)) == when


@pytest.mark.parametrize(("minute", "when"), [(300, at(D, 480)), (700, None), (1000, at(D + 1, 480))])
def test_where_zones_have_no_lawful_hour_in_common_the_residences_hold(minute: int, when: int | None) -> None:
    assert step(at(D, minute), slots=(slot(offsets=(720,)),), borrower_hours=(480, 1000)) == when
    for east in (520, -520):    # where it opens in one zone just when it closes in the other
        assert step(at(D, minute), slots=(slot(offsets=(east,)),), borrower_hours=(480, 1000)) == when


def test_the_time_named_is_always_after_now() -> None:
    for minute in range(0, 1440, 37):
        when = step(at(D, minute), mine(D, 500), own=SPREAD)
        assert when is None or when > at(D, minute)
