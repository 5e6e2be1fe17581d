"""Why an attempt counts or not, in one word each: the same weighing as the tally's, watched."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from registry.model.times import DAY, MINUTE
from registry.policy.facts.model import Attempt, Reset, Slot
from registry.policy.reasons import FLAWED_ATTEMPTS
from registry.policy.timeline import WHY, Told, timeline
from registry.policy.weighing import weigh
from tests.policy.judged import attempt, params_of, slot, tried

NOW = 100 * DAY


def told(*attempts: Attempt, slots: tuple[Slot, ...] | None = None, due: int = 0, **params: Any) -> list[Told]:
    return list(timeline(tried(*attempts, slots=slots, due=due), params_of(**params), NOW))


def why(one: Attempt, **more: Any) -> str | None:
    (found,) = told(one, **more)
    assert (found.counts == "no") is (found.why is not None)
    return found.why


def test_a_counted_attempt_and_one_that_only_covers_need_no_reason() -> None:
    assert told(attempt(90))[0].counts == "counted"
    (household,) = told(attempt(90, outcome="household"))
    assert (household.counts, household.why) == ("covers", None)


@pytest.mark.parametrize(("changes", "expected"), [
    ({"outcome": "reached-person"}, "somebody-reached"), ({"outcome": "declined"}, "somebody-reached"),
    ({"outcome": "busy"}, "proves-nothing"), ({"outcome": "unknown"}, "proves-nothing"),
    ({"outcome": "caller-fault"}, "proves-nothing"), ({"ring": 5}, "rang-too-short"),
    ({"medium": "sms", "outcome": "delivered"}, "text-to-a-telephone"), ({"slot": -1}, "channel-not-personal"),
    ({"void": True}, "channel-disputed"), ({"flaw": "attempt-sequence-gap"}, "attempt-sequence-gap"),
    ({"flaw": "attempt-not-attested"}, "attempt-not-attested"), ({"grade": -1}, "evidence-grade"),
    ({"earliest": 400}, "attempt-unlawful"), ({"at": NOW - 61 * DAY}, "too-old"),
])
def test_why_an_attempt_does_not_count(changes: dict[str, Any], expected: str) -> None:
    assert why(attempt(90, **changes), window_days=60) == expected
    assert expected in (*WHY, *FLAWED_ATTEMPTS)


def test_what_depends_on_when() -> None:
    assert why(attempt(90), due=91) == "before-overdue"
    assert why(attempt(99, outcome="voicemail"), cooling_days=2) == "not-yet-cooled"
    assert why(attempt(90), slots=(slot(alone=False),)) == "line-shared"


def test_what_depends_on_the_attempt_before() -> None:
    near = [told(attempt(90, 600), attempt(90, 600, at=attempt(90).at + 1, began=attempt(90).began + MINUTE))[1],
            told(attempt(90, 500, "voicemail"), attempt(90, 800, "voicemail"))[1],
            told(attempt(90, outcome="dead-address"), attempt(93, outcome="dead-address"))[1]]
    assert [one.why for one in near] == ["attempt-too-close", "once-a-day", "once-a-channel"]


def test_the_words_agree_with_the_count_whatever_is_tried() -> None:
    mixed = [attempt(day, 500 + 150 * (day % 4), outcome)
             for day in range(70, 98) for outcome in ("no-answer", "voicemail", "household", "dead-address", "busy")]
    facts, params = tried(*mixed), params_of()
    weighed = weigh(facts, params, NOW, facts.attempts, (-1, 0))
    found = timeline(facts, params, NOW)
    assert len(found) == len(mixed)
    assert sum(1 for one in found if one.counts == "counted") == weighed.attempts
    assert sum(1 for one in found if one.counts != "no") == sum(one.cover for one in weighed.slots)


def test_a_reset_leaves_what_came_after_it() -> None:
    first, second = attempt(90), attempt(92)
    facts = dataclasses.replace(tried(first, second), resets=(Reset(first.index, first.at, 0, None),))
    found = timeline(facts, params_of(), NOW)
    assert [one.why for one in found] == ["before-sign-of-life", None]
