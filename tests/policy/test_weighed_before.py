"""Effort that was weighed before is what weighing anew gives, wherever the clock stands and whatever was done."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from registry.model.entries import Entry
from registry.model.times import DAY, HOUR, MINUTE
from registry.policy import Ask, Readings, collector_view, decide, facts_from, gather, packs_for, zones_of
from registry.policy.effort import Effort
from registry.policy.facts.model import Attempt, Facts, Slot
from registry.policy.merging import Params
from registry.policy.weighing import weigh
from tests.policy.judged import attempt, params_of, slot, tried
from tests.policy.test_read_again_acts import Story
from tests.policy.world import OFFSET, START, Source, World, ident

TODAY = 100
OUTCOMES = ("no-answer", "not-alerted", "voicemail", "screened", "household", "dead-address", "busy", "declined")
WINDOWS = {"window_days": 10, "cooling_days": 2, "lookback_days": 7, "min_attempts": 3, "min_days": 2}


def some_attempts(some: random.Random) -> list[Attempt]:
    found = []
    for _ in range(some.randrange(12)):
        made = attempt(some.randrange(80, TODAY), some.randrange(1440), some.choice(OUTCOMES), slot=some.randrange(3))
        found.append(replace(made, at=made.at + some.randrange(DAY), void=some.random() < 0.1,
                             agency=some.choice(("agency", "agency", "rival"))))
    return found


def some_slot(some: random.Random, medium: str) -> Slot:
    since = some.randrange(85, TODAY) * DAY + some.randrange(DAY)
    uses = ((0, "personal", False), (since, some.choice(("work", "personal")), some.random() < 0.3))
    removed = some.choice((None, since))
    return slot(medium, uses=uses[:some.randrange(1, 3)], registered=removed is None, removed_at=removed)


def edges(facts: Facts, params: Params) -> list[int]:
    """Every moment at which something of a weighing can change, and those beside it."""
    days = params.window_days, params.cooling_days, params.lookback_days
    times = [one.at for one in facts.attempts]
    times += [since for one in facts.slots for since, _, _ in one.uses]
    times += [one.removed_at for one in facts.slots if one.removed_at is not None]
    return [at + day * DAY + beside for at in times for day in days for beside in (-1, 0, 1)]


def both(facts: Facts, params: Params, at: int, after: tuple[int, int], *, own: bool) -> tuple[Effort, Effort]:
    """As known from before, and anew."""
    return (weigh(facts, params, at, facts.attempts, after, own=own),
            weigh(replace(facts, weighings={}), params, at, facts.attempts, after, own=own))


@pytest.mark.parametrize("seed", range(40))
def test_at_every_moment_a_weighing_kept_is_one_made_anew(seed: int) -> None:
    some = random.Random(seed)
    facts = tried(*some_attempts(some), slots=tuple(some_slot(some, one) for one in ("voice", "sms", "email")))
    params, others = params_of(**WINDOWS), params_of(**{**WINDOWS, "cooling_days": 3})
    moments = sorted({TODAY * DAY, *edges(facts, params)})
    kept, changes, last = 0, 0, None
    for at in [*moments, *some.choices(moments, k=20)]:
        after = some.choice(((-1, 0), (-1, 0), (90 * 1440, 0)))
        before = facts.weighings.get((after, 0, False))
        known, anew = both(facts, params, at, after, own=False)
        assert known == anew, at
        kept += before is not None and known is before.effort
        changes += known != last
        last = known
        if some.random() < 0.1:
            one = both(facts, others, at, after, own=True)
            assert one[0] == one[1]
    assert kept > len(moments) // 4 or not facts.attempts, "most moments change nothing"
    assert changes > 2 or len(facts.attempts) < 4


def test_a_weighing_is_not_taken_for_that_of_other_attempts_channels_values_or_days_due() -> None:
    facts, params, at = tried(attempt(90), attempt(91)), params_of(), TODAY * DAY
    first = weigh(facts, params, at, facts.attempts, (-1, 0))
    assert weigh(facts, params, at, facts.attempts, (-1, 0)) is first
    assert facts.account is not None
    for other in (replace(facts, attempts=facts.attempts[:1]), replace(facts, slots=(slot(alone=False),)),
                  replace(facts, account=replace(facts.account, due_since=91))):
        assert weigh(other, params, at, other.attempts, (-1, 0)) != first
    assert weigh(facts, params, at, facts.attempts[:1], (-1, 0)).attempts == 1
    assert weigh(facts, params_of(min_ring_seconds=61), at, facts.attempts, (-1, 0)).attempts == 0
    assert weigh(facts, params, at, facts.attempts, (-1, 0)) == first


def test_a_weighing_is_kept_until_its_oldest_attempt_is_too_old() -> None:
    one, params = attempt(90), params_of(window_days=10)
    facts = replace(tried(one), weighings={})
    weigh(facts, params, one.at, facts.attempts, (-1, 0))
    (kept,) = facts.weighings.values()
    assert (kept.at, kept.until) == (one.at, one.at + 10 * DAY + 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_decision_with_readings_that_are_kept_is_the_one_without(seed: int) -> None:
    story, readings, verdicts = Story(seed), Readings(), set[str]()
    for _ in range(40):
        if story.some.random() < 0.5:
            story.go_on()
        if story.some.random() < 0.05:
            story.undo()
        account, source = story.some.choice(story.accounts[0]), Source.of(story.entries)
        history = gather(source, account)
        ask = Ask(ident("lookup"), account, story.some.choice((story.world.agency, story.world.rival)), "A-17",
                  "contact", "restore-contact", "number", dict.fromkeys(zones_of(history), OFFSET))
        at = story.at + story.some.choice((0, 0, 1, MINUTE, HOUR, 3 * DAY, 20 * DAY, -HOUR))
        told = []
        for one in (readings, Readings()):
            facts = facts_from(history, ask, at, one)
            decision = decide(facts, packs_for(source.directory, facts, at), at)
            told.append((decision, collector_view(facts, decision, (), at)))
        assert told[0] == told[1]
        verdicts.add(told[0][1]["state"])
    assert len(verdicts) > 1


def test_who_asks_again_with_readings_that_are_kept_finds_what_was_weighed_until_something_is_logged() -> None:
    world, readings = World(), Readings()
    case = world.unreachable()

    def asked(entries: list[Entry]) -> Facts:
        history = gather(Source.of(entries), case.account)
        ask = Ask(ident("lookup"), case.account, world.agency, "A-17", "contact", "restore-contact", "number",
                  dict.fromkeys(zones_of(history), OFFSET))
        return facts_from(history, ask, entries[-1].at, readings)

    entries = world.log()
    first = asked(entries)
    assert asked(entries).weighings is first.weighings
    assert asked(entries).attempts is first.attempts, "or what was weighed would be taken for something else"
    world.hold(case, "dispute", START)
    assert asked([*entries, world.log()[-1]]).weighings is not first.weighings
