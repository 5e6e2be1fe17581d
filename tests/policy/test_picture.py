"""The whole line of time of a question: attempts, notices, signs of life, holds; and the earliest permit."""

from __future__ import annotations

from typing import Any

from registry.casefile.picture import ATTEMPT, HAPPENED, MOST, pictured
from registry.model.catalogue import KINDS
from registry.model.times import DAY, stamp
from registry.policy.rules.notice import notice_given
from registry.policy.timeline import WHY_NOT_NOTICED, noticed
from registry.texts.pages import known
from tests.policy.judged import permitted
from tests.policy.world import START, Case, Source, World, when


def picture(world: World, case: Case, at: int = START) -> dict[str, Any]:
    facts, decision = world.judge(case, at)
    source = Source.of(world.log())
    history, tried = (read((case.borrower,))[case.borrower] for read in (source.histories, source.attempts))
    return pictured(facts, decision, history, tried)


def of(world: World, case: Case, what: str, at: int = START) -> list[dict[str, Any]]:
    return [one for one in picture(world, case, at)["events"] if one["what"] == what]


def test_everything_stands_in_the_order_of_the_log() -> None:
    world = World()
    case = world.unreachable()
    found = picture(world, case)
    assert [one["index"] for one in found["events"]] == sorted(one["index"] for one in found["events"])
    assert {one["what"] for one in found["events"]} >= {ATTEMPT, "notice", "placed"}
    assert found["earliest"] == {"at": stamp(START), "waits": [], "bars": []}
    assert found["left_out"] == 0


def test_a_notice_says_whether_it_counts_and_why_not() -> None:
    world = World()
    case = world.unreachable()
    world.notice(case, when(-20, "15:00"))
    rows = of(world, case, "notice")
    assert {one["counts"] for one in rows if one["at"] < stamp(when(-15))} == {"no"}
    assert {one.get("why") for one in rows if one["at"] < stamp(when(-15))} == {"before-effort"}
    assert all(one["counts"] == "counted" and one["delivered"] for one in rows if one["at"] > stamp(when(-10)))


def test_the_words_about_notices_agree_with_the_rule() -> None:
    case = permitted()
    told = noticed(case.facts, case.params, case.effort, case.at)
    assert not notice_given(case)
    assert [why for _, why in told].count(None) == len(told) > 0
    later = noticed(case.facts, case.params, case.effort, case.at + 40 * DAY)
    assert {why for _, why in later} == {"notice-too-old"}
    assert all(known(f"timeline.why.{one}") for one in WHY_NOT_NOTICED)


def test_a_sign_of_life_starts_anew_and_a_hold_bars() -> None:
    world = World()
    case = world.unreachable()
    world.add(when(0, "09:10"), "sign-of-life/1", {"borrower": case.borrower, "source": "login"})
    world.hold(case, "dispute", when(0, "09:20"))
    (life,), (hold,) = of(world, case, "life"), of(world, case, "hold")
    assert (life["kind"], life["counts"]) == ("sign-of-life", "anew")
    assert (hold["type"], hold["counts"]) == ("dispute", "bars")
    attempts = of(world, case, ATTEMPT)
    assert {one.get("why") for one in attempts if one["counts"] == "no"} >= {"before-sign-of-life"}
    found = picture(world, case)["earliest"]
    assert found["bars"] == ["hold-dispute"]
    assert "at" not in found


def test_a_hold_on_another_account_is_not_on_this_line() -> None:
    world = World()
    case = world.unreachable()
    world.hold(case, "dispute", when(0, "09:20"), account="ab" * 16)
    assert of(world, case, "hold") == []


def test_there_are_words_for_everything_that_is_told() -> None:
    assert set(HAPPENED) <= set(KINDS)
    for what in (ATTEMPT, "notice", "life", *HAPPENED.values()):
        assert known(f"timeline.what.{what}")
    for mark in ("", "anew", "bars", "counted", "covers", "no"):
        assert known(f"timeline.mark.{mark}")


def test_a_line_that_is_too_long_keeps_its_end_and_says_so() -> None:
    world = World()
    case = world.unreachable()
    for count in range(MOST + 5):
        world.hold(case, "dispute", when(-100) + count, account=case.account)
    found = picture(world, case)
    assert len(found["events"]) == MOST
    assert found["left_out"] > 0
    assert found["events"][-1]["what"] == ATTEMPT
