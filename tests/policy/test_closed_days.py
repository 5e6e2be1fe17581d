"""Days of the week that a pack closes, and packs within a larger country's."""

from __future__ import annotations

from dataclasses import replace

from registry.model.times import DAY
from registry.policy.next_step import is_open, next_open_day
from registry.policy.reasons import Reason
from registry.policy.rules import days
from registry.shipped import shipped_packs
from tests.policy.judged import judged
from tests.policy.test_packs import activate, changed
from tests.policy.world import RANG, START, Case, World, when

SATURDAY, SUNDAY, MONDAY = 5, 6, 7    # START is a Monday
CLOSED = 'days of the week"\nmerge = "intersect"\ngrade = "H"\nsource = "house choice: a test"\n\n'


def without_sundays(*parameters: str) -> World:
    """China's pack, with Sundays closed for these."""
    rows = "".join(
        f'[parameters."{one}"]\nvalue = ["mon", "tue", "wed", "thu", "fri", "sat"]\nunit = "{CLOSED}'
        for one in parameters)
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    world = World()
    place = '[parameters."account.min_days_past_due"]'
    activate(world, changed(text, place, rows + place), START - 100 * DAY, 2)
    return world


def on(day: int, *parameters: str) -> tuple[World, Case, int]:
    world = without_sundays(*parameters)
    case, at = world.unreachable(), when(day)
    world.attempt(case, at - DAY)
    world.approve(case, at)
    world.feeds(at)
    return world, case, at


def test_no_third_person_is_reached_on_a_day_that_is_closed_for_third_persons() -> None:
    world, case, at = on(SUNDAY, "days.third_party")
    (reason,) = world.ask(case, at).reasons
    assert (reason.code, reason.not_before) == ("outside-hours", when(MONDAY, "08:00"))


def test_the_day_before_a_permit_says_on_which_days_it_is_good() -> None:
    world, case, at = on(SATURDAY, "days.third_party")
    obligations = world.ask(case, at).obligations
    assert obligations is not None
    assert obligations["call_on"] == ["mon", "tue", "wed", "thu", "fri", "sat"]
    world, case, at = on(SATURDAY)
    obligations = world.ask(case, at).obligations
    assert obligations is not None
    assert "call_on" not in obligations


def test_where_no_day_is_open_no_time_is_told() -> None:
    case = judged(params={"third_party_days": frozenset(), "borrower_days": frozenset()})
    assert days.third_party_closed(case) == days.borrower_closed(case) == Reason("outside-hours")


def test_a_borrower_is_not_called_on_a_closed_day_and_a_third_persons_day_does_not_close_his() -> None:
    asked = {"about": "borrower", "purpose": "contact-borrower"}
    world, case, at = on(SUNDAY, "days.borrower")
    assert world.ask(case, at, **asked).codes == ("outside-hours",)
    world, case, at = on(SUNDAY, "days.third_party")
    assert world.ask(case, at, **asked).verdict == "permit"


def test_a_dial_on_a_closed_day_is_against_the_law_and_counts_nothing() -> None:
    for closed, counted in ((("days.borrower",), 0), ((), 1)):
        world = without_sundays(*closed)
        case = world.agreed()
        world.place(case)
        world.attempt(case, when(SUNDAY - 7), outcome=RANG)
        missing = {one["code"]: one for one in world.view(case)["missing"]}
        assert missing["attempts-too-few"]["have"] == counted
        assert ("attempt-unlawful" in missing) == bool(closed)


def test_the_agency_is_sent_to_the_next_open_day() -> None:
    world = without_sundays("days.borrower")
    case = world.agreed()
    world.place(case, until=30)
    at = when(SUNDAY)
    world.feeds(at)
    step = world.view(case, at)["next"]
    assert (step["action"], step["not_before"]) == ("dial", "2026-06-08T00:00:00.000Z")    # Monday, 08:00 there


def test_days_of_the_week_are_counted_from_a_thursday() -> None:
    assert [is_open(frozenset(("thu",)), day) for day in (0, 1, 7)] == [True, False, True]
    assert next_open_day(frozenset(("thu",)), 0, 60, 0) == 7 * DAY + 60 * 60_000


def test_a_states_pack_brings_the_federal_one_with_it_and_is_nothing_without_it() -> None:
    for federal in (False, True):
        world = World(regulator="US-MA")
        if federal:
            activate(world, shipped_packs()["us"].text, START - 100 * DAY, 2)
        activate(world, shipped_packs()["us-ma"].text, START - 100 * DAY, 2)
        decision = world.ask(world.unreachable())
        names = [one.name for one in decision.packs]
        assert names == (["floor", "cn", "us", "us-ma"] if federal else ["floor", "cn", "us-ma"])
        assert ("pack-missing" in decision.codes) != federal


def test_who_is_called_in_a_state_hears_the_federal_words_within_both_packs_limits() -> None:
    world = World(regulator="US")
    for name in ("us", "us-ma"):
        activate(world, shipped_packs()[name].text, START - 100 * DAY, 2)
    case = world.unreachable()
    for place, (at, order, draft) in enumerate(world.drafts):
        if draft.kind in ("contact-registered/1", "borrower-registered/1"):
            body = {**draft.body, "residence": "US-MA", "languages": ["en"]}
            world.drafts[place] = (at, order, replace(draft, body=body))
    decision = world.ask(case, purpose="location-information")
    assert not {"script-missing", "language-missing", "purpose-not-allowed"} & set(decision.codes)
