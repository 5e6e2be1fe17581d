"""Tricks that earlier drafts let through, or that a pressed agency or lender would think of. None gets a number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE
from tests.policy.world import (
    BOUNCED,
    BUSY,
    DELIVERED,
    DIALS,
    FULL,
    HOUSEHOLD,
    MAILBOX,
    PERSON,
    RANG,
    START,
    Case,
    World,
    ident,
    when,
)

LATE = 15 * HOUR


def ready(world: World, name: str = "b", **options: object) -> Case:
    """Everything but the dials: consents, placement, texts, a notice, an approval."""
    case = world.agreed(name, **options)  # type: ignore[arg-type]
    world.place(case)
    world.texts(case)
    world.notice(case, when(-8, "15:00"))
    world.approve(case)
    return case


def nine_bounces_of_one_dead_mail_address(world: World) -> Case:
    case = ready(world)
    for number, day in enumerate((*FULL, -8)):
        world.attempt(case, when(day, DIALS[number % 3]), "email", BOUNCED)
    world.dials(case, (-12, -9))
    return case


def the_household_answers_nine_times(world: World) -> Case:
    case = ready(world)
    world.dials(case, (*FULL, -7), HOUSEHOLD)
    return case


def attempts_of_last_year(world: World) -> Case:
    case = ready(world)
    for number, day in enumerate(FULL):
        world.attempt(case, when(day - 80, DIALS[number % 3]))
    return case


def the_phone_that_answers_is_added_again_as_work(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    line = ident("answering-phone")
    channel = world.channel(when(-100), case.borrower, "voice", "answering", line=line)
    world.add(when(-30), "channel-removed/1", {"channel": channel, "borrower": case.borrower})
    world.channel(when(-30, "10:01"), case.borrower, "voice", "answering", line=line, use="work")
    return case


def the_phone_that_answers_is_removed_by_the_lender(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    channel = world.channel(when(-100), case.borrower, "voice", "answering", line=ident("answering-phone"))
    world.add(when(-30), "channel-removed/1", {"channel": channel, "borrower": case.borrower})
    return case


def a_held_back_answer_arrives_late(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    world.attempt(case, when(-7, "09:30"), outcome=PERSON, logged=when(-6, "09:29"))
    return case


def a_held_back_answer_never_arrives(world: World) -> Case:
    """Its number is missing in the provider's sequence: everything after the gap is worth nothing."""
    case = ready(world)
    for number, day in enumerate(FULL):
        world.attempt(case, when(day, DIALS[number % 3]), seq=100 + number + (number > 3))
    return case


def the_agency_owns_the_telephony_account(world: World) -> Case:
    case = ready(world)
    own = ident("own-provider")
    world.add_provider(when(-140), own, "agency", "A")
    world.dials(case, provider=own, grade="A")
    return case


def the_lender_owns_an_account_with_a_shared_secret(world: World) -> Case:
    case = ready(world)
    lenders = ident("lenders-provider")
    world.add_provider(when(-140), lenders, "lender")
    world.dials(case, provider=lenders)
    return case


def callbacks_whose_body_nobody_signed(world: World) -> Case:
    case = ready(world)
    weak = ident("weak-provider")
    world.add_provider(when(-140), weak, "registry", "C")
    world.dials(case, provider=weak, grade="C")
    return case


def a_provider_that_nobody_registered(world: World) -> Case:
    case = ready(world)
    world.dials(case, provider=ident("unheard-of"))
    return case


def all_attempts_claimed_on_one_evening(world: World) -> Case:
    """Eight days of `began_at`, one day of stamps: 24 h bound aside, the days must differ by the stamp too."""
    case = ready(world)
    for number, day in enumerate(FULL):
        world.attempt(case, when(day, DIALS[number % 3]), logged=when(-9, "20:00"))
    return case


def backdated_within_a_day_without_a_prompt_signature(world: World) -> Case:
    case = ready(world)
    for number, day in enumerate(FULL):
        began = when(day, DIALS[number % 3])
        world.attempt(case, began, logged=began + LATE, signed_at=_stamp(began + LATE))
    return case


def calls_at_three_in_the_morning(world: World) -> Case:
    case = ready(world)
    for day in FULL:
        world.attempt(case, when(day, "03:00"))
    return case


def rings_of_one_second(world: World) -> Case:
    case = ready(world)
    world.dials(case, outcome={**RANG, "ring": 1})
    return case


def rings_of_nobody_knows_how_long(world: World) -> Case:
    case = ready(world)
    world.dials(case, outcome={**RANG, "ring": None})
    return case


def cancelled_by_the_caller(world: World) -> Case:
    case = ready(world)
    world.dials(case, outcome={"cause": {"sip": 487, "q850": 19, "hangup_by": "caller"}, "ring": 30})
    return case


def busy_all_the_time(world: World) -> Case:
    case = ready(world)
    world.dials(case, outcome=BUSY)
    return case


