"""Verifiably unreachable (POLICY section 3): each rule at its edge: one second, one attempt, one part of the day."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from registry.model.times import DAY, HOUR, MINUTE, SECOND
from registry.policy.tally import distinct_parts
from tests.policy.world import (
    BUSY,
    DECLINED,
    DELIVERED,
    DIALS,
    FULL,
    GONE,
    HOUSEHOLD,
    MAILBOX,
    OFF,
    PERSON,
    RANG,
    START,
    Case,
    World,
    ident,
    when,
)


def told(world: World, case: Case, at: int = when(-8, "15:00")) -> None:
    """A notice long enough ago, and an approval."""
    world.notice(case, at)
    world.approve(case)


def tried(dials: Callable[[World, Case], None], **options: object) -> tuple[World, Case]:
    """Consents, placement, texts, notice and approval; the dials are up to the test."""
    world = World()
    case = world.agreed(**options)  # type: ignore[arg-type]
    world.place(case)
    dials(world, case)
    world.texts(case)
    told(world, case)
    return world, case


def test_eight_attempts_are_enough_and_seven_are_not() -> None:
    for count, missing in ((8, False), (7, True)):
        world, case = tried(lambda w, c, n=count: w.dials(c, FULL[8 - n:]))  # type: ignore[misc]
        assert ("attempts-too-few" in world.ask(case).codes) is missing


def test_the_span_is_fourteen_local_dates_and_thirteen_are_too_few() -> None:
    for first, missing in ((-23, False), (-22, True)):
        world, case = tried(lambda w, c, d=first: w.dials(c, (d, -20, -18, -17, -15, -12, -10, -9)))  # type: ignore[misc]
        assert ("span-too-short" in world.ask(case).codes) is missing


def test_six_distinct_days_are_needed() -> None:
    for days, missing in (((-23, -21, -19, -17, -10, -9), False), ((-23, -21, -19, -10, -9), True)):
        world = World()
        case = world.agreed()
        world.place(case)
        for number in range(9):
            round_, place = divmod(number, len(days))
            world.attempt(case, when(days[place], DIALS[(round_ + place) % 3]))
        assert ("days-too-few" in world.ask(case).codes) is missing
        assert "attempts-too-few" not in world.ask(case).codes


@pytest.mark.parametrize(("evening", "missing"), [("17:00", False), ("16:59", True)])
def test_three_parts_of_the_day_are_needed(evening: str, missing: bool) -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    for number, day in enumerate(FULL):
        world.attempt(case, when(day, "09:30" if number % 2 else "14:00"))
    world.attempt(case, when(-7, evening))
    assert ("dayparts-too-few" in world.ask(case).codes) is missing


def test_each_part_of_the_day_needs_a_day_of_its_own() -> None:
    for parts in itertools.product(range(8), repeat=3):
        sets = tuple({day for day in range(3) if mask >> day & 1} for mask in parts)
        best = max(
            len({(place, day) for place, day in enumerate(choice) if day is not None})
            for choice in itertools.product(*([*one, None] for one in sets))
            if len([day for day in choice if day is not None]) == len({day for day in choice if day is not None})
        )
        assert distinct_parts(sets) == best, sets


def test_a_ring_of_twenty_seconds_counts_and_nineteen_do_not() -> None:
    for ring, missing in ((20, False), (19, True)):
        world, case = tried(lambda w, c, r=ring: w.dials(c, outcome={**RANG, "ring": r}))  # type: ignore[misc]
        assert ("attempts-too-few" in world.ask(case).codes) is missing


@pytest.mark.parametrize(("time", "lawful"), [("08:00", True), ("07:59", False), ("20:59", True), ("21:00", False)])
def test_an_attempt_outside_the_lawful_hours_counts_zero_and_is_flagged(time: str, lawful: bool) -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[:7])
    world.attempt(case, when(-9, time))
    codes = world.ask(case).codes
    assert ("attempts-too-few" in codes) is not lawful
    assert ("attempt-unlawful" in codes) is not lawful
    voice = next(one for one in world.view(case)["channels"] if one["medium"] == "voice")
    assert voice["flagged"] == (0 if lawful else 1)


@pytest.mark.parametrize(("gap", "counts"), [(120, True), (119, False)])
def test_less_than_two_hours_after_the_previous_dial_counts_zero_unflagged(gap: int, counts: bool) -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[:7])
    world.attempt(case, when(-9, "09:30"), outcome=BUSY)
    world.attempt(case, when(-9, "09:30") + gap * MINUTE)
    codes = world.ask(case).codes
    assert ("attempts-too-few" in codes) is not counts
    assert ("attempt-too-close" in codes) is not counts
    assert all(one["flagged"] == 0 for one in world.view(case)["channels"])


def test_the_fourth_dial_to_a_number_on_one_day_is_above_the_cap() -> None:
    for third_is_busy, missing in ((0, False), (1, True)):
        world = World()
        case = world.agreed()
        world.place(case)
        world.dials(case, FULL[:7])
        for hour in range(2 + third_is_busy):
            world.attempt(case, when(-9, f"{9 + 3 * hour:02d}:00"), outcome=BUSY)
        world.attempt(case, when(-9, "19:00"))
        assert ("attempt-unlawful" in world.ask(case).codes) is missing


def test_the_eighth_dial_within_seven_local_dates_is_above_the_cap() -> None:
    for first, missing in ((-16, False), (-15, True)):
        world = World()
        case = world.agreed()
        world.place(case)
        world.dials(case, (-23, -21, -19))
        for day in (-15, -14, -13, -12, -11, -10):
            world.attempt(case, when(day, "12:30"), outcome=BUSY)
        world.attempt(case, when(first, "09:00"), outcome=BUSY)
        world.attempt(case, when(-9, "19:30"))
        assert ("attempt-unlawful" in world.ask(case).codes) is missing


def test_other_agencies_dials_use_up_the_cap_too() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[:7])
    for hour in ("08:00", "11:00", "14:00"):
        world.attempt(case, when(-9, hour), outcome=BUSY, agency=world.rival)
    world.attempt(case, when(-9, "19:30"))
    assert "attempt-unlawful" in world.ask(case).codes


def test_the_last_counted_attempt_is_at_most_ten_days_old() -> None:
    world, case = tried(lambda w, c: w.dials(c))
    last = max(one.at for one in world.log() if one.kind == "attempt-recorded/2" and one.body["medium"] == "voice")
    world.feeds(last + 10 * DAY - HOUR)
    world.approve(case, last + 10 * DAY - HOUR)
    assert "attempts-stale" not in world.ask(case, last + 10 * DAY).codes
    assert "attempts-stale" in world.ask(case, last + 10 * DAY + 1).codes


def test_attempts_older_than_the_window_do_not_count() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    first = world.attempt(case, when(-59, "14:00"))
    world.dials(case, FULL[:7])
    logged = next(one.at for one in world.log() if one.id == first)
    assert "attempts-too-few" not in world.ask(case, logged + 60 * DAY).codes
    assert "attempts-too-few" in world.ask(case, logged + 60 * DAY + 1).codes


def test_attempts_before_the_debt_was_due_do_not_count() -> None:
    for due, missing in ((23, False), (22, True)):
        world, case = tried(lambda w, c: w.dials(c), due=due)
        assert ("attempts-too-few" in world.ask(case).codes) is missing


def test_each_live_voice_line_needs_two_counted_attempts_of_its_own() -> None:
    for extra, missing in ((2, False), (1, True)):
        world, case = tried(lambda w, c: w.dials(c))
        line = ident("second-line")
        channel = world.channel(when(-100), case.borrower, "voice", "second", line=line)
        for number in range(extra):
            world.attempt(case, when(-18 + 2 * number, "17:30"), channel=channel, line=line)
        decision = world.ask(case)
        assert ("channels-incomplete" in decision.codes) is missing
        if missing:
            reason = next(one for one in decision.reasons if one.code == "channels-incomplete")
            assert (reason.have, reason.need) == (3, 4)


def test_a_text_channel_is_covered_by_one_delivered_message() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.attempt(case, when(-22, "11:00"), "sms", DELIVERED)
    assert "channels-incomplete" in world.ask(case).codes
    world.attempt(case, when(-22, "11:30"), "email", DELIVERED)
    assert "channels-incomplete" not in world.ask(case).codes


def test_busy_covers_no_voice_line() -> None:
    world, case = tried(lambda w, c: w.dials(c))
    line = ident("second-line")
    channel = world.channel(when(-100), case.borrower, "voice", "second", line=line)
    for day in (-18, -16, -14):
        world.attempt(case, when(day, "17:30"), outcome=BUSY, channel=channel, line=line)
    assert "channels-incomplete" in world.ask(case).codes


def test_no_personal_channel_at_all_is_no_channel() -> None:
    world = World()
    case = world.agreed(use="work")
    world.place(case)
    assert "no-channel" in world.ask(case).codes


@pytest.mark.parametrize("outcome", [MAILBOX, {"cause": {"status": "screened"}, "ring": 5}, HOUSEHOLD])
def test_a_mailbox_screening_or_household_blocks_for_two_days(outcome: dict[str, object]) -> None:
    world = World()
    case = world.unreachable()
    world.attempt(case, START - 2 * DAY - MINUTE, outcome=outcome)
    assert world.ask(case).codes == ()
    early = world.ask(case, START - SECOND)
    reason = next(one for one in early.reasons if one.code == "reached-recently")
    assert reason.not_before == START


def test_a_cooled_mailbox_counts_once_per_local_day() -> None:
    for times, short in ((("09:30",), False), (("09:30", "14:00"), False), ((), True)):
        world = World()
        case = world.agreed()
        world.place(case)
        world.dials(case, FULL[:7], MAILBOX)
        for time in times:
            world.attempt(case, when(-9, time), outcome=MAILBOX)
        decision = world.ask(case)
        assert ("attempts-too-few" in decision.codes) is short
    counts = next(one["counted"] for one in world.view(case)["channels"] if one["medium"] == "voice")
    assert counts == 7


def test_a_person_who_answers_resets_everything_before() -> None:
    world = World()
    case = world.unreachable()
    world.attempt(case, when(-1, "14:00"), outcome=PERSON)
    assert world.ask(case).codes[0] == "sign-of-life"


def test_a_sign_of_life_in_the_middle_of_the_effort_restarts_it_without_saying_so() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    world.dials(case, FULL[:4])
    world.attempt(case, when(-16, "14:00"), outcome=PERSON)
    world.dials(case, FULL[4:])
    decision = world.ask(case)
    assert "sign-of-life" not in decision.codes
    assert next(one for one in decision.reasons if one.code == "attempts-too-few").have == 4


def test_a_refusal_bars_for_thirty_days_and_only_then_a_new_round_counts() -> None:
    world = World()
    case = world.agreed()
    world.place(case)
    declined = when(-50, "14:00")
    world.attempt(case, declined, outcome=DECLINED)
    logged = declined + MINUTE
    assert "borrower-refuses" in world.ask(case, logged + 30 * DAY - 1).codes
    assert "borrower-refuses" not in world.ask(case, logged + 30 * DAY).codes
    world.attempt(case, when(-21, "14:00"))
    world.attempt(case, when(-20, "14:01"))
    assert next(one for one in world.ask(case).reasons if one.code == "attempts-too-few").have == 1


def test_all_channels_dead_waives_the_counts_but_not_the_span() -> None:
    for last, short in ((-8, False), (-9, True)):
        world = World()
        case = world.agreed(channels=("voice", "email"))
        world.place(case)
        for day in (-22, last):
            world.attempt(case, when(day, "09:30"), outcome=GONE)
            world.attempt(case, when(day, "10:30"), "email", {"cause": {"status": "bounced-hard"}, "ring": None})
        codes = world.ask(case).codes
        assert ("span-too-short" in codes) is short
        assert not {"attempts-too-few", "days-too-few", "dayparts-too-few", "channels-incomplete"} & set(codes)
        assert "notice-impossible" in codes


def test_two_bounces_less_than_two_days_apart_prove_nothing_dead() -> None:
    for apart, dead in ((2 * DAY, True), (2 * DAY - 1, False)):
        world, case = tried(lambda w, c: w.dials(c))
        line = ident("second-line")
        channel = world.channel(when(-100), case.borrower, "voice", "second", line=line)
        first = when(-18, "17:30")
        world.attempt(case, first, outcome=GONE, channel=channel, line=line, logged=first + SECOND)
        again = first + SECOND + apart
        world.attempt(case, again - SECOND, outcome=GONE, channel=channel, line=line, logged=again)
        assert ("channels-incomplete" not in world.ask(case).codes) is dead


def test_a_dead_line_that_rings_again_is_alive() -> None:
    world, case = tried(lambda w, c: w.dials(c))
    line = ident("second-line")
    channel = world.channel(when(-100), case.borrower, "voice", "second", line=line)
    for day, outcome in ((-18, GONE), (-16, GONE), (-14, OFF)):
        world.attempt(case, when(day, "17:30"), outcome=outcome, channel=channel, line=line)
    assert "channels-incomplete" not in world.ask(case).codes  # one bounce and one not-alerted: two counted
    world.attempt(case, when(-13, "17:30"), outcome=BUSY, channel=channel, line=line)
    assert world.ask(case).verdict == "permit"


def test_feeds_are_complete_to_within_a_day() -> None:
    world = World()
    case = world.unreachable()
    assert world.ask(case, START + 23 * HOUR - HOUR).codes == ()
    assert "feed-stale" not in world.ask(case, START + 23 * HOUR).codes
    assert "feed-stale" in world.ask(case, START + 23 * HOUR + 1).codes


def test_a_feed_that_was_never_reported_is_stale() -> None:
    world = World()
    case = world.unreachable()
    world.drop("feed-complete/1")
    world.feeds(START - HOUR, ("payments", "logins"))
    assert world.ask(case).codes == ("feed-stale",)
    assert world.view(case)["next"] == {"action": "ask-lender"}


def test_a_feed_claimed_complete_into_the_future_is_only_as_fresh_as_its_entry() -> None:
    world = World()
    case = world.unreachable()
    world.drop("feed-complete/1")
    world.feeds(START - 25 * HOUR, through=START + DAY)
    assert world.ask(case).codes == ("feed-stale",)
