"""Which entries are in a case, and which are not."""

from __future__ import annotations

from typing import Any

from registry.casefile.collecting import MOST_LOOKS, belonging, is_erased, others_on
from registry.model.entries import Actor, Draft, Entry
from registry.policy import Directory, History

LOOKUP, ACCOUNT, BORROWER = "1" * 32, "2" * 32, "3" * 32
DECIDED = Entry(10, 1_000, Draft(LOOKUP, "lookup-decided/1", Actor("vault"), {
    "lookup": LOOKUP, "account": ACCOUNT, "borrower": BORROWER, "verdict": "deny"}))


def entry(index: int, kind: str, **body: Any) -> Entry:
    return Entry(index, index * 100, Draft(f"{index:032x}", kind, Actor("vault"), {"borrower": BORROWER, **body}))


def indexes(*filed: Entry, later: tuple[Entry, ...] = ()) -> list[int]:
    return [one.index for one in belonging(DECIDED, filed, later)]


def test_another_account_of_the_same_borrower_stays_out_but_for_attempts() -> None:
    assert indexes(
        entry(1, "account-opened/1", account=ACCOUNT), entry(2, "account-opened/1", account="4" * 32),
        entry(3, "attempt-recorded/1", account="4" * 32), entry(4, "sign-of-life/1"),
    ) == [1, 3, 4, 10]


def test_of_what_came_after_only_what_names_the_lookup_is_in_it() -> None:
    assert indexes(
        entry(11, "sign-of-life/1"), entry(12, "outcome-reported/1", lookup=LOOKUP),
        entry(13, "outcome-reported/1", lookup="5" * 32), entry(14, "erasure-requested/1", subject=BORROWER),
        entry(15, "erasure-requested/1", subject="6" * 32),
        later=(entry(16, "address-opened/1", about=LOOKUP), entry(17, "lookup-continued/1", continues=LOOKUP)),
    ) == [10, 12, 14, 16, 17]


def test_an_approval_and_a_complaint_bring_their_ends_along() -> None:
    complaint = entry(12, "complaint-filed/1", lookup=LOOKUP)
    assert indexes(
        entry(11, "approval-requested/1", lookup=LOOKUP, approval="7" * 32),
        complaint, entry(13, "approval-given/1", approval="7" * 32), entry(14, "approval-given/1", approval="8" * 32),
        entry(15, "complaint-settled/1", complaint=complaint.id),
        entry(16, "complaint-settled/1", complaint="9" * 32),
    ) == [10, 11, 12, 13, 15]


def test_who_looks_often_does_not_fill_the_case_for_others() -> None:
    looks = tuple(entry(100 + number, "viewed/3", about=LOOKUP) for number in range(2 * MOST_LOOKS))
    assert indexes(later=looks) == [10, *range(100 + MOST_LOOKS, 100 + 2 * MOST_LOOKS)]


def test_other_people_on_the_same_line_are_counted_and_left_out() -> None:
    others = [entry(1, "objected/1", borrower="a" * 32), entry(2, "contact-registered/1"),
              entry(20, "objected/1", borrower="a" * 32)]
    assert others_on(DECIDED, History(Directory(), "", None, (), {"x": others, "y": others[:1]})) == 1


def test_an_erasure_that_was_cancelled_is_none() -> None:
    asked = entry(11, "erasure-requested/1", subject=BORROWER)
    assert is_erased([asked], [BORROWER])
    assert not is_erased([asked], ["a" * 32])
    assert not is_erased([asked, entry(12, "erasure-cancelled/1", subject=BORROWER)], [BORROWER])
