"""The directory folds, histories are gathered, and what restricts a permit after its place in the log is seen."""

from __future__ import annotations

import pytest

from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Entry
from registry.model.times import DAY, MINUTE
from registry.policy import Directory, gather, restricted_since, zones_of
from registry.policy.directory import FOLDED
from registry.policy.history import History
from registry.policy.sequences import Sequence
from tests.policy.test_rules_on_people import ALONE
from tests.policy.world import MAILBOX, OFF, PERSON, START, ZONE, Source, World, ident, when


def test_a_directory_that_is_folded_again_is_the_same() -> None:
    world = World()
    case = world.unreachable()
    world.permit(case, START)
    first, again = Directory(), Directory()
    for directory in (first, again):
        for entry in world.log():
            directory.fold(entry)
    again.reset()
    assert (again.size, again.parties, again.stopped) == (0, {}, False)
    for entry in world.log():
        again.fold(entry)
    assert again.oldest_open_permit(world.agency) == first.oldest_open_permit(world.agency) == START
    assert again.parties == first.parties
    assert again.origin == "demo.invalid/test"
    assert again.demo
    assert again.provider(world.provider) is not None
    assert again.provider_named("unheard-of") is None


def test_a_provider_registered_twice_keeps_its_first_owner() -> None:
    world = World()
    world.add_provider(START, world.provider, "agency")
    assert Source.of(world.log()).directory.providers[world.provider].owner == "neutral"


@pytest.mark.parametrize(("officers", "delay"), [(1, DAY), (2, 0)])
def test_a_new_key_takes_effect_after_a_day_unless_two_officers_signed(officers: int, delay: int) -> None:
    world = World()
    key = {"kty": "EC", "crv": "P-256", "x": "BBBB", "y": "BBBB"}
    world.add(START, "party-key-changed/1", {"party": world.agency, "enc_key": key},
              Actor("officer", world.officer), [world.officer, "e" * 32][:officers])
    party = Source.of(world.log()).directory.parties[world.agency]
    assert party.key_at(START + delay) == key
    assert party.key_at(START + delay - 1) != key


def test_an_unknown_account_has_an_empty_history() -> None:
    world = World()
    world.unreachable()
    history = gather(Source.of(world.log()), ident("unheard-of"))
    assert (history.borrower, history.entries, zones_of(history)) == (None, (), frozenset())


def test_the_offsets_of_every_zone_are_asked_for() -> None:
    world = World()
    case = world.unreachable()
    world.contact(when(-1), case.borrower, "far", 2, zones=["Asia/Shanghai", "Asia/Urumqi"])
    assert zones_of(gather(Source.of(world.log()), case.account)) == {ZONE, "Asia/Urumqi"}


def test_every_kind_that_the_directory_folds_is_marked_and_no_other() -> None:
    assert {kind.name for kind in KINDS.values() if kind.directory} == FOLDED


@pytest.mark.parametrize("name", [one[0] for one in ALONE if one[0] not in (
    "contact's line is the borrower's own", "objected as somebody else's contact",
)])
def test_whatever_denies_alone_also_restricts_a_permit_that_came_before_it(name: str) -> None:
    change = next(one[1] for one in ALONE if one[0] == name)
    world = World()
    case = world.unreachable()
    before = {one.id for one in world.log()}
    change(world, case)
    ordered = [one for one in world.log() if one.id in before]
    later = [one for one in world.log() if one.id not in before]
    entries = [Entry(index, START, one.draft) for index, one in enumerate([*ordered, *later])]
    place = len(ordered) - 1
    history = gather(Source.of(entries), case.account)
    assert restricted_since(history, place, world.agency)
    assert not restricted_since(history, len(entries) - 1, world.agency)


@pytest.mark.parametrize(("outcome", "restricts"), [(PERSON, True), (MAILBOX, True), (OFF, False)])
def test_a_reach_after_the_permit_restricts_and_a_failure_does_not(
    outcome: dict[str, object], restricts: bool,
) -> None:
    world = World()
    case = world.unreachable()
    place = len(world.log()) - 1
    world.attempt(case, START + MINUTE, outcome=outcome)
    history = gather(Source.of(world.log()), case.account)
    assert restricted_since(history, place, world.agency) is restricts


@pytest.mark.parametrize(("change", "restricts"), [
    ({"balance_minor": 99_999}, True), ({"balance_minor": 100_001}, False), ({"state": "paid"}, True),
    ({"due_since": "2026-05-31"}, True), ({"limitation_until": "2026-06-01"}, True), ({"state": "open"}, False),
])
def test_a_payment_or_another_due_date_restricts_and_a_growing_debt_does_not(
    change: dict[str, object], restricts: bool,
) -> None:
    world = World()
    case = world.unreachable()
    place = len(world.log()) - 1
    world.add(START + MINUTE, "account-changed/1", {
        "account": case.account, "borrower": case.borrower, "as_of": "2026-06-01", **change,
    })
    history = gather(Source.of(world.log()), case.account)
    assert restricted_since(history, place, world.agency) is restricts


def test_another_agencys_suspension_does_not_restrict_this_ones_permit() -> None:
    world = World()
    case = world.unreachable()
    place = len(world.log()) - 1
    world.add(START + 1, "party-suspended/1", {"party": world.rival})
    history = gather(Source.of(world.log()), case.account)
    assert not restricted_since(history, place, world.agency)
    assert restricted_since(history, place, world.rival)


def test_sequences_in_any_order_are_whole_when_nothing_is_missing() -> None:
    sequence = Sequence()
    for seq in (3, 1, 2, 5, 4, 4, 1):
        sequence.take(seq, START)
    assert (sequence.through, sequence.highest, sequence.gaps()) == (5, 5, [])


def test_a_gap_is_named_and_a_number_that_comes_too_late_leaves_it_open() -> None:
    sequence = Sequence()
    for seq in (1, 2, 5, 9):
        sequence.take(seq, START)
    assert (sequence.through, sequence.gaps()) == (2, [(3, 4), (6, 8)])
    sequence.take(3, START + DAY)
    sequence.take(4, START + DAY + 1)
    assert (sequence.through, sequence.gaps()) == (3, [(4, 4), (6, 8)])
    sequence.accept(4, 7)
    assert (sequence.through, sequence.gaps()) == (7, [(8, 8)])
    sequence.accept(8, 2**53 - 1)
    assert sequence.gaps() == []


def test_a_history_without_attempts_has_none_of_anybodys() -> None:
    assert History(Directory(), "account", "borrower", (), {}).attempts("borrower") == ()
