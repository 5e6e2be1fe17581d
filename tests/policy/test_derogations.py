"""Derogations: the floor loosened for one parameter, for a while, by two officers; never consent, never silently."""

from __future__ import annotations

import hashlib
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


@pytest.mark.parametrize(("officers", "changes", "code", "pointer"), [
    (1, {}, "second-signature", None),
    (2, {"value": "10"}, "derogation-idle", "/body/value"),
    (2, {"value": "9"}, "derogation-idle", "/body/value"),
    (2, {"parameter": "unheard.of"}, "derogation-forbidden", "/body/parameter"),
    (2, {"until": stamp(START - 5 * DAY + MOST_DAYS * DAY + 1)}, "malformed", "/body/until"),
    (2, {"until": stamp(START)}, "malformed", "/body/until"),
    (2, {"effective_from": stamp(START + DAY), "until": stamp(START + DAY)}, "malformed", "/body/until"),
    (2, {"floor_sha256": "1" * 64}, "malformed", "/body/floor_sha256"),
    (2, {"pack": "floor"}, "malformed", "/body/pack"),
    (2, {"pack": "cn", "lender": "a" * 32}, "malformed", "/body/pack"),
])
def test_what_cannot_be_granted_is_said_with_its_reason_and_where(
    officers: int, changes: dict[str, Any], code: str, pointer: str | None,
) -> None:
    found = flaw(draft(World(), officers, **changes), FLOOR, START)
    assert found is not None
    assert (found.code, getattr(found, "pointer", None)) == (code, pointer)
    assert flaw(draft(World()), FLOOR, START) is None


@pytest.mark.parametrize(("officers", "changes", "sentence"), [
    (1, {}, "a derogation is granted by two officers: have a second one sign"),
    (2, {"value": "21"}, "no derogation goes so far: 20 is the loosest there may be"),
    (2, {"parameter": "hours.borrower", "value": '["06:00", "22:00"]'},
     'no derogation goes so far: ["07:00", "22:00"] is the loosest there may be'),
    (2, {"value": "10"}, "the value is not looser than the floor's: there is nothing to derogate from"),
    (2, {"parameter": "evidence.min_grade"},
     "no derogation loosens this parameter: nobody loosens what protects a third person, what counts as evidence, or "
     f"what is approved; it can be one of {', '.join(LOOSEST)}"),
    (2, {"until": stamp(START)}, "a derogation ends after it begins, and in the future"),
    (2, {"until": stamp(START + 91 * DAY)}, "a derogation lasts at most 90 days"),
    (2, {"floor_sha256": "1" * 64}, "this is not the floor in force"),
    (2, {"pack": "floor"},
     "a derogation is for one lender or beside one pack, exactly one of them, never beside the floor alone"),
])
def test_an_officer_reads_what_to_do_instead(officers: int, changes: dict[str, Any], sentence: str) -> None:
    found = flaw(draft(World(), officers, **changes), FLOOR, START)
    assert found is not None
    assert found.detail == sentence


def test_two_signatures_of_one_officer_are_one_and_a_draft_needs_none() -> None:
    one = draft(World(), 1)
    twice = Draft(one.id, one.kind, one.by, one.body, one.auth * 2)
    assert getattr(flaw(twice, FLOOR, START), "code", None) == "second-signature"
    assert flaw(draft(World(), 0), FLOOR, START, signed=False) is None
    assert flaw(draft(World(), until=stamp(START - 5 * DAY + MOST_DAYS * DAY)), FLOOR, START) is None
    assert flaw(draft(World(), until=stamp(START + 1)), FLOOR, START) is None


def test_a_value_that_no_pack_could_write_is_refused() -> None:
    for value in ("no json", '"ten"', "-1", "true"):
        with pytest.raises(MalformedError) as caught:
            flaw(draft(World(), value=value), FLOOR, START)
        if value == "no json":
            assert caught.value.pointer == "/body/value"
            assert caught.value.detail.startswith("the value is JSON, as a pack would write it: 2, or")


def test_its_text_names_all_that_it_says_and_its_digest_names_the_text() -> None:
    world = World()
    found = derogation_of(Entry(7, START, draft(world)), 3)
    assert (found.name.name, found.name.version) == ("derogation", "3")
    assert found.name.sha256 == hashlib.sha256(found.text.encode()).hexdigest()
    assert (found.value, found.since, found.until) == (20, START, START + 10 * DAY)
    assert found.text == (
        "# A derogation from the floor, granted by two officers in the log.\n"
        f'derogation = "{ident("derogation")}"\nordinal = 3\nparameter = "{STALE}"\nvalue = 20\n'
        f'lender = "{world.lender}"\nfloor_sha256 = "{FLOOR.id.sha256}"\n'
        f'effective_from = "{stamp(START - 5 * DAY)}"\nuntil = "{stamp(START + 10 * DAY)}"\n'
        f'reason_commitment = "{"0" * 64}"\n'
    )
    beside = derogation_of(Entry(7, START, draft(world, pack="cn")), 1)
    assert '\nbeside_pack = "cn"\n' in beside.text


def test_four_hold_at_once_and_no_more() -> None:
    world = World()
    names = ("borrower.max_dials_7d", "borrower.max_conversations_day", "borrower.max_dials_per_number_day",
             "account.min_days_past_due", STALE)
    values = ("9", "2", "4", "20", "20")
    granted = [derogation_of(Entry(place, START, draft(world, parameter=name, value=value)), place)
               for place, (name, value) in enumerate(zip(names, values, strict=True), 1)]
    found = in_force(granted, START, FLOOR, world.lender, ())
    assert [one.parameter for one in found] == list(names[:MOST_AT_ONCE])
