"""Who writes the database of a running vault takes nothing out of a history, and puts nothing into one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import IntegrityError
from tests import vault_engine
from tests.vault_log.world import World, an_id, life

CHANGES = {
    "a line is gone": ('DELETE FROM history WHERE "index" = 3', ()),
    "a word is another": (
        'UPDATE history SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3', (b"payment", b"dispute")),
    "a line is somebody else's": ('UPDATE history SET subject = zeroblob(16) WHERE "index" = 3', ()),
    "a time is another": ('UPDATE history SET at = at + 1 WHERE "index" = 3', ()),
    "an entry is another": (
        'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3', (b"payment", b"dispute")),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A log with three entries about one borrower, none of them read lately."""
    made = World(tmp_path)
    for _ in range(3):
        with made.log.operation():
            made.log.append(life(made.fresh(), 2))
    made.log.commit()
    made.log._kept.clear()
    yield made
    made.log.close()


def test_what_nobody_changed_is_read(world: World) -> None:
    assert [one.index for one in world.log.histories([an_id(2)])[an_id(2)]] == [1, 2, 3]
    found = world.log.entry(3)
    assert found is not None
    assert world.log.find(found.id) == found


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_reading_of_what_was_changed_meanwhile_ends_the_vault(world: World, change: str) -> None:
    statement, parameters = CHANGES[change]
    assert vault_engine.edit(world.folder, statement, *parameters) == 1
    with pytest.raises(IntegrityError, match="restore"):
        _ = world.log.entry(3) if "leaves" in statement else world.log.histories([an_id(2)])


def test_a_line_from_the_future_is_nobodys(world: World) -> None:
    """It has the number of no entry, so that no sum misses it; and it is not believed."""
    assert vault_engine.edit(
        world.folder, 'INSERT INTO history SELECT subject, 1000, at, leaf FROM history WHERE "index" = 3') == 1
    assert [one.index for one in world.log.histories([an_id(2)])[an_id(2)]] == [1, 2, 3]


def test_an_entry_from_the_future_is_none(world: World) -> None:
    assert vault_engine.edit(
        world.folder,
        'INSERT INTO leaves SELECT 1000, randomblob(16), at, leaf FROM leaves WHERE "index" = 3') == 1
    with pytest.raises(IntegrityError, match="restore"):
        world.log.entry(1000)


def test_what_the_running_operation_appended_is_read_in_it(world: World) -> None:
    with world.log.operation():
        made = world.log.append(life(world.fresh(), 2))
        world.log._kept.clear()
        assert world.log.histories([an_id(2)])[an_id(2)][-1] == made
    world.log._kept.clear()
    assert world.log.histories([an_id(2)])[an_id(2)][-1] == made


def test_what_is_read_again_after_a_failure_is_compared_with_the_tree(world: World) -> None:
    vault_engine.edit(
        world.folder, 'UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3',
        b"payment", b"dispute")
    world.faults.point = "integrated"
    with world.log.operation():
        world.log.append(life(world.fresh(), 1))
    with pytest.raises(IntegrityError, match="restore"):
        world.log.commit()


@vault_engine.sqlite_only
@pytest.mark.parametrize("column", ['"index"', "at", "leaf"])
@pytest.mark.parametrize("value", [0.5, "words", b"bytes"])
def test_a_cell_of_another_type_is_another_cell(world: World, column: str, value: object) -> None:
    """SQLite keeps what it is given; half an index more is another index, though no order of entries is."""
    changed = "CAST({0} AS BLOB) || ?" if column == "leaf" else "{0} + ?" if value == 0.5 else "?"
    assert vault_engine.edit(
        world.folder, f'UPDATE history SET {column} = {changed.format(column)} WHERE "index" = 3', value) == 1
    with pytest.raises(IntegrityError, match="restore"):
        world.log.histories([an_id(2)])
    with pytest.raises(IntegrityError, match="restore"):
        world.reopen()


@vault_engine.sqlite_only
@pytest.mark.parametrize("changed", ["at = at + 0.5", "at = 'words'", "leaf = CAST(leaf AS TEXT)", "leaf = 5"])
def test_nor_is_an_entry_of_such_cells_the_one_that_was_signed(world: World, changed: str) -> None:
    assert vault_engine.edit(world.folder, f'UPDATE leaves SET {changed} WHERE "index" = 3') == 1
    with pytest.raises(IntegrityError, match="restore"):
        world.reopen()
