"""Who is written to: every live personal line that carries text, also a mobile registered for calls alone.

POLICY section 3, U1 and U7.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from registry.model.entries import Actor
from registry.policy import Decision, Reason
from registry.policy.written import text_medium
from tests.policy.world import DELIVERED, DIALS, FULL, GONE, OFF, Case, World, ident, when

NEEDED = "notice-missing"


def tried(world: World, channels: tuple[str, ...], mobile: bool | None = None) -> Case:
    """Everything but the notice."""
    case = world.agreed(channels=channels, mobile=mobile)
    world.place(case)
    world.dials(case)
    world.texts(case)
    world.approve(case)
    return case


def asked(world: World, case: Case) -> tuple[str, ...]:
    return world.ask(case).codes


def needs(decision: Decision) -> int | None:
    """On how many lines a notice is missing."""
    (reason,) = decision.reasons
    assert (reason.code, reason.have) == (NEEDED, 0)
    return reason.need


def removed(world: World, case: Case, medium: str, day: int, by: Actor | None = None) -> None:
    world.add(when(day), "channel-removed/1", {"channel": case.channels[medium], "borrower": case.borrower}, by)


@pytest.mark.parametrize(("medium", "mobile", "carried"), [
    ("voice", True, "sms"), ("voice", False, None), ("sms", False, "sms"), ("email", False, "email"),
    ("app", False, "app"), ("post", False, None),
])
def test_a_channel_carries_text_by_itself_or_as_sms_to_a_mobile(
    medium: str, mobile: bool, carried: str | None,
) -> None:
    assert text_medium(medium, mobile) == carried


def test_a_mobile_registered_for_calls_alone_is_told_by_sms() -> None:
    world = World()
    case = tried(world, ("voice",), mobile=True)
    assert needs(world.ask(case)) == 1
    world.notice(case, when(-8), ["voice"])
    assert asked(world, case) == ()


def test_a_mail_alone_is_not_enough_where_there_is_a_mobile() -> None:
    world = World()
    case = tried(world, ("voice", "email"), mobile=True)
    world.notice(case, when(-8), ["email"])
    assert world.ask(case).reasons == (Reason("notice-incomplete", 1, 2),)


@pytest.mark.parametrize("mobile", [False, None])
def test_a_fixed_line_carries_no_text(mobile: bool | None) -> None:
    world = World()
    assert asked(world, tried(world, ("voice",), mobile)) == ("notice-impossible",)
    world = World()
    assert needs(world.ask(tried(world, ("voice", "email"), mobile))) == 1


def test_a_line_with_voice_and_sms_is_told_once() -> None:
    world = World()
    case = tried(world, ("voice", "sms", "email"), mobile=True)
    assert needs(world.ask(case)) == 2
    world.notice(case, when(-8), ["sms", "email"])
    assert asked(world, case) == ()


def test_a_mobile_proven_dead_needs_no_sms() -> None:
    world = World()
    case = world.agreed(channels=("voice", "email"), mobile=True)
    world.place(case)
    world.dials(case)
    for day in (-8, -5):
        world.attempt(case, when(day, "09:30"), outcome=GONE)
    world.texts(case)
    world.approve(case)
    assert needs(world.ask(case)) == 1


@pytest.mark.parametrize("use", ["work", "shared"])
def test_no_sms_goes_where_others_read_the_texts_of_the_line(use: str) -> None:
    world = World()
    case = tried(world, ("voice",), mobile=True)
    world.channel(when(-120), case.borrower, "sms", case.name, use=use)
    assert asked(world, case) == ("notice-impossible",)


@pytest.mark.parametrize("by", ["borrower", "lender"])
def test_no_sms_goes_to_a_line_whose_texts_are_said_to_be_a_strangers_or_unwanted(by: str) -> None:
    world = World()
    case = tried(world, ("voice", "sms"), mobile=True)
    who = Actor(by, case.borrower if by == "borrower" else world.lender)
    # Before every attempt: the borrower's own word is a sign of life besides.
    world.add(when(-100), "channel-disputed/1", {
        "channel": case.channels["sms"], "borrower": case.borrower,
    }, who)
    assert asked(world, case) == ("notice-impossible",)


def test_a_channel_that_the_lender_removed_is_told_until_the_look_back_is_over() -> None:
    for day, need in ((-89, 2), (-91, 1)):
        world = World()
        case = tried(world, ("voice", "sms", "email"))
        removed(world, case, "email", day)
        assert needs(world.ask(case)) == need
    world = World()
    case = tried(world, ("voice", "sms", "email"))
    removed(world, case, "email", -30)
    world.notice(case, when(-8))
    assert asked(world, case) == ()


def test_a_mobile_whose_sms_channel_was_removed_is_told_by_sms_all_the_same() -> None:
    """The line was told while its sms channel was live: that holds when the voice channel stands in for it."""
    world = World()
    case = tried(world, ("voice", "sms"), mobile=True)
    removed(world, case, "sms", -93)
    assert needs(world.ask(case)) == 1
    world.notice(case, when(-8), ["sms"])
    assert asked(world, case) == ()


@pytest.mark.parametrize("outcome", [OFF, DELIVERED])
def test_texts_to_a_telephone_are_no_dials(outcome: Mapping[str, object]) -> None:
    world = World()
    case = tried(world, ("voice", "email"))
    line = ident("second-phone")
    channel = world.channel(when(-100), case.borrower, "voice", "second", line=line, mobile=False)
    texted = dict(case.channels, sms=channel)
    second = Case(case.name, case.borrower, case.account, case.contact, case.contact_line, texted,
                  dict(case.lines, sms=line))
    for number, day in enumerate(FULL):
        world.attempt(second, when(day + 1, DIALS[number % 3]), "sms", outcome)
    assert "channels-incomplete" in asked(world, case)
