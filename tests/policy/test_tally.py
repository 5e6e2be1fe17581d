"""Counting at its edges: attempts made by hand, one weighing, exact numbers (POLICY section 3, U1 to U4)."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.times import DAY, MINUTE
from registry.policy.dials import judge_dials
from registry.policy.effort import NO_EFFORT, Effort, SlotEffort, is_live, last_reset, use_of
from registry.policy.facts.model import Attempt, Reset, Slot
from registry.policy.tally import distinct_parts, part_of
from registry.policy.weighing import weigh
from tests.policy.judged import attempt, params_of, slot, tried

TODAY = 100
NOW = TODAY * DAY
START_OF_LOG = (-1, 0)


def weighed(
    *attempts: Attempt, at: int = NOW, slots: tuple[Slot, ...] | None = None, due: int = 0,
    after: tuple[int, int] = START_OF_LOG, own: bool = False, **params: Any,
) -> Effort:
    facts = tried(*attempts, slots=slots, due=due)
    return weigh(facts, params_of(**params), at, facts.attempts, after, own=own)


def only(effort: Effort) -> SlotEffort:
    (found,) = effort.slots
    return found


def test_without_attempts_there_is_no_effort_but_the_slots_to_try() -> None:
    assert weighed(slots=()) == NO_EFFORT
    assert weighed().slots == (SlotEffort(0, 0, 0, False, False, 0, None),)
    assert (weighed().first_day, weighed().last_at, weighed().span, weighed().complete) == (None, None, 0, False)


def test_a_mailbox_blocks_until_it_is_cooled_and_counts_from_that_moment() -> None:
    mailbox = attempt(90, outcome="voicemail")
    over = mailbox.at + 2 * DAY
    before, after = (weighed(mailbox, at=at, cooling_days=2) for at in (over - 1, over))
    assert (before.blocked_until, before.attempts) == (over, 0)
    assert (after.blocked_until, after.attempts) == (None, 1)


def test_the_household_blocks_and_covers_but_never_counts() -> None:
    found = weighed(attempt(90, outcome="household"), per_line_counted=2)
    assert (found.attempts, only(found).cover, only(found).covered) == (0, 1, False)
    again = weighed(attempt(90, outcome="household"), attempt(91, outcome="household"), per_line_counted=2)
    assert (again.attempts, only(again).cover, only(again).covered) == (0, 2, True)


def test_mailboxes_count_once_a_local_day() -> None:
    boxes = [attempt(90, minute, "voicemail") for minute in (500, 800)]
    assert weighed(*boxes).attempts == 1
    assert weighed(*boxes, attempt(91, 500, "screened")).attempts == 2
    assert weighed(*boxes, attempt(90, 1100)).attempts == 2


def test_the_span_is_from_the_earliest_to_the_latest_day_whatever_order_they_were_logged_in() -> None:
    late, early, middle = attempt(95), attempt(88), attempt(91)
    found = weighed(late, early, middle)
    assert (found.first_day, found.span, found.days, found.last_at) == (88, 7, 3, middle.at)


def test_a_day_counts_once_and_only_where_the_registry_saw_a_day_of_its_own() -> None:
    assert weighed(attempt(90, 500), attempt(90, 800)).days == 1
    assert weighed(attempt(90, logged_day=91), attempt(91, logged_day=91)).days == 1
    assert weighed(attempt(90, logged_day=90), attempt(90, 800, logged_day=91)).days == 1
    assert weighed(attempt(90, logged_day=90), attempt(90, 800, logged_day=91), attempt(91, logged_day=91)).days == 2


def spread() -> list[Attempt]:
    """Four attempts over four days, all parts of the day."""
    return [attempt(80, 500), attempt(83, 800), attempt(86, 1100), attempt(90, 500)]


ENOUGH = {"min_attempts": 4, "min_days": 4, "min_dayparts": 3, "span_days": 10, "per_line_counted": 1}


def test_an_effort_is_complete_with_the_entry_that_makes_every_count_enough() -> None:
    found = weighed(*spread(), attempt(91), **ENOUGH)
    assert (found.complete_index, found.complete_at) == (spread()[3].index, spread()[3].at)
    assert found.complete


@pytest.mark.parametrize("name", ["min_attempts", "min_days", "min_dayparts", "span_days"])
def test_an_effort_short_of_any_one_count_is_not_complete(name: str) -> None:
    found = weighed(*spread(), **{**ENOUGH, name: ENOUGH[name] + 1})
    assert (found.complete_index, found.complete_at, found.complete) == (None, None, False)


def test_an_effort_that_leaves_a_channel_untried_is_not_complete() -> None:
    two = (slot(), slot("email"))
    found = weighed(*spread(), slots=two, **ENOUGH)
    assert (found.complete_index, found.covered, found.complete) == (spread()[3].index, 1, False)
    mail = attempt(90, 600, "delivered", slot=1, medium="email")
    assert weighed(*spread(), mail, slots=two, **ENOUGH).complete


def bounce(day: int, place: int = 0, **changes: Any) -> Attempt:
    return attempt(day, outcome="dead-address", slot=place, **changes)


def test_a_channel_is_dead_after_two_bounces_two_days_apart() -> None:
    assert only(weighed(bounce(90))).dead is False
    assert only(weighed(bounce(90), bounce(92))).dead is True
    early = bounce(92, at=bounce(92).at - 1)
    assert only(weighed(bounce(90), early)).dead is False
    assert weighed(bounce(90), bounce(92)).attempts == 1


@pytest.mark.parametrize("outcome", ["no-answer", "not-alerted", "busy", "delivered", "voicemail", "declined"])
def test_whatever_exists_between_two_bounces_makes_them_prove_nothing(outcome: str) -> None:
    alive = attempt(91, outcome=outcome)
    assert only(weighed(bounce(90), alive, bounce(92))).dead is False
    assert only(weighed(bounce(90), bounce(92), attempt(93, outcome=outcome))).dead is False
    assert only(weighed(bounce(90), alive, bounce(92), bounce(94))).dead is True


def test_where_every_channel_is_dead_the_counts_are_waived_with_the_bounce_that_fills_the_span() -> None:
    found = weighed(bounce(80), bounce(82), bounce(90), bounce(95), span_days=10)
    assert found.waived
    assert (found.first_day, found.span) == (80, 15)
    assert (found.complete_index, found.complete_at) == (bounce(90).index, bounce(90).at)
    assert found.last_at == bounce(95).at
    short = weighed(bounce(80), bounce(82), bounce(90), span_days=11)
    assert (short.waived, short.complete_index, short.complete_at, short.span) == (True, None, None, 10)


def test_a_sign_that_an_address_exists_undoes_the_waiver_until_it_is_proven_dead_again() -> None:
    alive = attempt(91)
    assert weighed(bounce(80), bounce(90), alive, span_days=10).waived is False
    again = weighed(bounce(80), bounce(90), alive, bounce(92), bounce(94), span_days=10)
    assert (again.waived, again.complete_index) == (True, bounce(94).index)


def test_one_dead_channel_of_two_waives_nothing() -> None:
    found = weighed(bounce(80), bounce(90), slots=(slot(), slot("email")), span_days=10)
    assert (found.waived, found.slots[0].dead, found.slots[1].dead) == (False, True, False)
    assert (found.slots[0].covered, found.slots[1].covered) == (True, False)


def test_what_was_against_the_law_is_flagged_each_time_and_counts_nothing() -> None:
    night = [attempt(90, 300), attempt(91, 300)]
    found = weighed(*night, attempt(92, 600))
    assert (only(found).flagged, found.attempts, found.flaws) == (2, 1, {"attempt-unlawful"})
    assert only(found).last_at == attempt(92, 600).at


def test_the_last_attempt_on_a_slot_is_told_whatever_became_of_it() -> None:
    assert only(weighed(attempt(90), attempt(93, outcome="unknown"))).last_at == attempt(93).at
    assert only(weighed(attempt(90), attempt(93, void=True))).last_at == attempt(90).at
    assert only(weighed(attempt(90), attempt(93, slot=-1))).last_at == attempt(90).at


def test_a_text_sent_to_a_telephone_is_no_dial() -> None:
    text = attempt(90, outcome="no-answer", medium="sms")
    assert (weighed(text).attempts, only(weighed(text)).cover) == (0, 0)


@pytest.mark.parametrize(("outcome", "medium", "cover"), [
    ("delivered", "email", 1), ("busy", "email", 1), ("delivered", "voice", 0), ("busy", "voice", 0),
    ("household", "voice", 1), ("unknown", "email", 0),
])
def test_two_classes_cover_a_text_channel_and_the_household_a_line(outcome: str, medium: str, cover: int) -> None:
    found = weighed(attempt(90, outcome=outcome, medium=medium), slots=(slot(medium),))
    assert (only(found).cover, found.attempts) == (cover, 0)


def test_a_ring_of_just_the_least_length_counts() -> None:
    assert [weighed(attempt(90, ring=ring), min_ring_seconds=20).attempts for ring in (19, 20)] == [0, 1]


def test_evidence_of_just_the_least_grade_counts() -> None:
    low, enough = (weighed(attempt(90, grade=grade), evidence_grade=1) for grade in (0, 1))
    assert (low.attempts, low.flaws) == (0, {"evidence-grade"})
    assert (enough.attempts, enough.flaws) == (1, frozenset())


def test_a_flaw_of_its_own_is_named_before_any_other() -> None:
    found = weighed(attempt(90, 300, grade=0, flaw="attempt-sequence-gap"), evidence_grade=1)
    assert found.flaws == {"attempt-sequence-gap"}
    assert weighed(attempt(90, 300, grade=0), evidence_grade=1).flaws == {"evidence-grade"}


def test_a_line_shared_with_others_covers_and_counts_only_in_an_agencys_own_view() -> None:
    shared = (slot(alone=False),)
    assert weighed(attempt(90), slots=shared).attempts == 0
    assert weighed(attempt(90), slots=shared, own=True).attempts == 1
    assert only(weighed(attempt(90, outcome="household"), slots=shared)).cover == 1


def test_the_window_and_the_due_date_bound_what_is_weighed() -> None:
    first = attempt(40)
    edge = NOW - 60 * DAY
    assert weighed(attempt(40, at=edge), window_days=60).attempts == 1
    assert weighed(attempt(40, at=edge - 1), window_days=60).attempts == 0
    assert weighed(first, due=40).attempts == 1
    assert weighed(first, due=41).attempts == 0


def test_only_what_came_after_a_reset_is_weighed() -> None:
    one = attempt(90)
    assert weighed(one, after=(one.index - 1, one.at)).attempts == 1
    assert weighed(one, after=(one.index, 0)).attempts == 0
    assert weighed(one, after=(-1, one.at + 1)).attempts == 0
    assert last_reset(()) == (-1, 0)
    assert last_reset((Reset(7, 50, 90, None), Reset(9, 40, 0, "agency"))) == (9, 90)


# Hours, distance, caps.


def unlawful(*attempts: Attempt, **params: Any) -> list[int]:
    return sorted(judge_dials(attempts, params_of(**params))[0])


def close(*attempts: Attempt, **params: Any) -> list[int]:
    return sorted(judge_dials(attempts, params_of(**params))[1])


@pytest.mark.parametrize(("minute", "lawful"), [(0, False), (479, False), (480, True), (1259, True), (1260, False)])
def test_a_dial_is_lawful_from_the_first_minute_to_before_the_last(minute: int, lawful: bool) -> None:
    assert (unlawful(attempt(90, minute), borrower_hours=(480, 1260)) == []) is lawful


def test_a_dial_whose_minute_is_not_told_is_not_judged_by_hours_and_one_beyond_any_zone_is() -> None:
    assert unlawful(attempt(90, minute=600, earliest=479)) == [attempt(90).index]
    assert unlawful(attempt(90, minute=600, latest=1260)) == [attempt(90).index]
    assert unlawful(attempt(90, -1)) == []


def test_after_the_talks_of_a_day_one_more_dial_that_day_is_unlawful_and_the_next_day_none_is() -> None:
    talk, again, later = attempt(90, 500, "reached-person"), attempt(90, 900), attempt(91, 900)
    assert unlawful(talk, again, later, max_conversations_day=1) == [again.index]
    assert unlawful(talk, again, max_conversations_day=2) == []
    second = attempt(90, 700, "reached-person")
    assert unlawful(talk, second, again, max_conversations_day=2) == [again.index]
    assert unlawful(talk, second, again, max_conversations_day=3) == []
    assert unlawful(attempt(90, 500, "engaged"), again, max_conversations_day=1) == []


def test_the_dial_above_the_cap_of_a_line_and_day_is_unlawful_and_of_another_line_it_is_not() -> None:
    dials = [attempt(90, minute) for minute in (500, 600, 700)]
    assert unlawful(*dials, max_dials_per_number_day=3, max_dials_7d=9) == []
    assert unlawful(*dials, max_dials_per_number_day=2, max_dials_7d=9) == [dials[2].index]
    other = attempt(90, 800, slot=1)
    assert unlawful(*dials[:2], other, max_dials_per_number_day=2, max_dials_7d=9) == []


def test_a_week_is_this_day_and_the_six_before() -> None:
    dials = [attempt(84, 600), attempt(87, 600), attempt(90, 600)]
    assert unlawful(*dials, max_dials_7d=2) == [dials[2].index]
    assert unlawful(attempt(83, 600), *dials[1:], max_dials_7d=2) == []


def test_a_dial_keeps_the_least_distance_to_any_dial_or_failed_text_before_it() -> None:
    first = attempt(90, 600)
    assert close(first, attempt(90, 719), min_gap_minutes=120) == [attempt(90, 719).index]
    assert close(first, attempt(90, 720), min_gap_minutes=120) == []
    assert close(attempt(90, 600, medium="sms"), attempt(90, 700), min_gap_minutes=120) == [attempt(90, 700).index]
    assert close(attempt(90, 600, "not-alerted", medium="sms"), attempt(90, 700), min_gap_minutes=120) != []
    assert close(attempt(90, 600, "delivered", medium="sms"), attempt(90, 700), min_gap_minutes=120) == []
    assert weighed(first, attempt(90, 719), min_gap_minutes=120).flaws == {"attempt-too-close"}


# Channels.


def test_a_removed_channel_is_live_until_the_look_back_is_over() -> None:
    gone = slot(registered=False, removed_at=5 * DAY)
    days = params_of(lookback_days=90)
    assert [is_live(gone, days, at) for at in (95 * DAY - 1, 95 * DAY)] == [True, False]
    assert is_live(slot(registered=False), days, DAY) is False
    assert is_live(slot(), days, DAY) is True


def test_another_use_counts_after_the_look_back_and_at_once_where_the_borrower_said_so() -> None:
    days = params_of(lookback_days=90)
    said = slot(uses=((0, "personal", False), (5 * DAY, "work", False)))
    assert [use_of(said, days, at) for at in (95 * DAY - 1, 95 * DAY)] == ["personal", "work"]
    assert use_of(slot(uses=((0, "personal", False), (5 * DAY, "work", True))), days, 5 * DAY) == "work"
    back = slot(uses=((0, "work", False), (5 * DAY, "personal", True), (6 * DAY, "shared", False)))
    assert use_of(back, days, 7 * DAY) == "personal"


@pytest.mark.parametrize(("minute", "part"), [
    (479, None), (480, 0), (719, 0), (720, 1), (1019, 1), (1020, 2), (1259, 2), (1260, None),
])
def test_the_parts_of_the_day_end_where_the_next_begins(minute: int, part: int | None) -> None:
    assert part_of(minute) == part
    assert weighed(attempt(90, minute), borrower_hours=(0, 1440)).parts == ({part} if part is not None else set())


@pytest.mark.parametrize(("parts", "count"), [
    ((set(), set(), set()), 0), (({1}, {1}, {1}), 1), (({1}, {1}, {1, 2}), 2), (({1}, {2}, {1, 2}), 2),
    (({1}, {2}, {1, 2, 3}), 3), (({1, 2}, {1, 2}, set()), 2), (({1, 2}, {1, 2}, {1, 2}), 2),
])
def test_parts_of_the_day_count_where_each_can_have_a_day_of_its_own(
    parts: tuple[set[int], set[int], set[int]], count: int,
) -> None:
    assert distinct_parts(parts) == count


def test_the_distance_is_measured_in_minutes() -> None:
    soon = attempt(90, 600, began=attempt(90, 600).began + MINUTE - 1)
    assert close(attempt(90, 599), attempt(90, 600), min_gap_minutes=1) == []
    assert close(attempt(90, 600), soon, min_gap_minutes=1) == [soon.index]
