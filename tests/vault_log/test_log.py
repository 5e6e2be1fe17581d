from __future__ import annotations

import orjson
import pytest

from registry.errors import ConflictError, ConsentryError, MalformedError, NotFoundError
from registry.model.canonical import CanonicalError
from registry.model.entries import Actor, Draft, entry_of, leaf
from registry.model.times import DAY, stamp
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.proof import verify_proof
from registry.tlog.tree import leaf_hash
from tests.vault_log.world import ORIGIN, START, WEB, Broken, World, account, an_id, life


def test_a_new_log_holds_its_genesis_published(world: World) -> None:
    assert (world.log.size, world.log.published) == (1, 1)
    checkpoint = open_checkpoint(world.log.checkpoint(), world.key.verifier)
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, 1)
    assert [entry.kind for entry in world.observer.entries] == ["genesis/1"]


def test_an_entry_is_in_the_log_with_its_proof_once_committed(world: World) -> None:
    draft = life(5)
    with world.log.operation() as at:
        entry = world.log.append(draft)
        assert (entry.index, entry.at, entry.draft) == (1, START, draft)
        assert at == START
        with pytest.raises(NotFoundError):
            world.log.proof(1)
    assert world.log.published == 1
    world.log.commit()
    assert (world.log.size, world.log.published) == (2, 2)
    verify_proof(world.log.proof(1), leaf(draft, START), world.key.verifier)
    assert world.log.leaves(0, 10)[1] == (1, leaf(draft, START))
    assert world.observer.entries[1] == entry


def test_every_entry_of_an_operation_has_its_one_stamp(world: World) -> None:
    with world.log.operation() as at:
        first = world.log.append(life(5))
        world.clock.at += 500
        second = world.log.append(life(6))
    assert first.at == second.at == at
    assert entry_of(1, leaf(life(5), at)).at == at


def test_the_same_id_and_bytes_again_are_the_entry_they_already_are(world: World) -> None:
    (first,) = world.add(life(5))
    world.clock.at += DAY
    with world.log.operation():
        again = world.log.append(life(5))
        assert world.log.append(life(5)) == first
    world.log.commit()
    assert again == first
    assert world.log.size == world.log.published == 2
    assert len(world.observer.entries) == 2


def test_the_same_id_and_bytes_within_one_operation_are_one_entry(world: World) -> None:
    first, second = world.add(life(5), life(5))
    assert first == second
    assert world.log.size == 2


@pytest.mark.parametrize("other", [
    life(5, source="login"), life(5, borrower=2),
    Draft(an_id(5), "sign-of-life/1", Actor("web", an_id(1)), life(5).body),
    Draft(an_id(5), "sign-of-life/1", WEB, life(5).body, ({"by": "courier", "sig": "x"},)),
])
def test_the_same_id_with_other_bytes_is_a_conflict_never_silence(world: World, other: Draft) -> None:
    world.add(life(5))
    with pytest.raises(ConflictError) as caught, world.log.operation():
        world.log.append(other)
    assert caught.value.code == "id-conflict"
    world.log.commit()
    assert world.log.size == 2


def test_a_failed_operation_leaves_nothing_and_spares_the_others_of_its_round(world: World) -> None:
    with world.log.operation():
        world.log.append(life(5))
    with pytest.raises(ZeroDivisionError):
        _append_and_remember_and_fail(world)
    with world.log.operation():
        entry = world.log.append(life(7))
    world.log.commit()
    assert entry.index == 2
    assert world.log.find(an_id(6)) is None
    assert world.log.remembered("s", "k", START) is None
    assert [one.id for one in world.observer.entries] == [an_id(0), an_id(5), an_id(7)]
    assert [one.id for one in world.reopen().histories([an_id(1)])[an_id(1)]] == [an_id(5), an_id(7)]


def _append_and_remember_and_fail(world: World) -> None:
    with world.log.operation():
        world.log.append(life(6))
        world.log.remember("s", "k", b"f", b"a", START)
        raise ZeroDivisionError


def test_a_failed_operation_costs_no_second_look_at_the_whole_log_when_it_appended_nothing(world: World) -> None:
    before = world.observer.resets
    with pytest.raises(ZeroDivisionError), world.log.operation():
        raise ZeroDivisionError
    assert world.observer.resets == before


def test_an_observer_that_fails_takes_its_operation_with_it(world: World) -> None:
    world.observer.refuse = lambda entry: entry.id == an_id(6)
    with pytest.raises(ArithmeticError):
        world.add(life(5), life(6))
    world.add(life(7))
    assert [one.id for one in world.observer.entries] == [an_id(0), an_id(7)]
    assert world.reopen().size == 2


def test_the_clock_may_lag_a_second_but_time_never_goes_back(world: World) -> None:
    world.clock.at += 5_000
    world.add(life(5))
    world.clock.at -= 1_000
    (entry,) = world.add(life(6))
    assert entry.at == START + 5_000


def test_a_clock_running_backwards_stops_appending_until_it_is_right_again(world: World) -> None:
    world.clock.at += 5_000
    world.add(life(5))
    world.clock.at -= 1_001
    with pytest.raises(ConsentryError) as caught, world.log.operation():
        pytest.fail("an operation began under a clock that cannot be trusted")
    assert caught.value.code == "clock-untrusted"
    world.reopen()
    with pytest.raises(ConsentryError), world.log.operation():
        pytest.fail("nor after a restart")
    world.clock.at += 1
    assert world.add(life(6))[0].at == START + 5_000


def test_a_draft_cannot_bring_a_time_of_its_own(world: World) -> None:
    past = Draft(an_id(5), "sign-of-life/1", WEB, {**life(5).body, "logged_at": stamp(START - DAY)})
    (entry,) = world.add(past)
    assert entry.at == START
    assert orjson.loads(world.log.leaves(1, 1)[0][1])["logged_at"] == stamp(START)


