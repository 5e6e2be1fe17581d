"""The outcome table of the neutral event: each row of the contract, and fail closed beyond it."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import MalformedError
from registry.model.catalogue.terms import STATUS
from registry.policy import OutcomeTable
from registry.policy.outcomes.table import LEAST_FAVOURABLE_FIRST
from registry.shipped import shipped_outcomes

TABLE = shipped_outcomes()

ROWS: list[tuple[dict[str, Any], str]] = [
    *(({"q850": code}, "dead-address") for code in (1, 2, 3, 22, 28)),
    ({"q850": 17}, "busy"),
    *(({"q850": code}, "not-alerted") for code in (18, 20, 27)),
    ({"q850": 19}, "no-answer"),
    ({"q850": 21, "hangup_by": "callee"}, "declined"),
    ({"q850": 21}, "unknown"),
    ({"q850": 21, "hangup_by": "network"}, "unknown"),
    ({"q850": 16}, "voicemail"),
    *(({"sip": code}, "dead-address") for code in (404, 410, 484)),
    ({"sip": 408}, "not-alerted"),
    ({"sip": 480}, "unknown"),
    ({"sip": 480, "q850": 19}, "no-answer"),
    ({"sip": 480, "q850": 20}, "not-alerted"),
    ({"sip": 486}, "busy"),
    ({"sip": 603}, "declined"),
    ({"sip": 487}, "caller-fault"),
    ({"sip": 487, "q850": 19}, "caller-fault"),
    ({"q850": 19, "hangup_by": "caller"}, "caller-fault"),
    ({"q850": 16, "hangup_by": "caller"}, "voicemail"),
    ({"sip": 200}, "voicemail"),
    ({"sip": 200, "status": "answered-person"}, "reached-person"),
    ({"status": "answered-person"}, "reached-person"),
    ({"status": "answered-household"}, "household"),
    ({"status": "answered-machine"}, "voicemail"),
    ({"status": "screened"}, "screened"),
    ({"status": "rang-out"}, "no-answer"),
    ({"status": "busy"}, "busy"),
    ({"status": "rejected"}, "declined"),
    ({"status": "unreachable"}, "not-alerted"),
    ({"status": "unallocated"}, "dead-address"),
    ({"status": "cancelled"}, "caller-fault"),
    ({"status": "failed"}, "unknown"),
    ({"status": "delivered"}, "delivered"),
    ({"status": "bounced-hard"}, "dead-address"),
    ({"status": "bounced-soft"}, "unknown"),
    ({"status": "replied"}, "engaged"),
    ({"status": "unsubscribed"}, "declined"),
    ({"status": "complained"}, "declined"),
    ({"q850": 34}, "unknown"),
    ({"sip": 503}, "unknown"),
    ({"unmapped": True}, "unknown"),
    ({"q850": 20, "unmapped": True}, "unknown"),
    ({}, "unknown"),
    # Several given and different: the one least favourable to a release.
    ({"q850": 1, "sip": 486}, "busy"),
    ({"q850": 20, "status": "answered-household"}, "household"),
    ({"q850": 1, "sip": 503}, "unknown"),
]


@pytest.mark.parametrize(("cause", "expected"), ROWS)
def test_each_cause_has_its_class(cause: dict[str, Any], expected: str) -> None:
    assert TABLE.classify(cause, 30) == expected


@pytest.mark.parametrize(("ring", "expected"), [(20, "no-answer"), (19, "unknown"), (None, "unknown")])
def test_no_answer_needs_twenty_seconds_of_ringing_that_somebody_measured(ring: int | None, expected: str) -> None:
    assert TABLE.classify({"q850": 19}, ring) == expected
    assert TABLE.classify({"status": "rang-out"}, ring) == expected


def test_an_inbound_event_is_the_person_whatever_its_cause() -> None:
    assert TABLE.classify({"q850": 19}, None, "inbound") == "reached-person"


def test_every_status_of_the_closed_list_is_in_the_table() -> None:
    listed = set(STATUS.name.removeprefix("one of ").split())
    assert {value for field, value in TABLE.classes if field == "status"} == listed


def test_no_combination_of_causes_is_more_favourable_than_its_worst_part() -> None:
    single = {key: TABLE.classify({key[0]: key[1]}, 30) for key in TABLE.classes if key not in TABLE.alone}
    for one, first in single.items():
        for other, second in single.items():
            if one[0] != other[0]:
                both = TABLE.classify({one[0]: one[1], other[0]: other[1]}, 30)
                assert LEAST_FAVOURABLE_FIRST.index(both) == min(
                    LEAST_FAVOURABLE_FIRST.index(first), LEAST_FAVOURABLE_FIRST.index(second),
                )


@pytest.mark.parametrize("text", [
    "not = [toml", "table = 'x'", "table='x'\nversion='1'\nmin_ring_seconds=0\nrow=[]",
    "table='x'\nversion='1'\nmin_ring_seconds=20\n[[row]]\nfield='q850'\nvalues=[1]\nclass='dead-address'",
    "table='x'\nversion='1'\nmin_ring_seconds=20\n[[row]]\nfield='q850'\nvalues=[1]\nclass='gone'\nsource='s'",
    "table='x'\nversion='1'\nmin_ring_seconds=20\n[[row]]\nfield='q850'\nvalues=[1,1]\nclass='busy'\nsource='s'",
])
def test_a_table_that_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        OutcomeTable.read(text)
