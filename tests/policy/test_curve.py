"""Curves, not only cases: how long an honest agency that follows `next` needs, over simulated borrowers.

The days of all borrowers stand in docs/reachability/days.json. Here some of them live again under the rules as they
are now; if one lives otherwise, `scripts/reachability` has to be run again, and looked at.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.model.times import DAY
from tests.policy.curve import START, Life, Story
from tests.policy.reachability import CURVES, EXPECTED, NEVER, PACKS, YOUNGER, by_day, median, pages, refusals

DOCS = Path(__file__).resolve().parents[2] / "docs"
DAYS: dict[str, list[int | None]] = json.loads((DOCS / "reachability/days.json").read_text("utf-8"))
# The least days from an answer to a permit: the span of a new round, and the grace of a new notice after it.
NEW_ROUND = {"floor": 7 + 5, "cn": 14 + 7, "us": 14 + 14, "uk": 14 + 14, "eu": 14 + 14, "id": 7 + 5, "us-ma": 14 + 14}
AGAIN = 4


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name.replace(" ", "-"))
def test_the_documents_days_are_those_of_the_rules_as_they_are(curve: object) -> None:
    recorded = DAYS[curve.name]  # type: ignore[attr-defined]
    assert len(recorded) == curve.size  # type: ignore[attr-defined]
    assert [curve.day(seed) for seed in range(AGAIN)] == recorded[:AGAIN]  # type: ignore[attr-defined]


def test_the_document_and_its_pictures_are_what_the_script_makes_of_these_days() -> None:
    for path, text in pages(DAYS).items():
        assert (DOCS / path).read_text("utf-8") == text, path


@pytest.mark.parametrize("pack", EXPECTED)
def test_a_borrower_who_never_answers_is_found_unreachable_in_about_this_time(pack: str) -> None:
    days = DAYS[f"{pack} never answers"]
    assert abs(median(days) - EXPECTED[pack]) <= 3
    assert by_day(days, 60) >= 0.99


# By its cap of two dials in seven days: said in the document, and not to grow in silence.
LOCKS_OUT = {"us-ma": 0.1}


@pytest.mark.parametrize("pack", [*PACKS, *YOUNGER])
def test_nobody_is_locked_out_where_three_dials_in_ten_are_busy(pack: str) -> None:
    days = DAYS[f"{pack} often busy"]
    assert days.count(None) <= LOCKS_OUT.get(pack, 0) * len(days)


def test_a_number_of_another_zone_locks_nobody_out() -> None:
    days = DAYS["us number of another zone"]
    assert by_day(days, 60) == 1
    assert median(days) - median(DAYS["us never answers"]) <= 3


@pytest.mark.parametrize("pack", [*PACKS, *YOUNGER])
def test_one_who_answers_once_is_left_alone_for_a_whole_new_round_and_not_for_ever(pack: str) -> None:
    days = DAYS[f"{pack} answers once"]
    known = [one for one in days if one is not None]
    assert len(days) - len(known) <= LOCKS_OUT.get(pack, 0) * len(days)
    assert min(known) >= NEW_ROUND[pack]
    assert max(known) <= (140 if pack in LOCKS_OUT else 110)


@pytest.mark.parametrize("pack", [*PACKS, *YOUNGER])
def test_after_an_answer_there_is_a_new_notice_before_any_permit(pack: str) -> None:
    life = Life(Story(pack, answers_on=3), 1)
    found = life.run()
    assert found.permit is not None
    assert found.answered is not None
    asked = [at for at, _, draft in life.drafts if draft.kind == "notice-requested/1"]
    assert max(asked) > START + (found.answered + 1) * DAY


@pytest.mark.parametrize("pack", NEVER)
def test_where_a_pack_lets_nobody_be_reached_no_day_ever_comes_and_the_reason_is_the_packs(pack: str) -> None:
    assert set(DAYS[f"{pack} never answers"]) == {None}
    assert refusals(pack)[0] == "pack-forbids"
