"""`audit monitor`: who looks again sees that the log only grew, what is new, and what was rewritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from registry.audit.monitor import TOLD, ContradictionError, look, new_entries
from registry.audit.reader import save
from registry.cli import registry
from registry.model.catalogue import KINDS
from registry.model.entries import leaf
from registry.tlog.errors import TlogError
from registry.tlog.tiles import ENTRIES, Tile
from tests.audit.served import MemoryLog
from tests.vault_log.world import Key, life
from tests.world import World

KEY = Key()
VKEY = str(KEY.verifier)
LEAVES = [leaf(life(number, borrower=1), number) for number in range(1, 1400)]
SIZES = st.integers(0, len(LEAVES))


def log_of(leaves: list[bytes]) -> MemoryLog:
    return MemoryLog(leaves, KEY)


class Counted:
    """A log that notes which tiles are read."""

    def __init__(self, log: MemoryLog) -> None:
        self.log, self.read = log, list[Tile]()

    def checkpoint(self) -> bytes:
        return self.log.checkpoint()

    def tile(self, tile: Tile) -> bytes:
        self.read.append(tile)
        return self.log.tile(tile)


@given(SIZES, SIZES)
def test_a_log_that_grew_continues_what_was_kept_and_shows_what_is_new(one: int, other: int) -> None:
    before, after = sorted((one, other))
    log = log_of(LEAVES[:after])
    seen = look(log, VKEY, log_of(LEAVES[:before]).checkpoint())
    assert seen.note == log.checkpoint()
    assert str(seen) == f"ok {KEY.name}: {after} entries, {after - before} of them new"
    found = list(new_entries(log, seen))
    assert [entry.index for entry in found] == list(range(before, after))
    assert [leaf(entry.draft, entry.at) for entry in found] == LEAVES[before:after]


@given(st.integers(1, len(LEAVES)), SIZES, st.data())
def test_a_past_that_was_rewritten_is_found(before: int, more: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, before - 1))
    after = min(before + more, len(LEAVES))
    rewritten = [*LEAVES[:index], LEAVES[index] + b" ", *LEAVES[index + 1:after]]
    with pytest.raises(ContradictionError) as raised:
        look(log_of(rewritten), VKEY, log_of(LEAVES[:before]).checkpoint())
    assert raised.value.note == log_of(rewritten).checkpoint()


def test_a_log_that_shrank_is_found() -> None:
    with pytest.raises(ContradictionError, match="shows 9 entries, but had 10 before"):
        look(log_of(LEAVES[:9]), VKEY, log_of(LEAVES[:10]).checkpoint())


@pytest.mark.parametrize("index", [0, 600, 700, 1299])
def test_an_entry_that_is_not_the_logs_is_not_believed(index: int) -> None:
    class Lying(Counted):
        def tile(self, tile: Tile) -> bytes:
            data = super().tile(tile)
            here = tile.level == ENTRIES and tile.n * 256 <= index < tile.n * 256 + tile.width
            return data.replace(LEAVES[index], LEAVES[index].replace(b"payment", b"PAYMENT")) if here else data

    log = Lying(log_of(LEAVES[:1300]))
    seen = look(log, VKEY, log_of(LEAVES[:600]).checkpoint())
    if index < 600 // 256 * 256:
        assert len(list(new_entries(log, seen))) == 700  # what was seen before is not read again
        return
    with pytest.raises(TlogError, match="are not those of the signed checkpoint"):
        list(new_entries(log, seen))


def test_a_second_look_reads_what_is_new() -> None:
    log = Counted(log_of(LEAVES[:1300]))
    seen = look(log, VKEY, log_of(LEAVES[:1290]).checkpoint())
    assert len(list(new_entries(log, seen))) == 10
    assert [tile for tile in log.read if tile.level == ENTRIES] == [Tile(ENTRIES, 5, 20)]


def test_another_keys_checkpoint_proves_nothing_and_is_refused() -> None:
    other = MemoryLog(LEAVES[:5], Key(seed=8))
    with pytest.raises(TlogError) as raised:
        look(other, VKEY, None)
    assert not isinstance(raised.value, ContradictionError)


# The command


def monitored(log: Path, kept: Path, *more: str) -> Result:
    return CliRunner().invoke(
        registry, ["audit", "monitor", "--log", str(log), "--key", VKEY, "--kept", str(kept), *more])


def test_the_command_keeps_each_checkpoint_until_one_contradicts(tmp_path: Path) -> None:
    kept, first, second = tmp_path / "seen", log_of(LEAVES[:20]), log_of(LEAVES[:25])
    save(first, tmp_path / "first")
    save(second, tmp_path / "second")
    save(log_of([*LEAVES[:3], *LEAVES[4:40]]), tmp_path / "other")
    assert monitored(tmp_path / "first", kept).output == f"ok {KEY.name}: 20 entries, kept from now on\n"
    assert kept.read_bytes() == first.checkpoint()
    assert monitored(tmp_path / "second", kept).output == f"ok {KEY.name}: 25 entries, 5 of them new\n"
    assert kept.read_bytes() == second.checkpoint()
    result = monitored(tmp_path / "other", kept)
    assert (result.exit_code, result.output.split(":")[0]) == (
        1, "FAILED the log's 39 entries do not begin with the 25 that were seen")
    assert kept.read_bytes() == second.checkpoint()
    assert (tmp_path / "seen.contradicts").read_bytes() == log_of([*LEAVES[:3], *LEAVES[4:40]]).checkpoint()


def test_the_command_tells_what_officers_did_and_what_went_wrong(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    world = World(tmp_path / "world")
    known = len(world.entries())
    world.sign("releases-stopped/1", {})
    leaves = [leaf(entry.draft, entry.at) for entry in world.entries()]
    (tmp_path / "seen").write_bytes(log_of(leaves[:known]).checkpoint())
    world.vault.close()
    save(log_of(leaves), tmp_path / "log")
    told, last = monitored(tmp_path / "log", tmp_path / "seen").output.splitlines()
    assert told.split()[0] == str(known)
    assert told.split()[2:] == ["releases-stopped/1", "by", "officer", world.officers[0].id]
    assert last.endswith(f"{known + 1} entries, 1 of them new")


def test_every_kind_that_is_told_exists() -> None:
    assert KINDS.keys() >= TOLD
