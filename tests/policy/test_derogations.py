"""Derogations: the floor loosened for one parameter, for a while, by two officers; never consent, never silently."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import MalformedError
from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY, stamp
from registry.policy import Decision
from registry.policy.derogations import (
    LOOSEST,
    MOST_AT_ONCE,
    MOST_DAYS,
    derogation_of,
    flaw,
    in_force,
    may_be_loosened,
)
from registry.policy.merging import merge
from registry.policy.parameters import BY_NAME
from registry.shipped import shipped_packs
from tests.policy.test_packs import activate, changed
from tests.policy.world import START, Case, World, ident

FLOOR, CN = (shipped_packs()[name].pack for name in ("floor", "cn"))
STALE = "unreachable.max_staleness_days"
SECOND = "f" * 32


def body(world: World, **changes: Any) -> dict[str, Any]:
    derogation = changes.pop("derogation", ident("derogation"))
    scope = {} if "pack" in changes else {"lender": world.lender}
    return {"derogation": derogation, "parameter": STALE, "value": "20", **scope, "floor_sha256": FLOOR.id.sha256,
            "effective_from": stamp(START - 5 * DAY), "until": stamp(START + 10 * DAY), "reason": "0" * 64, **changes}


def grant(world: World, **changes: Any) -> None:
    said = body(world, **changes)
    world.add(START - 5 * DAY, "derogation-granted/1", said, Actor("officer", world.officer),
              [world.officer, SECOND], entry=said["derogation"])


def loose() -> World:
    """A world in which only the floor says how old the last attempt may be."""
    world = World()
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    start = text.index(f'[parameters."{STALE}"]')
    activate(world, text[:start] + text[text.index("[parameters.", start + 1):], START - 100 * DAY, 2)
    return world


def stale(world: World) -> tuple[Case, int]:
    """A case whose last attempt is older than the floor allows, and the moment at which it is asked."""
    return world.unreachable(), START + 9 * DAY


def ask(world: World, case: Case, at: int) -> Decision:
    world.feeds(at)
    return world.ask(case, at)


def test_what_the_floor_refuses_is_permitted_while_two_officers_derogate_from_it_and_the_decision_names_it() -> None:
    world = loose()
    case, at = stale(world)
    assert "attempts-stale" in ask(world, case, at).codes
    grant(world)
    decision = ask(world, case, at)
    assert "attempts-stale" not in decision.codes
    assert [one.name for one in decision.packs] == ["floor", "cn", "derogation"]
    assert decision.packs[-1].version == "1"


def test_when_it_has_expired_the_floor_is_back() -> None:
    world = loose()
    case, at = stale(world)
    grant(world, until=stamp(at))
    assert "attempts-stale" in ask(world, case, at).codes
    assert [one.name for one in ask(world, case, at).packs] == ["floor", "cn"]
    assert "attempts-stale" not in ask(world, case, at - 1).codes


def test_it_loosens_nothing_that_another_pack_asks_for() -> None:
    world = World()
    case, at = stale(world)
    grant(world)
    decision = ask(world, case, at)
    assert "attempts-stale" in decision.codes       # China says ten days too
    assert decision.packs[-1].name == "derogation"


@pytest.mark.parametrize(("scope", "holds"), [
    ({"lender": ident("lender")}, True), ({"lender": ident("another lender")}, False),
    ({"pack": "cn"}, True), ({"pack": "us"}, False),
])
def test_it_is_for_one_lender_or_beside_one_pack(scope: dict[str, str], holds: bool) -> None:
    world = loose()
    case, at = stale(world)
    given = body(world, **scope) if "pack" in scope else {**body(world), **scope}
    world.add(START - 5 * DAY, "derogation-granted/1", given, Actor("officer", world.officer),
              [world.officer, SECOND], entry=given["derogation"])
    assert ("attempts-stale" not in ask(world, case, at).codes) == holds


def test_another_floor_ends_it() -> None:
    world = loose()
    case, at = stale(world)
    grant(world)
    activate(world, changed(shipped_packs()["floor"].text, 'version = "2"', 'version = "3"'), START - 4 * DAY, 2)
    assert "attempts-stale" in ask(world, case, at).codes


def test_of_two_for_the_same_parameter_the_last_granted_holds() -> None:
    world = World()
    one, other = (
        derogation_of(Entry(place, START, draft(world, value=value)), place)
        for place, value in ((1, "20"), (2, "12"))
    )
    assert in_force((one, other), START, FLOOR, world.lender, ("cn",)) == (other,)
    params = merge((FLOOR,), None, (other,)).params
    assert params.max_staleness_days == 12
    assert merge((FLOOR,), None, (other,)).origins[STALE] == ("derogation@2",)


def draft(world: World, officers: int = 2, **changes: Any) -> Draft:
    said = body(world, **changes)
    auth = tuple({"officer": one, "alg": "Ed25519", "sig": "AAAA"} for one in (world.officer, SECOND)[:officers])
    return Draft(said["derogation"], "derogation-granted/1", Actor("officer", world.officer), said, auth)


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - set(LOOSEST)))
def test_nothing_loosens_what_protects_a_third_person_or_counts_as_evidence(name: str) -> None:
    assert not may_be_loosened(name)
    found = flaw(draft(World(), parameter=name, value='"recorded"'), FLOOR, START)
    assert found is not None
    assert found.code == "derogation-forbidden"


def test_what_may_be_loosened_is_little_and_none_of_it_a_third_persons() -> None:
    assert not [name for name in LOOSEST if name.startswith((
        "attempt.", "caller.", "case.", "channel.", "consent.", "contact.", "days.", "evidence.", "hours.third_party",
        "line.", "max_feed_age_hours", "message.", "notice.", "release.", "third_party", "visit."))]


@pytest.mark.parametrize(("name", "most", "beyond"), [
    ("hours.borrower", '["07:00", "22:00"]', '["06:59", "22:00"]'),
    ("hours.borrower", '["07:00", "21:00"]', '["07:00", "22:01"]'),
    ("borrower.max_dials_per_number_day", "6", "7"), ("borrower.max_conversations_day", "3", "4"),
    ("borrower.max_dials_7d", "14", "15"), ("account.min_days_past_due", "15", "14"), (STALE, "20", "21"),
])
def test_what_may_be_loosened_has_an_end(name: str, most: str, beyond: str) -> None:
    assert flaw(draft(World(), parameter=name, value=most), FLOOR, START) is None
    found = flaw(draft(World(), parameter=name, value=beyond), FLOOR, START)
    assert isinstance(found, MalformedError)
    assert (found.code, found.pointer) == ("derogation-forbidden", "/body/value")


@pytest.mark.parametrize(("officers", "changes", "code"), [
    (1, {}, "second-signature"),
    (2, {"value": "10"}, "derogation-idle"),
    (2, {"value": "9"}, "derogation-idle"),
    (2, {"parameter": "unheard.of"}, "derogation-forbidden"),
    (2, {"until": stamp(START - 5 * DAY + MOST_DAYS * DAY + 1)}, "malformed"),
    (2, {"until": stamp(START)}, "malformed"),
    (2, {"floor_sha256": "1" * 64}, "malformed"),
    (2, {"pack": "floor"}, "malformed"),
    (2, {"pack": "cn", "lender": "a" * 32}, "malformed"),
])
def test_what_cannot_be_granted_is_said_with_its_reason(officers: int, changes: dict[str, Any], code: str) -> None:
    found = flaw(draft(World(), officers, **changes), FLOOR, START)
    assert found is not None
    assert found.code == code
    assert flaw(draft(World()), FLOOR, START) is None


def test_a_value_that_no_pack_could_write_is_refused() -> None:
    for value in ("no json", '"ten"', "-1", "true"):
        with pytest.raises(MalformedError):
            flaw(draft(World(), value=value), FLOOR, START)


def test_its_text_names_all_that_it_says_and_its_digest_names_the_text() -> None:
    world = World()
    found = derogation_of(Entry(7, START, draft(world)), 3)
    assert (found.name.name, found.name.version) == ("derogation", "3")
    for said in (STALE, "value = 20", world.lender, FLOOR.id.sha256):
        assert said in found.text


def test_four_hold_at_once_and_no_more() -> None:
    world = World()
    names = ("borrower.max_dials_7d", "borrower.max_conversations_day", "borrower.max_dials_per_number_day",
             "account.min_days_past_due", STALE)
    values = ("9", "2", "4", "20", "20")
    granted = [derogation_of(Entry(place, START, draft(world, parameter=name, value=value)), place)
               for place, (name, value) in enumerate(zip(names, values, strict=True), 1)]
    found = in_force(granted, START, FLOOR, world.lender, ())
    assert [one.parameter for one in found] == list(names[:MOST_AT_ONCE])
