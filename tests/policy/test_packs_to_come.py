"""Which versions of a pack are still to come, what nobody can obey, and which of several hours holds."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, MINUTE
from registry.policy import merging
from registry.policy.pack_book import PackBook
from registry.policy.rules import hours
from registry.shipped import shipped_packs
from tests.policy.judged import consent_of, judged, params_of
from tests.policy.test_facts import read
from tests.policy.test_packs import changed
from tests.policy.world import START, World, ident, when

CN = shipped_packs()["cn"].text


def version(number: int) -> str:
    return changed(CN, 'version = "2"', f'version = "{number}"')


def book(*acts: tuple[int, int]) -> PackBook:
    """(effective from, version) as they were activated, in log order."""
    made = PackBook()
    for effective, number in acts:
        made.take_pack(effective, version(number))
    return made


@pytest.mark.parametrize(("acts", "coming"), [
    ([], []), ([(5, 3)], []), ([(10, 3)], []), ([(11, 3)], [(11, "3")]),
    ([(5, 3), (20, 4), (15, 5)], [(15, "5")]),          # the act for day 20 was overtaken before its day
    ([(5, 3), (15, 5), (20, 4)], [(15, "5"), (20, "4")]),
    ([(5, 3), (20, 3)], []),                            # the same text again is nothing new
    ([(20, 4), (20, 4)], [(20, "4")]),
    ([(5, 3), (15, 4), (20, 4), (25, 3)], [(15, "4"), (25, "3")]),
])
def test_what_comes_into_force_later_is_told_soonest_first(
    acts: list[tuple[int, int]], coming: list[tuple[int, str]],
) -> None:
    found = [(effective, pack.id.version) for effective, pack in book(*acts).coming("cn", 10)]
    assert found == coming
    assert list(book(*acts).coming("us", 10)) == []


@pytest.mark.parametrize(("changes", "names"), [
    ({}, ()),
    ({"caller_names_institution": ()}, ("caller.names_institution",)),
    ({"third_party_days": frozenset()}, ("days.third_party",)), ({"borrower_days": frozenset()}, ("days.borrower",)),
    ({"third_party_hours": (600, 600)}, ("hours.third_party",)), ({"third_party_hours": (600, 601)}, ()),
    ({"borrower_hours": (600, 600)}, ("hours.borrower",)), ({"borrower_hours": (600, 601)}, ()),
    ({"cooling_days": 10, "max_staleness_days": 10}, ("attempt.cooling_days",)),
    ({"cooling_days": 9, "max_staleness_days": 10}, ()),
    ({"window_days": 13, "span_days": 14}, ("unreachable.span_days",)), ({"window_days": 14, "span_days": 14}, ()),
])
def test_what_nobody_can_obey_is_named_by_its_parameter(changes: dict[str, Any], names: tuple[str, ...]) -> None:
    assert tuple(merging._conflicts(params_of(**changes))) == names


# Which hours hold


def window(minute: int, *consents: tuple[int, int] | None, clocks: bool = True) -> tuple[int, int]:
    """In which hours the contact may be called, by consents with these hours, where it is `minute` now."""
    given = tuple(consent_of("contact", id=ident(str(place)), hours=one) for place, one in enumerate(consents))
    at = START - START % DAY + minute * MINUTE
    return hours.call_window(judged(
        contact={"consents": given, "clocks": (("UTC", minute, 1),) if clocks else ()},
        params={"third_party_hours": (480, 1200)}, at=at))


@pytest.mark.parametrize(("minute", "consents", "found"), [
    (600, ((540, 660), (700, 1000)), (540, 660)),       # the one that is open
    (720, ((540, 660), (700, 1000)), (700, 1000)),
    (500, ((540, 660), (700, 1000)), (700, 1000)),      # none is: the longest
    (500, ((700, 820), (540, 660)), (540, 660)),        # as long: the first to open
    (600, ((540, 660), (590, 900)), (590, 900)),        # both are open: the longest
    (600, (None, (540, 660)), (480, 1200)), (600, ((0, 600),), (480, 600)), (600, ((1100, 1440),), (1100, 1200)),
])
def test_of_several_consents_hours_one_that_is_open_then_the_longest_then_the_first(
    minute: int, consents: tuple[tuple[int, int] | None, ...], found: tuple[int, int],
) -> None:
    assert window(minute, *consents) == found
    assert window(minute, *reversed(consents)) == found, "in whatever order they were given"


def test_in_no_known_zone_nothing_is_open() -> None:
    case = judged(contact={"clocks": ()})
    assert not hours._open(case, (0, 1440))
    assert hours._open(judged(contact={"clocks": (("UTC", 0, 1), ("b", 1439, 1))}), (0, 1440))
    assert not hours._open(judged(contact={"clocks": (("UTC", 0, 1), ("b", 600, 1))}), (0, 600))
    assert not hours._open(judged(contact=None), (0, 1440))


# Who shows life by complaining, and what stands in doubt


@pytest.mark.parametrize(("by", "alive"), [("lender", True), ("agency", True), ("borrower", False)])
def test_a_complaint_passed_on_shows_life_once(by: str, alive: bool) -> None:
    """One that he files himself is a reset by its author already."""
    world = World()
    case = world.unreachable()
    before = len(read(world, case).resets)
    who = {"lender": world.lender, "agency": world.agency, "borrower": case.borrower}[by]
    world.add(START - HOUR, "complaint-filed/1", {
        "complaint": ident("complaint"), "borrower": case.borrower, "from": "borrower", "about": "agency",
        "text": "0" * 64,
    }, Actor(by, who))
    assert (len(read(world, case).resets) > before) is (alive or by == "borrower")
    assert len(read(world, case).resets) - before <= 1


@pytest.mark.parametrize(("by", "doubted"), [("lender", True), ("agency", True)])
def test_a_channel_that_somebody_says_is_a_strangers_is_in_doubt(by: str, doubted: bool) -> None:
    world = World()
    case = world.unreachable()
    who = {"lender": world.lender, "agency": world.agency}[by]
    assert not any(one.doubted for one in read(world, case).slots)
    world.add(when(-1), "channel-disputed/1", {
        "channel": case.channels["voice"], "borrower": case.borrower}, Actor(by, who))
    found = [one.medium for one in read(world, case).slots if one.doubted or not one.registered]
    assert ("voice" in found) is doubted