def a_code_that_nobody_mapped(world: World) -> Case:
    case = ready(world)
    world.dials(case, outcome={"cause": {"q850": 20, "unmapped": True}, "ring": None})
    return case


def one_call_reported_eight_times(world: World) -> Case:
    case = ready(world)
    for number, day in enumerate(FULL):
        world.attempt(case, when(day, DIALS[number % 3]), attempt=ident("the-one-call"))
    return case


def nine_dials_in_one_minute(world: World) -> Case:
    case = ready(world)
    for number in range(9):
        world.attempt(case, when(-9, "14:00") + number * 5_000)
    return case


def the_agency_disputes_the_channel_that_answered(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    world.attempt(case, when(-7, "09:30"), outcome=PERSON)
    world.add(when(-6), "channel-disputed/1", {"channel": case.channels["voice"], "borrower": case.borrower},
              Actor("agency", world.agency))
    return case


def somebody_disputes_the_channel_that_answered_in_an_officers_name(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    channel = world.channel(when(-100), case.borrower, "voice", "answers", line=ident("answers"))
    world.attempt(case, when(-7, "09:30"), outcome=PERSON, channel=channel, line=ident("answers"))
    world.add(when(-6), "channel-disputed/1", {"channel": channel, "borrower": case.borrower},
              Actor("officer", world.officer))
    return case


def the_lender_disputes_the_channel_that_answered_and_adds_it_again(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    world.attempt(case, when(-7, "09:30"), outcome=PERSON)
    world.add(when(-6), "channel-disputed/1", {"channel": case.channels["voice"], "borrower": case.borrower})
    world.channel(when(-6, "11:00"), case.borrower, "voice", case.name)
    return case


def a_line_shared_with_another_borrower(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    another = world.person("another")
    world.channel(when(-100), another.borrower, "voice", "shared", line=case.lines["voice"])
    return case


def reached_through_the_other_borrower_of_the_line(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    another = world.person("another")
    channel = world.channel(when(-100), another.borrower, "voice", "shared", line=case.lines["voice"])
    world.attempt(another, when(-5), outcome=PERSON, channel=channel, line=case.lines["voice"])
    return case


def failures_on_the_contacts_own_line(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    world.contact(when(-100), case.borrower, case.name, 2, line=case.lines["voice"])
    return case


def paid_on_another_account(world: World) -> Case:
    case = ready(world)
    world.dials(case)
    other_account = ident("other-account")
    opened = next(one.body for one in world.log() if one.kind == "account-opened/1")
    world.add(when(-100), "account-opened/1", {**opened, "account": other_account})
    world.add(when(-5), "account-changed/1", {
        "account": other_account, "borrower": case.borrower, "balance_minor": 1, "as_of": "2026-05-27",
    })
    return case


def mailboxes_of_one_day(world: World) -> Case:
    case = ready(world)
    for number in range(9):
        world.attempt(case, when(-9 - number // 3, f"{9 + 3 * (number % 3):02d}:00"), outcome=MAILBOX)
    return case


def only_polite_messages(world: World) -> Case:
    case = ready(world)
    for number, day in enumerate(FULL):
        world.attempt(case, when(day, DIALS[number % 3]), "sms", DELIVERED)
    return case


def a_notice_before_the_effort_was_complete(world: World) -> Case:
    case = world.agreed()
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.notice(case, when(-9, "13:00"))
    world.approve(case)
    return case


def a_notice_of_the_agency_before(world: World) -> Case:
    case = world.agreed()
    world.place(case, agency=world.rival)
    world.dials(case, agency=world.rival)
    world.texts(case)
    world.notice(case, when(-9, "15:00"), agency=world.rival)
    world.place(case, when(-1))
    world.approve(case)
    return case


def a_notice_before_the_new_placement(world: World) -> Case:
    case = world.agreed()
    placement = world.place(case)
    world.dials(case)
    world.texts(case)
    world.notice(case, when(-9, "15:00"))
    world.add(when(-2), "recalled/1", {
        "placement": placement, "account": case.account, "borrower": case.borrower,
    })
    world.place(case, when(-1))
    world.approve(case)
    return case


def _stamp(at: int) -> str:
    from registry.model.times import stamp
    return stamp(at)


TRICKS: list[tuple[Callable[[World], Case], str]] = [
    (nine_bounces_of_one_dead_mail_address, "attempts-too-few"),
    (the_household_answers_nine_times, "attempts-too-few"),
    (attempts_of_last_year, "attempts-too-few"),
    (the_phone_that_answers_is_added_again_as_work, "channels-incomplete"),
    (the_phone_that_answers_is_removed_by_the_lender, "channels-incomplete"),
    (a_held_back_answer_arrives_late, "sign-of-life"),
    (a_held_back_answer_never_arrives, "attempt-sequence-gap"),
    (the_agency_owns_the_telephony_account, "evidence-grade"),
    (the_lender_owns_an_account_with_a_shared_secret, "evidence-grade"),
    (callbacks_whose_body_nobody_signed, "evidence-grade"),
    (a_provider_that_nobody_registered, "attempt-sequence-gap"),
    (all_attempts_claimed_on_one_evening, "attempt-not-attested"),
    (backdated_within_a_day_without_a_prompt_signature, "attempt-not-attested"),
    (calls_at_three_in_the_morning, "attempt-unlawful"),
    (rings_of_one_second, "attempts-too-few"),
    (rings_of_nobody_knows_how_long, "attempts-too-few"),
    (cancelled_by_the_caller, "attempts-too-few"),
    (busy_all_the_time, "attempts-too-few"),
    (a_code_that_nobody_mapped, "attempts-too-few"),
    (one_call_reported_eight_times, "attempts-too-few"),
    (nine_dials_in_one_minute, "attempt-too-close"),
    (the_agency_disputes_the_channel_that_answered, "channels-incomplete"),
    (somebody_disputes_the_channel_that_answered_in_an_officers_name, "channels-incomplete"),
    (the_lender_disputes_the_channel_that_answered_and_adds_it_again, "sign-of-life"),
    (a_line_shared_with_another_borrower, "channels-incomplete"),
    (reached_through_the_other_borrower_of_the_line, "channels-incomplete"),
    (failures_on_the_contacts_own_line, "channels-incomplete"),
    (paid_on_another_account, "sign-of-life"),
    (mailboxes_of_one_day, "attempts-too-few"),
    (only_polite_messages, "attempts-too-few"),
    (a_notice_before_the_effort_was_complete, "notice-missing"),
    (a_notice_of_the_agency_before, "notice-missing"),
    (a_notice_before_the_new_placement, "notice-missing"),
]


@pytest.mark.parametrize(("trick", "code"), TRICKS, ids=[trick.__name__ for trick, _ in TRICKS])
def test_this_trick_gets_no_number(trick: Callable[[World], Case], code: str) -> None:
    world = World()
    case = trick(world)
    decision = world.ask(case)
    assert decision.verdict == "deny"
    assert code in decision.codes


def test_the_honest_effort_that_the_tricks_imitate_gets_it() -> None:
    world = World()
    case = ready(world)
    world.dials(case)
    assert world.ask(case).verdict == "permit"


def test_a_late_report_counted_where_the_provider_signed_promptly_before_there_were_tickets() -> None:
    world = World()
    case = ready(world)
    for number, day in enumerate(FULL):
        began = when(day, DIALS[number % 3])
        world.attempt(case, began, logged=began + HOUR, kind="attempt-recorded/1")
    assert world.ask(case).verdict == "permit"


@pytest.mark.parametrize("by", ["lender", "officer"])
def test_the_lenders_or_a_signing_officers_finding_that_a_stranger_answers_voids_the_reset(by: str) -> None:
    world = World()
    case = ready(world)
    world.dials(case)
    line = ident("strangers-phone")
    channel = world.channel(when(-100), case.borrower, "voice", "stranger", line=line)
    world.attempt(case, when(-7, "09:30"), outcome=PERSON, channel=channel, line=line)
    assert world.ask(case).verdict == "deny"
    world.add(when(-6), "channel-disputed/1", {"channel": channel, "borrower": case.borrower},
              Actor(by, getattr(world, by)), [world.officer] if by == "officer" else [])
    assert world.ask(case).verdict == "permit"


@pytest.mark.parametrize(("late", "closed"), [(DAY, True), (DAY + 1, False)])
def test_a_gap_closes_when_the_missing_number_arrives_within_a_day(late: int, closed: bool) -> None:
    world = World()
    case = ready(world)
    world._unnumbered.clear()
    for number, day in enumerate(FULL):
        world.attempt(case, when(day, DIALS[number % 3]), seq=number + 1 + (number > 3) + 3)
    for seq, days in ((1, -30), (2, -29), (3, -28)):
        world.attempt(case, when(days, "09:30"), "sms", {"cause": {"status": "failed"}, "ring": None}, seq=seq)
    after_gap = when(FULL[4], DIALS[4 % 3]) + MINUTE
    world.attempt(case, after_gap + late - MINUTE, "email", {"cause": {"status": "failed"}, "ring": None}, seq=8,
                  logged=after_gap + late)
    codes = world.ask(case).codes
    assert ("attempt-sequence-gap" not in codes) is closed


def test_an_officer_can_accept_a_gap() -> None:
    world = World()
    case = a_held_back_answer_never_arrives(world)
    assert "attempt-sequence-gap" in world.ask(case).codes
    for first, last in ((1, 99), (104, 104)):
        world.add(START - HOUR, "provider-gap-accepted/1", {
            "provider": world.provider, "from_seq": first, "through_seq": last,
        }, Actor("officer", world.officer), [world.officer])
    assert "attempt-sequence-gap" not in world.ask(case).codes
