"""Whose evidence counts, and a provider's sequence numbers at their edges (POLICY section 3; CONTRACT section 4)."""

from __future__ import annotations

import pytest

from registry.model.times import DAY
from registry.policy.parties import Party, Provider, grade_counts
from registry.policy.sequences import Sequence

T = 50 * DAY


@pytest.mark.parametrize(("grade", "owners"), [
    ("A", {"registry", "lender", "neutral"}), ("B", {"registry", "neutral"}), ("C", set()),
])
def test_a_grade_counts_from_an_account_whose_owner_cannot_have_made_it_up(grade: str, owners: set[str]) -> None:
    assert {one for one in ("registry", "lender", "neutral", "agency", "") if grade_counts(grade, one)} == owners


def test_a_key_is_in_force_from_its_moment_until_the_next() -> None:
    party = Party("id", "agency", "name", None, None, keys=[(5, {"k": "1"}), (9, {"k": "2"}), (7, {"k": "3"})])
    assert [party.key_at(at) for at in (4, 5, 6, 7, 8, 9)] == [
        None, {"k": "1"}, {"k": "1"}, {"k": "3"}, {"k": "3"}, {"k": "3"},
    ]


@pytest.mark.parametrize(("owner", "can"), [("agency", False), ("lender", True), ("neutral", True)])
def test_an_agencys_own_account_can_never_count(owner: str, can: bool) -> None:
    assert Provider("id", "name", "neutral", "A", owner, None, None, None).can_count is can


def after(*taken: int, at: int = T) -> Sequence:
    sequence = Sequence()
    for seq in taken:
        sequence.take(seq, at)
    return sequence


def test_nothing_seen_is_whole_up_to_nothing() -> None:
    assert (after().through, after().highest, after().gaps()) == (0, 0, [])
    assert (after(1).through, after(1).highest) == (1, 1)
    assert (after(2).through, after(2).highest, after(2).gaps()) == (0, 2, [(1, 1)])


def test_a_gap_is_filled_within_a_day_of_the_first_number_beyond_it() -> None:
    for late, through in ((DAY, 3), (DAY + 1, 1)):
        sequence = after(1, 3)
        sequence.take(2, T + late)
        assert (sequence.through, sequence.highest) == (through, 3)
    early = after(1, 5)
    early.take(3, T + DAY)
    early.take(9, T + DAY)
    early.take(4, T + DAY)
    early.take(2, T + DAY)
    assert (early.through, early.gaps()) == (5, [(6, 8)])
    # What opened the gap below 4 is 5, though 9 came a day later.
    late = after(1, 5)
    late.take(9, T + DAY)
    late.take(4, T + DAY + 1)
    assert late.gaps() == [(2, 4), (6, 8)]
    late.take(8, T + 2 * DAY)
    assert late.gaps() == [(2, 4), (6, 7)]


def test_a_number_seen_again_changes_nothing_however_late() -> None:
    sequence = after(1, 2, 4)
    for seq in (1, 2, 4):
        sequence.take(seq, T + 3 * DAY)
    assert (sequence.through, sequence.highest, sequence.gaps()) == (2, 4, [(3, 3)])
    sequence.take(3, T + DAY)
    assert sequence.through == 4


def test_what_an_officer_accepted_is_no_gap_wherever_it_begins_and_ends() -> None:
    def accepted(first: int, last: int) -> tuple[int, list[tuple[int, int]]]:
        sequence = after(1, 4, 8)
        sequence.accept(first, last)
        return sequence.through, sequence.gaps()

    assert accepted(2, 3) == (4, [(5, 7)])
    assert accepted(2, 2) == (2, [(3, 3), (5, 7)])
    assert accepted(3, 3) == (1, [(2, 3), (5, 7)])     # a gap is named whole until its beginning is closed
    assert accepted(2, 4) == (4, [(5, 7)])
    assert accepted(2, 7) == (8, [])
    assert accepted(5, 7) == (1, [(2, 3)])
    assert accepted(5, 6) == (1, [(2, 3), (7, 7)])
    assert accepted(6, 6) == (1, [(2, 3), (5, 7)])
    assert accepted(2, 9) == (9, [])


def test_after_an_accepted_range_beyond_all_seen_the_next_number_counts_at_once() -> None:
    sequence = after(1, 2)
    sequence.accept(3, 6)
    assert (sequence.through, sequence.highest) == (6, 6)
    sequence.take(7, T + 9 * DAY)
    assert (sequence.through, sequence.highest) == (7, 7)
    sequence.take(9, T + 9 * DAY)
    sequence.take(8, T + 10 * DAY)
    assert sequence.through == 9
