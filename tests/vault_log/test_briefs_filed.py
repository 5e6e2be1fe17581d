"""Of an attempt a history holds what decisions read and the hash that binds the rest; the log alone has it whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from registry.errors import IntegrityError
from registry.model.briefs import brief_of
from registry.model.entries import Draft, leaf, trusted_entry
from registry.store.database import writing
from registry.tlog.tree import leaf_hash
from registry.vault.log.filing import hash_in, rows_of
from tests import vault_engine
from tests.migrations.trees import ROOT, Tree, database
from tests.vault_log.world import START, WEB, World, an_id

BORROWER, LINE = 2, 3
LOCAL = {"zone": "Asia/Shanghai", "date": "2027-01-15", "minute": 960, "offset": 480}


def attempt(number: int, kind: str = "attempt-recorded/2", **changes: Any) -> Draft:
    """An attempt at the borrower on the line; a member that is None is left out."""
    body = {
        "borrower": an_id(BORROWER), "line": an_id(LINE), "channel": an_id(6), "provider": an_id(7),
        "attempt": an_id(100 + number), "seq": number, "direction": "outbound", "class": "no-answer", "grade": "B",
        "medium": "voice", "signed_at": "2027-01-15T08:00:30.000Z", "began_at": "2027-01-15T08:00:00.000Z",
        "local": LOCAL, "line_local": [LOCAL], "table": {"name": "neutral", "version": "1", "sha256": "0" * 64},
        **changes,
    }
    return Draft(an_id(number), kind, WEB, {name: value for name, value in body.items() if value is not None})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Entries 1 to 3: nobody answered, somebody declined, a call to a contact. Nothing was read lately."""
    made = World(tmp_path)
    made.add(attempt(11), attempt(12, **{"class": "declined"}), attempt(13, borrower=None))
    made.log._kept.clear()
    yield made
    made.log.close()


def tried(world: World, one: int) -> list[int]:
    return [brief.index for brief in world.log.attempts([an_id(one)])[an_id(one)]]


def test_attempts_are_read_apart_and_as_their_entries_say(world: World) -> None:
    assert [tried(world, one) for one in (BORROWER, LINE)] == [[1, 2], [2, 3]]
    assert world.log.histories([an_id(BORROWER)]) == {an_id(BORROWER): ()}
    for brief in world.log.attempts([an_id(BORROWER)])[an_id(BORROWER)]:
        entry = world.log.entry(brief.index)
        assert entry is not None
        assert brief == brief_of(entry)


def test_an_appended_attempt_is_read_as_one_from_the_database_is(world: World) -> None:
    assert tried(world, LINE) == [2, 3], "kept from now on"
    with world.log.operation():
        made = world.log.append(attempt(14, **{"class": "engaged"}))
        assert world.log.attempts([an_id(LINE)])[an_id(LINE)][-1] == brief_of(made)
        world.log._kept.clear()
        assert world.log.attempts([an_id(LINE)])[an_id(LINE)][-1] == brief_of(made), "not stored yet"
        assert world.log.whole(an_id(LINE))[-1] == made
        assert world.log.find(made.id) == made
    world.log._kept.clear()
    assert world.log.attempts([an_id(LINE)])[an_id(LINE)][-1] == brief_of(made)


def test_what_is_filed_binds_the_whole_entry(world: World) -> None:
    stored = {(subject, index): filed
              for subject, index, _, filed in world.log._store.histories_between(b"", b"\xff" * 17)}
    for index, whose in ((1, BORROWER), (2, BORROWER), (2, LINE), (3, LINE)):
        row = world.log._store.by_index(index)
        assert row is not None
        assert hash_in(stored.pop((bytes.fromhex(an_id(whose)), index))) == leaf_hash(row[2])
    assert {index for _, index in stored} == set(), "genesis is in no history"


def test_a_history_can_be_had_whole(world: World) -> None:
    world.add(Draft(an_id(15), "hold-placed/1", WEB, {"borrower": an_id(BORROWER)}), attempt(16))
    world.log._kept.clear()
    found = world.log.whole(an_id(BORROWER))
    assert [(entry.index, entry.kind) for entry in found] == [
        (1, "attempt-recorded/2"), (2, "attempt-recorded/2"), (4, "hold-placed/1"), (5, "attempt-recorded/2")]
    assert found == [world.log.entry(index) for index in (1, 2, 4, 5)]


@pytest.mark.parametrize("read", [
    lambda world: world.log.entry(1), lambda world: world.log.find(an_id(11)),
    lambda world: world.log.whole(an_id(BORROWER)),
])
def test_another_attempt_in_the_log_is_not_the_one_filed_though_decisions_read_the_same(
    world: World, read: Any,
) -> None:
    vault_engine.edit(
        world.folder, 'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 1',
        b'"neutral"', b'"another"')
    with pytest.raises(IntegrityError, match="restore"):
        read(world)


def test_another_brief_in_a_history_is_not_believed(world: World) -> None:
    vault_engine.edit(
        world.folder,
        'UPDATE history SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 2 AND length(leaf) > 32',
        b'"declined"', b'"no-answer"')
    with pytest.raises(IntegrityError, match="restore"):
        world.log.attempts([an_id(BORROWER)])


def test_histories_of_before_become_brief_and_whole_again(tmp_path: Path) -> None:
    tree = Tree(ROOT / "vault")
    drafts = [
        attempt(11), attempt(12, **{"class": "declined"}), attempt(13, borrower=None),
        attempt(14, began_at=None, local=None, line_local=None, confirmed="2027-01-15T09:00:00.000Z"),
        attempt(15, kind="attempt-recorded/1", ring_seconds=25, direction="inbound", agency=an_id(8),
                account=an_id(9)),
        attempt(16, ticket=an_id(10), line_local=[LOCAL, {**LOCAL, "zone": "Asia/Urumqi", "minute": 840}]),
        Draft(an_id(17), "message-relayed/1", WEB, {"borrower": an_id(BORROWER), "line": an_id(LINE)}),
    ]
    leaves = [leaf(one, START) for one in drafts]
    before: dict[tuple[bytes, int], bytes] = {}
    after: dict[tuple[bytes, int], bytes] = {}
    for index, data in enumerate(leaves):
        entry = trusted_entry(index, START, data)
        whose = [bytes.fromhex(entry.body[one]) for one in ("borrower", "line") if one in entry.body]
        before |= {(one, index): data if place == 0 else leaf_hash(data) for place, one in enumerate(whose)}
        after |= {(one, index): filed for one, filed in rows_of(entry, data).items()}
    with database(tree, tmp_path / "log.db") as engine:
        tree.upgrade(engine, "0005")
        with writing(engine) as connection:
            for index, data in enumerate(leaves):
                connection.execute(text('INSERT INTO leaves ("index", id, at, leaf) VALUES (:i, :id, :at, :leaf)'),
                                   {"i": index, "id": bytes([index]) * 16, "at": START, "leaf": data})
            for (subject, index), filed in before.items():
                connection.execute(
                    text('INSERT INTO history (subject, "index", at, leaf) VALUES (:s, :i, :at, :leaf)'),
                    {"s": subject, "i": index, "at": START, "leaf": filed})
        for move, goal, expected in ((tree.upgrade, "0006", after), (tree.downgrade, "0005", before),
                                     (tree.upgrade, "0006", after)):
            move(engine, goal)
            with engine.connect() as connection:
                rows = connection.execute(text('SELECT subject, "index", at, leaf FROM history')).all()
            assert {(bytes(one), index): bytes(filed) for one, index, _, filed in rows} == expected
            assert {at for _, _, at, _ in rows} == {START}
