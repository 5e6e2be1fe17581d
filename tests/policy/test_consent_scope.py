"""What a consent covers, field by field, for both givers: inside a permit, outside the code that says which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from registry.model.times import DAY, MINUTE, stamp
from registry.policy import decide, packs_for
from registry.policy.decide import RULES
from registry.policy.rules import consent as consents
from registry.policy.rules import hours
from tests.policy.judged import consent_of, judged
from tests.policy.world import START, Source, World, ident, when

GIVERS = ("borrower", "contact")
AGENCY = World().agency
ANOTHER = ident("another")

# field, what covers the question of `World.unreachable`, what does not, and what is then said.
FIELDS: list[tuple[str, Mapping[str, Any], Mapping[str, Any], str]] = [
    ("purposes", {"scope": {"purposes": ["relay-message", "restore-contact"]}},
     {"scope": {"purposes": ["relay-message"]}}, "scope"),
    ("modes", {"scope": {"modes": ["number"]}}, {"scope": {"modes": ["message", "call"]}}, "scope"),
    ("grantee role", {"scope": {"grantee": {"role": "entrusted"}}},
     {"scope": {"grantee": {"role": "independent"}}}, "grantee"),
    ("grantee is the lender alone", {}, {"scope": {"grantee": {"role": "lender"}}}, "grantee"),
    ("grantee party", {"scope": {"grantee": {"role": "entrusted", "party": AGENCY}}},
     {"scope": {"grantee": {"role": "entrusted", "party": ident("rival")}}}, "grantee"),
    ("the role binds a named party too", {}, {"scope": {"grantee": {"role": "independent", "party": AGENCY}}},
     "grantee"),
    ("account", {"account": ident("person-account")}, {"account": ANOTHER}, "scope"),
    ("lender", {}, {"lender": ANOTHER}, "scope"),
    ("separate", {"separate": True}, {"separate": False}, "scope"),
    ("expires_at", {"expires_at": stamp(START)}, {"expires_at": stamp(START - 1)}, "expired"),
]


def asked(giver: str, changes: Mapping[str, Any], *, at: int = START) -> tuple[str, ...]:
    world = World()
    case = world.unreachable(**{giver: False})  # type: ignore[arg-type]
    if changes.get("account") == ident("person-account"):
        changes = {**changes, "account": case.account}
    world.consent(case, giver, **changes)
    return world.ask(case, at).codes


@pytest.mark.parametrize("giver", GIVERS)
@pytest.mark.parametrize(("inside", "outside", "said"), [one[1:] for one in FIELDS], ids=[one[0] for one in FIELDS])
def test_a_field_of_the_scope_is_enforced(
    giver: str, inside: Mapping[str, Any], outside: Mapping[str, Any], said: str,
) -> None:
    assert asked(giver, inside) == ()
    assert asked(giver, outside) == (f"{giver}-consent-{said}",)


@pytest.mark.parametrize("giver", GIVERS)
def test_the_uses_of_a_consent_are_counted_to_the_last(giver: str) -> None:
    def spent(uses: int) -> tuple[str, ...]:
        one = consent_of(giver, uses=uses, max_uses=3)
        given = {"facts": {"consents": (one,)}} if giver == "borrower" else {"contact": {"consents": (one,)}}
        case = judged(**given)  # type: ignore[arg-type]
        packs = packs_for(Source.of(World().log()).directory, case.facts, START)
        facts = replace(case.facts, contacts=(case.contact,))
        return decide(facts, packs, START).codes

    assert spent(2) == ()
    assert spent(3) == (f"{giver}-consent-scope",)


@pytest.mark.parametrize("giver", GIVERS)
def test_a_borrowers_consent_about_one_contact_covers_no_other(giver: str) -> None:
    if giver == "contact":
        assert asked(giver, {"line": ident("an older number")}) == ("contact-consent-scope",)
    else:
        assert asked(giver, {"contact": ANOTHER}) == ("borrower-consent-absent",)


@pytest.mark.parametrize("giver", GIVERS)
def test_outside_the_hours_of_a_consent_nothing_leaves_and_when_it_may_is_said(giver: str) -> None:
    world = World()
    case = world.unreachable(**{giver: False})  # type: ignore[arg-type]
    world.consent(case, giver, scope={"hours": ["10:01", "18:00"]})
    early = world.ask(case)
    assert early.codes == ("outside-hours",)
    assert early.reasons[0].not_before == START + MINUTE
    late = world.ask(case, START + MINUTE)
    assert late.obligations is not None
    assert late.obligations["call_between"] == ["10:01", "18:00"]


@pytest.mark.parametrize("giver", GIVERS)
@pytest.mark.parametrize("narrow", [
    {"scope": {"hours": ["18:00", "19:00"]}},
    {"scope": {"hours": ["18:00", "19:00"], "purposes": ["relay-message"]}},
    {"scope": {"hours": ["18:00", "19:00"]}, "account": ANOTHER},
    {"scope": {"hours": ["18:00", "19:00"]}, "expires_at": stamp(when(-60))},
])
def test_a_narrower_consent_beside_one_that_covers_forbids_nothing(giver: str, narrow: Mapping[str, Any]) -> None:
    # So to take one away never permits. Version 1 of the rules refused here, and still does.
    world = World()
    case = world.unreachable()
    world.consent(case, giver, when(-100), **narrow)
    facts, decision = world.judge(case)
    assert decision.verdict == "permit"
    assert decision.obligations is not None
    assert decision.obligations["call_between"] == ["08:00", "20:00"]
    packs = packs_for(Source.of(world.log()).directory, facts, START)
    assert RULES["1"](facts, packs, START).codes == ("outside-hours",)


def test_the_window_is_one_that_is_open_then_the_longest_then_the_first() -> None:
    def window(*theirs: tuple[int, int] | None, minute: int = 600) -> tuple[int, int]:
        consents = tuple(consent_of("contact", hours=one) for one in theirs)
        return hours.call_window(judged(
            contact={"consents": consents, "clocks": (("Asia/Shanghai", minute, 480),)},
            params={"third_party_hours": (480, 1200)}))

    assert window((660, 1200), (590, 610)) == (590, 610)
    assert window((540, 700), (480, 720)) == (480, 720)
    assert window((700, 800), (900, 1000)) == (700, 800)
    assert window((540, 700), None) == (480, 1200)
    assert window() == (480, 1200)


def test_the_hours_of_a_consent_for_another_line_bind_no_call_to_this_one() -> None:
    theirs = (consent_of("contact", hours=(600, 660), line=ident("another line")), consent_of("contact"))
    assert hours.call_window(judged(contact={"consents": theirs})) == hours.call_window(judged())
    assert consents.holding(judged(contact={"consents": theirs}))[1] == [theirs[1]]


def test_of_several_windows_that_are_shut_the_first_to_open_is_said() -> None:
    consents = tuple(consent_of("contact", hours=one) for one in ((700, 800), (640, 660), (1210, 1300)))
    case = judged(contact={"consents": consents, "clocks": (("Asia/Shanghai", 600, 480),)},
                  params={"third_party_hours": (480, 1200)})
    said = hours.outside_hours(case)
    assert said is not None
    assert said.not_before == START + 40 * MINUTE
    never = hours.outside_hours(judged(contact={"consents": consents[2:]}, params={"third_party_hours": (480, 1200)}))
    assert never is not None
    assert never.not_before is None
    nowhere = hours.outside_hours(judged(contact={"clocks": ()}))
    assert nowhere is not None
    assert nowhere.not_before is None
    assert hours.outside_hours(judged(contact=None)) is None


def test_a_year_by_the_registrys_stamp_ends_a_consent_whatever_it_says() -> None:
    assert asked("contact", {"at": START - 365 * DAY, "expires_at": stamp(START + DAY)}) == ()
    assert asked("contact", {"at": START - 365 * DAY - 1, "expires_at": stamp(START + DAY)}) == (
        "contact-consent-expired",)
