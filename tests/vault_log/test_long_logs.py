"""A long log begins from its kept state: nothing that was changed meanwhile is believed, and all of it is found."""

from __future__ import annotations

import hmac
import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.vault.log import Log, checked, running, startup
from registry.vault.log.memory import Folded
from tests import vault_engine
from tests.vault_log.test_opening import edit
from tests.vault_log.world import Broken, Recorder, World, account, an_id, life

ENTRIES = 600
BORROWERS = 7


class Sealer:
    """A keeper for a recorder, with a key of its own."""

    def __init__(self, recorder: Recorder, code: bytes = b"code") -> None:
        self.recorder, self.code = recorder, code
        self.opened = 0

    def new_key(self) -> bytes:
        return bytes(32)

    def seal(self, folded: Folded) -> bytes:
        data = pickle.dumps((folded, self.recorder.entries))
        return hmac.digest(self.code, data, "sha256") + data

    def open(self, sealed: bytes) -> Folded | None:
        if not hmac.compare_digest(hmac.digest(self.code, sealed[32:], "sha256"), sealed[:32]):
            return None
        folded, self.recorder.entries = pickle.loads(sealed[32:])
        self.opened += 1
        assert isinstance(folded, Folded)
        return folded


def scattered(number: int) -> str:
    """An id as they are drawn: on any shelf."""
    return random.Random(number).randbytes(16).hex()


def fill(world: World, count: int) -> None:
    with world.log.operation():
        for number in range(count):
            one = life(0, number % BORROWERS)
            world.log.append(type(one)(scattered(world.fresh()), one.kind, one.by, one.body))
    world.log.commit()


