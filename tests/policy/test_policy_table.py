"""The table of the policy, value by value: what each shipped pack sets, and how good its source is.

Typed from the page, not read from the packs. A dash there is None here: the pack does not set it, the floor holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from registry.policy.merging import merge
from registry.policy.parameters import BY_NAME, PURPOSES, WEEK
from registry.shipped import shipped_packs

BOTH = ["consenting-contact", "guarantor-consenting"]
PACKS = {name: one.pack for name, one in shipped_packs().items()}
Cell = object

# parameter: floor, cn, us, uk. A cell is the value, or (value, grade) where the page names the grade.
TABLE: dict[str, tuple[Cell, Cell, Cell, Cell]] = {
    "third_party": (BOTH, (BOTH, "S"), (BOTH, "P"), (BOTH, "P")),
    "purposes": (sorted(PURPOSES), (["obtain-contact-details", "relay-message", "restore-contact"], "S"),
                 (["location-information"], "P"), (["confirm-whereabouts"], "H")),
    "release_modes": (["call", "message", "number"], (["call", "message", "number"], "S"), (["call", "number"], "S"),
                      ["call", "message", "number"]),
    "hours.third_party": ((["08:00", "20:00"], "H"), (["08:00", "22:00"], "S"), (["08:00", "21:00"], "P"), None),
    "hours.borrower": ((["08:00", "21:00"], "H"), (["08:00", "22:00"], "S"), (["08:00", "21:00"], "P"), None),
    "borrower.max_dials_per_number_day": ((3, "H"), (6, "S"), None, None),
    "borrower.max_conversations_day": ((1, "H"), (3, "S"), None, None),
    "borrower.max_dials_7d": ((7, "H"), None, (7, "P"), None),
    "account.min_days_past_due": ((30, "H"), (60, "H"), (30, "H"), (60, "H")),
    "account.min_balance_minor": (0, 0, 0, 0),
    "unreachable.min_attempts": ((6, "H"), (8, "H"), (8, "H"), (8, "H")),
    "unreachable.min_days": ((4, "H"), (6, "H"), (6, "H"), (6, "H")),
    "unreachable.min_dayparts": ((2, "H"), (3, "H"), (3, "H"), (3, "H")),
    "unreachable.per_line_counted": ((2, "H"), (2, "H"), (2, "H"), (2, "H")),
    "unreachable.window_days": ((60, "H"), (60, "H"), (60, "H"), (60, "H")),
    "unreachable.span_days": ((7, "H"), (14, "H"), (14, "H"), (14, "H")),
    "unreachable.max_staleness_days": ((10, "H"), (10, "H"), (10, "H"), (10, "H")),
    "unreachable.min_grade": ("B", "B", "B", "B"),
    "unreachable.unresponsive_approvals": (0, 1, 1, 1),
    "channel.lookback_days": ((90, "H"), None, None, None),
    "max_feed_age_hours": ((24, "H"), None, None, None),
    "evidence.min_grade": ("B", "B", "B", "B"),
    "attempt.min_ring_seconds": ((20, "H"), (20, "H"), (20, "H"), (20, "H")),
    "attempt.min_gap_minutes": ((120, "H"), (120, "H"), (120, "H"), (120, "H")),
    "attempt.cooling_days": ((2, "H"), (2, "H"), (2, "H"), (2, "H")),
    "notice.grace_days": ((5, "H"), (7, "H"), (14, "P"), (14, "H")),
    "notice.notice_max_age_days": ((30, "H"), (30, "H"), (30, "H"), (30, "H")),
    "consent.borrower": (True, (True, "P"), (True, "P"), (True, "H")),
    "consent.borrower_assurance": (("recorded", "H"), "recorded", "code", "code"),
    "consent.contact": (True, (True, "P"), (True, "H"), (True, "P")),
    "consent.contact_assurance": ("code", "code", "code", "code"),
    "consent.max_age_days": ((365, "H"), 365, 365, 365),
    "consent.grantee_bound": (True, (True, "P"), (True, "P"), (True, "P")),
    "contact.min_age": (18, 18, 18, 18),
    "contact.stop_on_refusal": (True, (True, "S"), (True, "P"), (True, "P")),
    "contact.inform": (True, True, (True, "P"), (True, "P")),
    "line.max_conversations_per_case": ((1, "H"), None, (1, "P"), (1, "H")),
    "line.max_releases_30d": ((1, "H"), 1, 1, 1),
    "line.cooldown_days": ((90, "H"), 90, 90, 90),
    "line.max_messages_30d": ((1, "H"), 1, 0, 1),
    "case.max_contacts": ((2, "H"), None, None, None),
    "release.ttl_hours": ((24, "H"), None, None, None),
    "release.approvals": (0, (1, "P"), 0, (1, "P")),
    "visit.min_days_past_due": ((90, "H"), None, (100_000, "H"), (90, "H")),    # us: forbidden, so 273 years
    "visit.approvals": ((2, "H"), None, None, (2, "H")),
    "visit.visitors": ((2, "H"), (2, "S"), None, (2, "H")),
    "visit.hours": ((["09:00", "18:00"], "H"), None, None, None),
    "agency.max_approval_days": ((365, "H"), (365, "S"), 365, 365),
    "complaint.days_to_answer": ((15, "H"), 15, 15, 30),
    "retention.decisions_years": ((5, "H"), (5, "S"), (3, "P"), (6, "H")),
    "alarm.releases_per_collector_day": ((20, "H"), 20, 20, 20),
}
# Not in the page's table: no shipped pack orders messages or calls first, or lets requests for consent be repeated
# sooner; what the page says beside it of who names the institution, and of days.
EVERY_DAY = list(WEEK)
ELSEWHERE: dict[str, dict[str, Cell]] = {
    "floor": {"message.first": False, "message.wait_days": 3, "call.first": False, "consent.reask_days": 90,
              "caller.names_institution": ["at-once", "when-asked"], "days.third_party": EVERY_DAY,
              "days.borrower": EVERY_DAY},
    "cn": {"caller.names_institution": (["at-once"], "S")},
    "us": {"caller.names_institution": (["when-asked"], "P")},
    "uk": {},
}
# The packs that the page describes in words, not in its table's columns: all that each sets.
FORBIDDEN: dict[str, Cell] = {"third_party": ([], "S"), "purposes": ([], "S"), "release_modes": ([], "S")}
MON_TO_SAT = [one for one in WEEK if one != "sun"]
IN_WORDS: dict[str, dict[str, Cell]] = {
    "in": {**FORBIDDEN, "hours.third_party": (["08:00", "19:00"], "S"), "hours.borrower": (["08:00", "19:00"], "S"),
           "consent.borrower": (True, "P"), "consent.borrower_assurance": "code", "consent.contact": (True, "P"),
           "consent.contact_assurance": "code", "consent.grantee_bound": True, "contact.min_age": 18,
           "contact.stop_on_refusal": (True, "P"), "line.max_conversations_per_case": 0, "line.max_releases_30d": 0,
           "line.max_messages_30d": 0, "case.max_contacts": 0, "unreachable.unresponsive_approvals": 1,
           "retention.decisions_years": (1, "S")},
    "ke": {**FORBIDDEN, "case.max_contacts": 0, "line.max_messages_30d": 0, "unreachable.unresponsive_approvals": 1},
    "vn": {**FORBIDDEN, "hours.borrower": (["07:00", "21:00"], "S"), "borrower.max_dials_per_number_day": (5, "S"),
           "case.max_contacts": 0, "line.max_messages_30d": 0, "unreachable.unresponsive_approvals": 1},
    "id": {"third_party": (["consenting-contact"], "S"), "purposes": (["confirm-whereabouts"], "S"),
           "hours.third_party": (["08:00", "20:00"], "S"), "hours.borrower": (["08:00", "20:00"], "S"),
           "days.third_party": (MON_TO_SAT, "S"), "days.borrower": (MON_TO_SAT, "S"), "contact.inform": (True, "S"),
           "consent.contact": (True, "S"), "unreachable.unresponsive_approvals": 1},
    "ph": {"third_party": (["guarantor-consenting"], "S"), "purposes": (["confirm-whereabouts"], "H"),
           "hours.third_party": (["06:00", "22:00"], "S"), "hours.borrower": (["06:00", "22:00"], "S"),
           "unreachable.unresponsive_approvals": 1},
    "us-ma": {"third_party": (BOTH, "P"), "purposes": (["location-information"], "P"),
              "caller.names_institution": (["when-asked"], "P"), "hours.borrower": (["08:00", "21:00"], "P"),
              "borrower.max_dials_7d": (2, "P"), "consent.borrower": (True, "P"),
              "contact.stop_on_refusal": (True, "P"), "line.max_conversations_per_case": (1, "P")},
}
# The European Union has the United Kingdom's column, but where the page says P of a law, its own.
UNION = {**{name: row[3] for name, row in TABLE.items() if row[3] is not None}}


@pytest.mark.parametrize(("place", "name"), list(enumerate(("floor", "cn", "us", "uk"))))
def test_each_pack_sets_what_the_policy_says_and_nothing_else(place: int, name: str) -> None:
    wanted = {parameter: row[place] for parameter, row in TABLE.items() if row[place] is not None}
    compare(name, wanted | ELSEWHERE[name])


@pytest.mark.parametrize("name", [*IN_WORDS, "eu"])
def test_each_pack_that_the_policy_describes_sets_that_and_nothing_else(name: str) -> None:
    compare(name, UNION if name == "eu" else IN_WORDS[name])


def compare(name: str, wanted: Mapping[str, Cell]) -> None:
    settings = PACKS[name].settings
    assert set(settings) == set(wanted)
    for parameter, cell in wanted.items():
        value, grade = cell if isinstance(cell, tuple) else (cell, None)
        assert BY_NAME[parameter].show(settings[parameter].value) == value, parameter
        assert grade in (None, settings[parameter].grade), parameter


def test_the_table_names_every_parameter_there_is() -> None:
    assert set(TABLE) | set(ELSEWHERE["floor"]) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(PACKS))
def test_what_the_house_chose_says_so_and_what_it_did_not_never_does(name: str) -> None:
    for parameter, one in PACKS[name].settings.items():
        assert one.source.startswith("house choice: ") == (one.grade == "H"), parameter


@pytest.mark.parametrize(("name", "regions", "version"), [
    ("floor", (), "2"), ("cn", ("CN",), "2"), ("us", ("US",), "2"), ("uk", ("GB",), "1"), ("in", ("IN",), "1"),
    ("id", ("ID",), "1"), ("ke", ("KE",), "1"), ("vn", ("VN",), "1"), ("ph", ("PH",), "1"),
    ("us-ma", ("US-MA",), "1"),
])
def test_each_pack_says_where_it_holds(name: str, regions: tuple[str, ...], version: str) -> None:
    assert (PACKS[name].regions, PACKS[name].id.version) == (regions, version)


def test_the_unions_pack_holds_in_every_member_state_of_it_and_of_the_economic_area() -> None:
    assert len(set(PACKS["eu"].regions)) == 27 + 3 + 7
    assert {"DE", "GR", "IE", "NO", "AX", "RE"} <= set(PACKS["eu"].regions)
    assert not {"GB", "CH", "EU", "EL", "UK"} & set(PACKS["eu"].regions)


def test_the_united_states_beside_the_floor() -> None:
    params = merge((PACKS["floor"], PACKS["us"]), PACKS["us"]).params
    assert (params.purposes, params.release_modes) == ({"location-information"}, {"call", "number"})
    assert (params.third_party_hours, params.borrower_hours) == ((480, 1200), (480, 1260))
    assert (params.grace_days, params.span_days, params.min_attempts, params.min_days_past_due) == (14, 14, 8, 30)
    assert (params.borrower_assurance, params.line_messages_30d, params.release_approvals) == (1, 0, 0)
    assert (params.unresponsive_approvals, params.retention_years, params.visit_days_past_due) == (1, 5, 100_000)


def test_the_united_kingdom_beside_the_floor() -> None:
    params = merge((PACKS["floor"], PACKS["uk"]), PACKS["uk"]).params
    assert (params.purposes, params.release_modes) == ({"confirm-whereabouts"}, {"call", "message", "number"})
    assert (params.third_party_hours, params.borrower_hours) == ((480, 1200), (480, 1260))
    assert (params.grace_days, params.min_days_past_due, params.borrower_assurance) == (14, 60, 1)
    assert (params.release_approvals, params.complaint_days, params.retention_years) == (1, 15, 6)


def test_no_two_shipped_packs_contradict_each_other_but_where_their_laws_do() -> None:
    contradict = {frozenset(("cn", "us")), frozenset(("cn", "us-ma"))}
    floor, rest = PACKS["floor"], [one for name, one in sorted(PACKS.items()) if name != "floor"]
    for one in rest:
        for other in rest:
            pair = tuple(dict.fromkeys((floor, *sorted({one, other}, key=lambda pack: pack.id.name))))
            known = ("caller.names_institution",) if {one.id.name, other.id.name} in contradict else ()
            assert merge(pair, one).conflicts == known


def test_what_is_said_in_the_united_states_gives_the_callers_own_name_and_the_employer_only_on_request() -> None:
    [(purpose, scripts)] = PACKS["us"].scripts.items()
    assert (purpose, set(scripts)) == ("location-information", {"en"})
    assert "my name is (your own name)" in scripts["en"]
    assert "confirming or correcting location information" in scripts["en"]
    assert "(Only if you are expressly asked for whom you work: name your employer" in scripts["en"]
    assert "institution" not in scripts["en"]
    assert PACKS["us"].messages == {}
