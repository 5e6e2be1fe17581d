"""P1, P2, P5 and P8 for brokered calls and visits, read from the log by somebody who knows none of our rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from registry.audit.replay import replay
from registry.model import canonical
from registry.model.times import parse_stamp
from registry.shipped import shipped_outcomes
from tests.vault import test_brokered_calls as calls
from tests.vault import test_visits as visits
from tests.world import World

Leaf = dict[str, Any]


def leaves(world: World) -> list[bytes]:
    log = world.vault.desk.log
    return [data for _, data in log.leaves(0, log.size)]


def altered(found: list[bytes], kind: str, **members: object) -> list[bytes]:
    """The log as a liar would show it: these members of the entries of a kind say otherwise."""
    shown = []
    for data in found:
        leaf: Leaf = canonical.decode(data)
        said = {**leaf, "body": {**leaf["body"], **members}} if leaf["kind"] == kind else leaf
        shown.append(canonical.encode(said))
    return shown


@pytest.fixture
def called(world: World) -> World:
    """A call that was permitted, bound, talked and ended."""
    person = calls.approved(world)
    lookup = calls.ask(world, person)["lookup"]
    calls.bind(world, lookup)
    world.deliver()
    calls.record(world, lookup)
    world.vouch("call-unbound/1", {**calls.ids(world, lookup), "why": "used"})
    return world


def test_no_connection_stands_without_its_permit_and_an_opening_before_it(called: World) -> None:
    entries = called.entries()
    for bound in (one for one in entries if one.kind == "call-bound/1"):
        permits = [one for one in entries[:bound.index] if one.kind == "lookup-decided/2"
                   and one.body["verdict"] == "permit" and one.id == bound.body["lookup"]]
        opened = [one for one in entries[permits[0].index:bound.index] if one.kind == "address-opened/1"]
        assert [one.body["template"] for one in opened] == ["brokered-call"]
        assert parse_stamp(bound.body["expires_at"]) <= parse_stamp(permits[0].body["expires_at"])


def test_whoever_was_connected_is_told_and_so_is_the_borrower(called: World) -> None:
    lookup = called.entries("call-bound/1")[0].body["lookup"]
    told = {one.body["to"] for one in called.entries("use-told/1") if one.body["lookup"] == lookup}
    assert told == {"borrower", "contact"}


@pytest.mark.parametrize(("kind", "members"), [
    ("call-bound/1", {"contact": "0" * 32}), ("call-bound/1", {"line": "0" * 32}),
    ("call-bound/1", {"lookup": "0" * 32}), ("call-bound/1", {"expires_at": "2027-01-01T00:00:00.000Z"}),
    ("lookup-decided/2", {"mode": "number"}), ("lookup-decided/2", {"verdict": "permit"}),
    ("lookup-decided/2", {"caller": False}),
])
def test_an_auditor_finds_a_connection_that_no_permit_allows(
    called: World, kind: str, members: Mapping[str, object],
) -> None:
    found = leaves(called)
    assert replay(found, shipped_outcomes()).ok
    report = replay(altered(found, kind, **members), shipped_outcomes())
    assert not report.ok


def test_an_auditor_finds_a_visit_by_others_than_those_approved(world: World) -> None:
    _, answer = visits.permitted(world)
    found = leaves(world)
    assert replay(found, shipped_outcomes()).ok
    report = replay(altered(found, "lookup-decided/2", visitors=["agent-17", "agent-99"]), shipped_outcomes())
    assert not report.ok
    assert world.entry(answer["lookup"]).body["visitors"] == visits.VISITORS


def test_no_address_for_a_visit_leaves_after_what_restricts_it_in_the_same_round(world: World) -> None:
    person = visits.late(world)
    visits.roles(world)
    approval = visits.ask(world, person)["approval"]
    for officer in (0, 1):
        visits.approve(world, person, approval, officer)
    world.alive()
    asked = world.asked(person, about="borrower", purpose="contact-borrower")
    asked |= {"about": "visit", "visitors": visits.VISITORS}
    life = world.draft("sign-of-life/1", {"borrower": person.borrower, "source": "payment"}, world.lender).value()
    answer, _ = world.vault.round([("lookup", asked), ("append", {"entry": life})])
    assert isinstance(answer, dict)
    assert (answer["verdict"], "release" in answer) == ("deny", False)
    assert world.entries("opening-refused/2")[-1].body["lookup"] == answer["lookup"]


def test_one_call_a_month_holds_for_a_line_whoever_asks_about_whom(world: World) -> None:
    first, second = world.unreachables(2, approve=False, contact_number="+8610000008888")
    for person in (first, second):
        approval = calls.ask(world, person)["approval"]
        world.sign("approval-given/1", {"approval": approval, "borrower": person.borrower})
    lookup = calls.ask(world, first)["lookup"]
    calls.bind(world, lookup)
    calls.record(world, lookup, talk=0)
    world.vouch("call-unbound/1", {**calls.ids(world, lookup), "why": "used"})
    assert "line-cap" in world.codes(calls.ask(world, second))