def reopen(world: World, code: bytes = b"code", **more: object) -> Sealer:
    recorder = Recorder()
    sealer = Sealer(recorder, code)
    world.reopen(observer=recorder, keeper=sealer, **more)
    return sealer


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A log that is called long, whose state was kept at 400 of 601 entries."""
    monkeypatch.setattr(startup, "WHOLE", 300)
    made = World(tmp_path)
    reopen(made)
    fill(made, 399)
    made.log.keep_state(0)
    with made.log.operation():
        made.log.append(account(5000, 3))
    made.log.commit()
    fill(made, ENTRIES - 400)
    yield made
    made.log.close()


def compare_rest(world: World) -> None:
    world.log.compare_rest(lambda: False)


def read_all(log: Log) -> None:
    """Whatever a decision, an auditor or a follower can read."""
    log.histories([an_id(number) for number in range(BORROWERS)])
    log.borrower_of(an_id(5000))
    for index in range(log.size):
        found = log.entry(index)
        assert found is not None
        assert log.find(found.id) == found
    assert len(log.leaves(0, log.size)) == log.size


def test_a_long_log_goes_on_from_its_kept_state(world: World) -> None:
    before, note = world.observer.entries, world.log.checkpoint()
    sealer = reopen(world)
    assert sealer.opened == 1
    assert (world.observer.entries, world.log.checkpoint(), world.observer.resets) == (before, note, 1)
    assert world.log.percent_checked == 0
    read_all(world.log)
    compare_rest(world)
    assert world.log.percent_checked == 100
    read_all(world.log)


def test_a_short_log_is_read_whole_whatever_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "WHOLE", ENTRIES + 1)
    assert reopen(world).opened == 0
    assert world.log.percent_checked == 100


def test_it_is_compared_a_little_at_a_time_and_says_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checked, "AT_ONCE", 10)
    reopen(world)
    seen = [0]
    while world.log.percent_checked < 100:
        turns = iter([False, True])
        world.log.compare_rest(lambda turns=turns: next(turns))  # type: ignore[misc]
        seen.append(world.log.percent_checked)
    assert seen == sorted(seen)
    assert len(set(seen)) > 40


def test_what_is_appended_before_everything_is_compared_is_compared_with_the_rest(world: World) -> None:
    reopen(world)
    fill(world, 50)
    world.log.histories([an_id(1)])
    fill(world, 50)
    compare_rest(world)
    assert len(world.observer.entries) == world.log.size


def test_an_account_opened_twice_stays_where_it_was_opened_first(world: World) -> None:
    with world.log.operation():
        again = account(5000, 4)
        world.log.append(type(again)(an_id(5001), again.kind, again.by, again.body))
    world.log.commit()
    reopen(world)
    assert world.log.borrower_of(an_id(5000)) == an_id(3)
    compare_rest(world)


CHANGES: dict[str, tuple[str, tuple[object, ...]]] = {
    "a word of an old entry": (
        'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3', (b"payment", b"dispute")),
    "a word of a new entry": (
        'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 500', (b"payment", b"dispute")),
    "an old entry is gone": ('DELETE FROM leaves WHERE "index" = 3', ()),
    "a new entry is gone": ('DELETE FROM leaves WHERE "index" = 500', ()),
    "the last entry is gone": ('DELETE FROM leaves WHERE "index" = 600', ()),
    "one more entry": ('INSERT INTO leaves SELECT 601, randomblob(16), at, leaf FROM leaves WHERE "index" = 600', ()),
    "an old entry's id": ('UPDATE leaves SET id = randomblob(16) WHERE "index" = 3', ()),
    "no id": ('UPDATE leaves SET id = zeroblob(15) WHERE "index" = 3', ()),
    "a new entry's id": ('UPDATE leaves SET id = randomblob(16) WHERE "index" = 500', ()),
    "an old entry's time": ('UPDATE leaves SET at = at - 1 WHERE "index" = 3', ()),
    "a new entry's time": ('UPDATE leaves SET at = at + 1 WHERE "index" = 600', ()),
    "a full tile": ("UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND n = 0", ()),
    "the last tile": ("UPDATE tiles SET hashes = substr(hashes, 1, 32) WHERE level = 0 AND n = 2", ()),
    "a tile above": ("UPDATE tiles SET hashes = zeroblob(64) WHERE level = 1", ()),
    "a tile is gone": ("DELETE FROM tiles WHERE level = 0 AND n = 1", ()),
    "one tile more": ("INSERT INTO tiles SELECT level, 3, hashes FROM tiles WHERE level = 0 AND n = 2", ()),
    "the head's size": ("UPDATE head SET size = 599", ()),
    "the head's root": ("UPDATE head SET root = zeroblob(32)", ()),
    "no head": ("DELETE FROM head", ()),
    "no leaves": ("DELETE FROM leaves", ()),
    "no histories": ("DELETE FROM history", ()),
    "an old line of a history": ('DELETE FROM history WHERE "index" = 3', ()),
    "a new line of a history": ('DELETE FROM history WHERE "index" = 500', ()),
    "filed under nobody": ('UPDATE history SET subject = zeroblob(16) WHERE "index" = 5', ()),
    "filed under no id": ('UPDATE history SET subject = zeroblob(1) WHERE "index" = 3', ()),
    "a word in a history": (
        'UPDATE history SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3', (b"payment", b"dispute")),
    "a time in a history": ('UPDATE history SET at = at + 1 WHERE "index" = 3', ()),
    "twice in a history": (
        'INSERT INTO history SELECT zeroblob(16), "index", at, leaf FROM history WHERE "index" = 5', ()),
    "after the end": (
        'INSERT INTO history SELECT subject, 601, at, leaf FROM history WHERE "index" = 5', ()),
    "an account of nobody": ("INSERT INTO accounts VALUES (zeroblob(16), zeroblob(16))", ()),
    "an account's borrower": ("UPDATE accounts SET borrower = zeroblob(16)", ()),
    "no accounts": ("DELETE FROM accounts", ()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_database_is_refused_at_start_or_found_by_whoever_reads_it_and_in_the_background(
    world: World, change: str,
) -> None:
    statement, parameters = CHANGES[change]
    world.log.close()
    edit(world, statement, *parameters)
    try:
        reopen(world)
    except IntegrityError:
        return
    with pytest.raises(IntegrityError):
        read_all(world.log)
    reopen(world)
    with pytest.raises(IntegrityError) as found:
        compare_rest(world)
    with pytest.raises(IntegrityError, match="earlier error"), world.log.operation():
        pass
    world.log.distrust(found.value)
    with pytest.raises(IntegrityError):
        reopen(world)


READ: dict[str, tuple[str, Callable[[Log], object]]] = {
    "a history lacks a line": ('DELETE FROM history WHERE "index" = 3', lambda log: log.histories([an_id(2)])),
    "an entry is another": (CHANGES["a word of an old entry"][0], lambda log: log.entry(3)),
    "an entry is gone": ('DELETE FROM leaves WHERE "index" = 3', lambda log: log.entry(3)),
    "an entry is gone from a range": ('DELETE FROM leaves WHERE "index" = 3', lambda log: log.leaves(0, 10)),
    "the end of a range is gone": ('DELETE FROM leaves WHERE "index" = 3', lambda log: log.leaves(0, 4)),
    "an id is another": (
        'UPDATE leaves SET id = randomblob(16) WHERE "index" = 3', lambda log: log.find(scattered(1002))),
    "an account is another's": (
        "UPDATE accounts SET borrower = zeroblob(16)", lambda log: log.borrower_of(an_id(5000))),
    "an account is nobody's": ("DELETE FROM accounts", lambda log: log.borrower_of(an_id(5000))),
}


@pytest.mark.parametrize("name", READ)
def test_the_first_reading_of_what_was_changed_ends_the_vault(world: World, name: str) -> None:
    statement, read = READ[name]
    found = world.log.entry(3)
    assert found is not None
    assert found.id == scattered(1002)
    assert found.body["borrower"] == an_id(2)
    world.log.close()
    edit(world, statement, *((b"payment", b"dispute") if "?" in statement else ()))
    reopen(world)
    with pytest.raises(IntegrityError, match="restore"):
        read(world.log)


def test_writing_to_a_shelf_does_not_hide_what_it_lacked(world: World) -> None:
    world.log.close()
    edit(world, 'DELETE FROM history WHERE "index" = 3')
    reopen(world)
    with pytest.raises(IntegrityError), world.log.operation():
        world.log.append(life(9000, borrower=2))


@pytest.mark.parametrize("change", [
    "UPDATE state SET sealed = CAST(substr(sealed, 1, 40) || zeroblob(1) AS BLOB)", "DELETE FROM state",
    "UPDATE state SET sealed = zeroblob(0)",
])
def test_a_state_that_was_tampered_with_is_not_believed(world: World, change: str) -> None:
    before = world.observer.entries
    world.log.close()
    if vault_engine.POSTGRESQL and "||" in change:
        change = "UPDATE state SET sealed = zeroblob(9)"
    edit(world, change)
    assert reopen(world).opened == 0
    assert world.observer.entries == before
    assert world.log.percent_checked == 100
    assert vault_engine.ask(world.folder, "SELECT count(*) FROM state") == [(0,)]


def test_the_state_of_another_code_is_not_believed_and_its_own_is_kept_next(world: World) -> None:
    before = world.observer.entries
    assert reopen(world, b"newer").opened == 0
    assert world.observer.entries == before
    world.log.keep_state(0)
    assert reopen(world, b"newer").opened == 1
    assert world.observer.entries == before


def test_an_older_state_put_back_costs_time_and_nothing_else(world: World) -> None:
    older = vault_engine.copy_of_state(world.folder)
    world.log.keep_state(0)
    world.log.close()
    vault_engine.put_state(world.folder, older)
    before = world.observer.entries
    assert reopen(world).opened == 1
    assert world.observer.entries == before
    compare_rest(world)


def test_the_state_of_another_log_under_the_same_key_is_not_believed(world: World, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other")
    reopen(other)
    other.add(life(7777))
    for count in (399, 900):
        fill(other, count)
        other.log.keep_state(0)
        foreign = vault_engine.copy_of_state(other.folder)
        world.log.close()
        vault_engine.put_state(world.folder, foreign)
        reopen(world)
        assert world.log.percent_checked == 100, "it was read whole"
        assert len(world.observer.entries) == world.log.size
        world.log.keep_state(0)
    other.log.close()


def test_it_is_kept_as_often_as_much_was_added(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "KEEP_EVERY", 10)
    kept = world.log._memory.kept
    world.log.keep_state(202)
    assert world.log._memory.kept == kept
    world.log.keep_state(201)
    assert world.log._memory.kept == world.log.size


@pytest.mark.parametrize("point", ["inside-integrate", "integrated"])
def test_a_round_that_fails_is_folded_again_from_the_kept_state(world: World, point: str) -> None:
    sealer = reopen(world, faults=world.faults)
    world.faults.point = point
    with pytest.raises(Broken):
        fill(world, 5)
    assert sealer.opened == 2
    fill(world, 5)
    assert [entry.index for entry in world.observer.entries] == list(range(world.log.size))
    compare_rest(world)


def test_an_operation_that_is_refused_costs_no_folding(world: World) -> None:
    with suppress(ZeroDivisionError), world.log.operation():
        world.log.append(life(9000))
        raise ZeroDivisionError
    assert world.observer.resets == 1
    assert len(world.observer.entries) == world.log.size


def test_an_observer_that_fails_is_folded_again(world: World) -> None:
    world.observer.refuse = lambda entry: entry.id == an_id(9001)
    with suppress(ArithmeticError), world.log.operation():
        world.log.append(life(9000))
        world.log.append(life(9001))
    assert world.log.find(an_id(9000)) is None
    assert len(world.observer.entries) == world.log.size
    compare_rest(world)


def test_storage_that_fails_while_it_compares_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reopen(world)
    with monkeypatch.context() as broken:
        def fails(*_: object) -> None:
            raise OSError
        broken.setattr(world.log._store, "ids_between", fails)
        with pytest.raises(UnavailableError) as caught:
            compare_rest(world)
    assert isinstance(caught.value, ConsentryError)
    compare_rest(world)
    assert world.log.percent_checked == 100
