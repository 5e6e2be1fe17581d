"""An entry about a borrower's line is filed whole in the borrower's history, and by its hash in the line's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from registry.errors import IntegrityError
from registry.model.entries import Draft, leaf
from registry.store.database import writing
from registry.tlog.tree import leaf_hash
from tests import vault_engine
from tests.migrations.trees import ROOT, Tree, database
from tests.vault_log.world import START, WEB, World, an_id

BORROWER, LINE = 2, 3


def added(number: int, borrower: int = BORROWER) -> Draft:
    return Draft(an_id(number), "channel-added/1", WEB, {"borrower": an_id(borrower), "line": an_id(LINE)})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A line that two borrowers have; nothing was read lately."""
    made = World(tmp_path)
    made.add(added(11), added(12, borrower=4))
    made.log._kept.clear()
    yield made
    made.log.close()


def indexes(world: World, *ids: int) -> list[list[int]]:
    return [[entry.index for entry in world.log.histories([an_id(one)])[an_id(one)]] for one in ids]


def test_a_line_holds_the_hash_of_what_the_borrower_has_whole(world: World) -> None:
    stored = {(subject, index): filed
              for subject, index, _, filed in world.log._store.histories_between(b"", b"\xff" * 17)}
    for index, borrower in ((1, BORROWER), (2, 4)):
        whole = stored[bytes.fromhex(an_id(borrower)), index]
        assert stored[bytes.fromhex(an_id(LINE)), index] == leaf_hash(whole)


def test_both_histories_are_read_as_if_each_were_whole(world: World) -> None:
    assert indexes(world, BORROWER, LINE, 4) == [[1], [1, 2], [2]]
    line = world.log.histories([an_id(LINE)])[an_id(LINE)]
    assert [entry.id for entry in line] == [an_id(11), an_id(12)]
    assert line[0] is world.log.histories([an_id(BORROWER)])[an_id(BORROWER)][0]


def test_a_line_is_read_alone_too(world: World) -> None:
    assert indexes(world, LINE) == [[1, 2]]


def test_a_busy_line_alone_is_read_from_the_log_in_one_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add(*(added(number) for number in range(13, 23)))
    world.log._kept.clear()
    store, asked = world.log._store, list[int]()
    with monkeypatch.context() as patch:
        patch.setattr(store, "by_index", None)
        by_indices = store.by_indices
        patch.setattr(store, "by_indices", lambda indices: (asked.append(len(indices)), by_indices(indices))[1])
        assert indexes(world, LINE) == [[*range(1, 13)]]
    assert asked == [12]
    with world.log.operation():
        made = world.log.append(added(23))
        world.log._kept.clear()
        assert world.log.histories([an_id(LINE)])[an_id(LINE)][-1] == made, "the running round's is not stored yet"
    world.log._kept.clear()
    assert indexes(world, LINE, 4) == [[*range(1, 14)], [2]]


def test_another_entry_in_the_log_is_not_the_one_the_line_names(world: World) -> None:
    vault_engine.edit(
        world.folder, 'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 1',
        an_id(11).encode(), an_id(13).encode())
    with pytest.raises(IntegrityError, match="restore"):
        world.log.histories([an_id(LINE)])


def test_another_hash_in_the_line_is_not_believed(world: World) -> None:
    assert vault_engine.edit(world.folder, 'UPDATE history SET leaf = zeroblob(32) WHERE length(leaf) = 32') == 2
    with pytest.raises(IntegrityError, match="restore"):
        world.log.histories([an_id(LINE)])


def test_an_entry_without_a_borrower_is_whole_in_the_line(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add(Draft(an_id(11), "objected/1", WEB, {"line": an_id(LINE)}))
    world.log._kept.clear()
    assert indexes(world, LINE) == [[1]]
    world.log.close()


def test_second_copies_of_before_become_hashes_and_whole_again(tmp_path: Path) -> None:
    tree = Tree(ROOT / "vault")
    data = leaf(added(11), START)
    alone = leaf(Draft(an_id(12), "attempt-recorded/2", WEB, {"line": an_id(LINE)}), START)
    filed = {(BORROWER, 1): data, (LINE, 1): data, (LINE, 2): alone}
    short = filed | {(LINE, 1): leaf_hash(data)}
    with database(tree, tmp_path / "log.db") as engine:
        tree.upgrade(engine, "0004")
        with writing(engine) as connection:
            for index, one in ((1, data), (2, alone)):
                connection.execute(text('INSERT INTO leaves ("index", id, at, leaf) VALUES (:i, :id, :at, :leaf)'),
                                   {"i": index, "id": bytes([index]) * 16, "at": START, "leaf": one})
            for (subject, index), one in filed.items():
                connection.execute(
                    text('INSERT INTO history (subject, "index", at, leaf) VALUES (:s, :i, :at, :leaf)'),
                    {"s": bytes.fromhex(an_id(subject)), "i": index, "at": START, "leaf": one})
        for goal, expected in (("0005", short), ("0004", filed), ("0005", short)):
            if goal == "0004":
                tree.downgrade(engine, goal)
            else:
                tree.upgrade(engine, goal)
            with engine.connect() as connection:
                rows = connection.execute(text('SELECT subject, "index", leaf FROM history')).all()
            assert {(bytes(s), i): bytes(one) for s, i, one in rows} == {
                (bytes.fromhex(an_id(s)), i): one for (s, i), one in expected.items()}