@pytest.mark.parametrize(("draft", "error"), [
    (Draft(an_id(5), "no-such-kind/1", WEB, {}), MalformedError),
    (Draft(an_id(5), "sign-of-life/1", WEB, {"borrower": an_id(1), "source": 1.5}), CanonicalError),
    (Draft(an_id(5), "sign-of-life/1", WEB, {"borrower": an_id(1), "source": None}), CanonicalError),
    (Draft(an_id(5), "sign-of-life/1", WEB, {"borrower": an_id(1), "source": "x" * 65_535}), MalformedError),
])
def test_what_cannot_be_an_entry_is_refused_and_leaves_nothing(
    world: World, draft: Draft, error: type[Exception]
) -> None:
    with pytest.raises(error), world.log.operation():
        world.log.append(draft)
    world.log.commit()
    assert world.log.size == 1


def test_appending_outside_an_operation_or_nesting_operations_is_a_mistake(world: World) -> None:
    with pytest.raises(RuntimeError):
        world.log.append(life(5))
    with pytest.raises(RuntimeError):
        world.log.remember("s", "k", b"f", b"a", START)
    with world.log.operation(), pytest.raises(RuntimeError), world.log.operation():
        pytest.fail("an operation began inside another")


def test_committing_nothing_signs_nothing(world: World) -> None:
    note, seen = world.log.checkpoint(), list(world.faults.seen)
    with world.log.operation():
        assert world.log.find(an_id(5)) is None
    world.log.commit()
    world.log.commit()
    assert (world.log.checkpoint(), world.faults.seen) == (note, seen)


def test_an_entry_handed_out_is_not_the_callers_own_object(world: World) -> None:
    body = {"borrower": an_id(1), "source": "payment"}
    with world.log.operation():
        entry = world.log.append(Draft(an_id(5), "sign-of-life/1", WEB, body))
        body["source"] = "login"
    assert entry.body["source"] == world.observer.entries[1].body["source"] == "payment"


def test_histories_are_read_together_with_the_running_round_in_order(world: World) -> None:
    world.add(life(5, borrower=1), life(6, borrower=2), life(7, borrower=1))
    with world.log.operation():
        world.log.append(life(8, borrower=1))
        found = world.log.histories([an_id(1), an_id(2), an_id(3)])
    assert {one: [entry.id for entry in entries] for one, entries in found.items()} == {
        an_id(1): [an_id(5), an_id(7), an_id(8)], an_id(2): [an_id(6)], an_id(3): [],
    }
    assert [entry.index for entry in found[an_id(1)]] == [1, 3, 4]
    assert found[an_id(1)][0] == world.log.entry(1)
    assert world.log.histories([]) == {}


def test_the_fast_decoding_of_our_own_bytes_agrees_with_the_checking_one(world: World) -> None:
    by, auth = Actor("borrower", an_id(1)), ({"by": "courier", "sig": "x"},)
    signed = Draft(an_id(5), "sign-of-life/1", by, life(5).body, auth)
    world.add(life(6), signed, account(7, 1))
    for index, data in world.log.leaves(0, 10):
        assert world.log.entry(index) == entry_of(index, data)


def test_an_account_is_found_under_the_borrower_who_opened_it(world: World) -> None:
    world.add(account(20, borrower=1))
    assert world.log.borrower_of(an_id(20)) == an_id(1)
    assert world.log.borrower_of(an_id(21)) is None
    assert [one.id for one in world.log.histories([an_id(20)])[an_id(20)]] == [an_id(20)]
    assert world.reopen().borrower_of(an_id(20)) == an_id(1)


def test_entries_are_found_by_index_and_by_id(world: World) -> None:
    (entry,) = world.add(life(5))
    assert world.log.entry(1) == world.log.find(an_id(5)) == entry
    assert world.log.entry(2) is None
    assert world.log.entry(-1) is None
    assert world.log.leaf_hash(1) == leaf_hash(leaf(entry.draft, entry.at))
    with pytest.raises(NotFoundError):
        world.log.leaf_hash(2)
    assert world.log.find(an_id(6)) is None


def test_only_published_leaves_are_handed_out(world: World) -> None:
    world.fill(10)
    with world.log.operation():
        world.log.append(life(5))
    assert [index for index, _ in world.log.leaves(8, 5)] == [8, 9]
    assert world.log.leaves(10, 5) == []
    assert world.log.leaves(3, 0) == []


def test_an_answer_is_remembered_for_a_day_of_wall_clock_and_then_gone(world: World) -> None:
    wall = START
    with world.log.operation():
        world.log.remember("client:POST:/v1/x", "key", b"print", b"answer", wall)
        assert world.log.remembered("client:POST:/v1/x", "key", wall) == (b"print", b"answer")
    world.log.commit()
    world.reopen()
    assert world.log.remembered("client:POST:/v1/x", "key", wall + DAY - 1) == (b"print", b"answer")
    assert world.log.remembered("client:POST:/v1/x", "key", wall + DAY) is None
    assert world.log.remembered("client:POST:/v1/y", "key", wall) is None
    with world.log.operation():
        world.log.remember("other", "key", b"print", b"answer", wall + DAY)
    world.log.commit()
    assert world.log.remembered("client:POST:/v1/x", "key", wall) is None


def test_an_answer_is_durable_together_with_its_entries_or_not_at_all(world: World) -> None:
    world.faults.point = "inside-integrate"
    with world.log.operation():
        world.log.append(life(5))
        world.log.remember("s", "k", b"f", b"a", START)
    with pytest.raises(Broken):
        world.log.commit()
    world.reopen()
    assert world.log.find(an_id(5)) is None
    assert world.log.remembered("s", "k", START) is None
