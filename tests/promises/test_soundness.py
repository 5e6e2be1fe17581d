"""The naive reader, whose opinion every walk of `machine/` asks, is not blind: it objects where anything is amiss."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from registry.model.times import DAY, parse_stamp, stamp
from tests.promises.naive.opinion import objections
from tests.promises.saved import Ready
from tests.world import World

Leaf = dict[str, Any]


def leaves_of(world: World) -> list[Leaf]:
    found: list[Leaf] = []
    while part := world.vault.call("follow", {"after": len(found), "limit": 500})["entries"]:
        found += [one["entry"] for one in part]
    return found


@pytest.fixture
def right(ready: Ready) -> tuple[list[Leaf], str]:
    """A log and a permit in it to which nothing can be objected."""
    lookup = ready.world.lookup(ready.people[0])["lookup"]
    leaves = leaves_of(ready.world)
    assert objections(leaves, lookup, len(leaves)) == []
    return leaves, lookup


NEEDED = (
    "consent-given/1", "contact-informed/1", "contact-registered/1", "attempt-recorded/2", "notice-sent/1",
    "notice-receipt/1", "feed-complete/1", "approval-requested/1", "approval-given/1", "placed/1",
    "agency-approved/1", "lookup-decided/1",
)


@pytest.mark.parametrize("kind", NEEDED)
def test_it_objects_where_any_of_this_is_missing(right: tuple[list[Leaf], str], kind: str) -> None:
    leaves, lookup = right
    kept = [one for one in leaves if one["kind"] != kind]
    assert objections(kept, lookup, len(kept)) != []


def changed(kind: str, member: str, change: Callable[[Any], Any]) -> Callable[[Leaf], Leaf]:
    def apply(leaf: Leaf) -> Leaf:
        if leaf["kind"] != kind or member not in leaf["body"]:
            return leaf
        return {**leaf, "body": {**leaf["body"], member: change(leaf["body"][member])}}
    return apply


CHANGES = (
    changed("attempt-recorded/2", "class", lambda _: "reached-person"),
    changed("attempt-recorded/2", "attempt", lambda _: "one and the same"),
    changed("consent-given/1", "assurance", lambda _: "recorded"),
    changed("consent-given/1", "expires_at", lambda _: "2026-11-01T00:00:00.000Z"),
    changed("consent-given/1", "scope", lambda scope: {**scope, "modes": ["message"]}),
    changed("account-opened/1", "due_since", lambda _: "2026-10-01"),
    changed("approval-requested/1", "client", lambda _: "another"),
    changed("feed-complete/1", "complete_through", lambda _: "2026-11-23T00:00:00.000Z"),
    changed("placed/1", "until", lambda _: "2026-11-24"),
    changed("notice-receipt/1", "status", lambda _: "failed"),
    changed("lookup-decided/1", "verdict", lambda _: "permit"),
)


@pytest.mark.parametrize("place", range(len(CHANGES)))
def test_it_objects_where_any_of_this_is_otherwise(right: tuple[list[Leaf], str], place: int) -> None:
    leaves, lookup = right
    altered = [CHANGES[place](one) for one in leaves]
    if CHANGES[place] is CHANGES[-1]:
        altered.insert(-1, {**altered[-1], "id": "other"})  # another permit for the same line
    assert objections(altered, lookup, len(altered)) != []


def restricting(leaves: list[Leaf], permit: Leaf) -> list[Leaf]:
    """Everything that should have kept it closed, whether it came before the permit or before its answer."""
    body = permit["body"]
    ids = {name: body[name] for name in ("borrower", "contact", "line", "account")}
    about = {"logged_at": permit["logged_at"], "id": "restriction", "by": {"role": "lender"}}
    attempt = next(one for one in leaves if one["kind"] == "attempt-recorded/2"
                   and one["body"].get("borrower") == body["borrower"])
    return [about | {"kind": kind, "body": more} for kind, more in (
        ("consent-withdrawn/1", {**ids, "giver": "contact"}), ("objected/1", ids), ("sign-of-life/1", ids),
        ("hold-placed/1", {**ids, "hold": "h", "type": "dispute"}),
        ("erasure-requested/1", {**ids, "subject": body["contact"]}),
        ("callback-offered/1", {**ids, "until": stamp(parse_stamp(permit["logged_at"]) + DAY)}),
        ("recalled/1", {**ids, "placement": next(
            one["id"] for one in leaves if one["kind"] == "placed/1" and one["body"]["account"] == body["account"])}),
        ("party-suspended/1", {"party": body["client"]}), ("releases-stopped/1", {}),
        ("complaint-filed/1", {**ids, "from": "contact", "borrower": "another"}),
        ("complaint-filed/1", {"borrower": body["borrower"], "contact": body["contact"], "from": "borrower"}),
        ("use-answered/1", {**ids, "answer": "never"}), ("use-answered/1", {**ids, "answer": "not-me"}),
        ("account-changed/1", {**ids, "state": "paid"}),
        ("attempt-recorded/2", {**attempt["body"], "class": "reached-person"}),
    )]


def test_it_objects_to_every_restriction_before_the_permit_and_before_the_answer(
    right: tuple[list[Leaf], str]
) -> None:
    leaves, lookup = right
    place = next(place for place, one in enumerate(leaves) if one["id"] == lookup)
    for one, after in itertools.product(restricting(leaves, leaves[place]), (0, 1)):
        told = [*leaves[:place + after], one, *leaves[place + after:]]
        assert objections(told, lookup, len(told)) != [], (one["kind"], after)
        if after:
            assert objections(told, lookup, place + 1) == [], "what comes after the answer is too late"
