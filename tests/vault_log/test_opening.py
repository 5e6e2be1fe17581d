"""Opening a folder compares everything with everything; each difference is refused and says what to do."""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from registry.errors import ConflictError, IntegrityError, MalformedError, UnavailableError
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.vault.log import Log, startup
from registry.vault.log.guard import Guard
from tests import vault_engine
from tests.vault_log.world import HandClock, Key, Recorder, World, an_id, genesis, life


def edit(world: World, statement: str, *parameters: object) -> None:
    """Changes the closed log's database behind its back."""
    assert vault_engine.edit(world.folder, statement, *parameters)


def copy(world: World, name: str) -> Path:
    return vault_engine.copy(world.folder, world.folder.with_name(name))


def put_back(kept: Path, world: World, *files: str) -> None:
    if vault_engine.POSTGRESQL and files == DATABASE:
        vault_engine.put_back(kept, world.folder)
        return
    for file in files:
        (world.folder / file).unlink(missing_ok=True)
        if (kept / file).exists():
            shutil.copy(kept / file, world.folder / file)


DATABASE = ("log.db", "log.db-wal", "log.db-shm")


def test_an_opened_log_is_the_one_that_was_closed(world: World) -> None:
    world.fill(600)
    before, note = world.observer.entries, world.log.checkpoint()
    world.reopen()
    assert world.observer.entries == before
    assert (world.log.checkpoint(), world.log.size, world.log.published) == (note, 600, 600)


@pytest.mark.parametrize("held", [100, 256, 300])
def test_a_long_log_is_proved_piece_by_piece(world: World, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(startup, "HELD", held)
    world.fill(700)
    before = world.log.checkpoint()
    world.reopen()
    assert world.log.checkpoint() == before
    world.add(life(5))
    world.log.close()
    edit(world, "UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND n = 0")
    with pytest.raises(IntegrityError, match="tile 0/0"):
        world.reopen()


@vault_engine.sqlite_only
def test_a_folder_without_a_log_is_not_made_into_one(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="registry init"):
        Log.open(tmp_path, Key(), HandClock(), Recorder())
    assert list(tmp_path.iterdir()) == []


def test_a_log_is_never_created_over_another(world: World) -> None:
    world.log.close()
    with pytest.raises(ConflictError):
        Log.create(world.folder, world.key, world.clock, Recorder(), genesis())
    assert world.reopen().size == 1


@pytest.mark.parametrize("draft", [genesis("other.invalid/log"), life(5)])
def test_a_log_begins_with_a_genesis_of_its_own_origin(tmp_path: Path, draft) -> None:
    with pytest.raises(MalformedError):
        Log.create(tmp_path, Key(), HandClock(), Recorder(), draft)


def test_a_second_vault_on_the_same_folder_is_refused(world: World) -> None:
    with pytest.raises(UnavailableError) as caught:
        Log.open(world.folder, world.key, world.clock, Recorder())
    assert caught.value.code == "log-locked"
    assert world.add(life(5))


def _open_elsewhere(folder: Path) -> None:
    Log.open(folder, Key(), HandClock(), Recorder())


def test_a_second_vault_in_another_process_is_refused_too(world: World) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_open_elsewhere, args=(world.folder,))
    process.start()
    process.join()
    assert process.exitcode == 1


@pytest.mark.parametrize(("statement", "parameters"), [
    ('UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3', (b"payment", b"dispute")),
    ('UPDATE leaves SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 299', (b"payment", b"dispute")),
    ('DELETE FROM leaves WHERE "index" = 299', ()),
    ('DELETE FROM leaves WHERE "index" = 3', ()),
    ('INSERT INTO leaves SELECT 300, randomblob(16), at, leaf FROM leaves WHERE "index" = 299', ()),
    ('UPDATE leaves SET id = zeroblob(15) WHERE "index" = 3', ()),
    ('UPDATE leaves SET at = at + 1 WHERE "index" = 299', ()),
    ('UPDATE leaves SET at = at - 1 WHERE "index" = 3', ()),
    ("UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND n = 0", ()),
    ("UPDATE tiles SET hashes = substr(hashes, 1, 32) WHERE level = 0 AND n = 1", ()),
    ("UPDATE tiles SET hashes = zeroblob(32) WHERE level = 1", ()),
    ("DELETE FROM tiles WHERE level = 0 AND n = 1", ()),
    ("DELETE FROM history", ()),
    ("UPDATE head SET size = 299", ()),
    ("UPDATE head SET root = zeroblob(32)", ()),
    ("UPDATE head SET published = 'x'", ()),
    ("DELETE FROM head", ()),
    ("DELETE FROM leaves", ()),
    ('DELETE FROM history WHERE "index" = 3', ()),
    ('UPDATE history SET subject = zeroblob(16) WHERE "index" = 3', ()),
    ('UPDATE history SET leaf = CAST(replace(leaf, ?, ?) AS BLOB) WHERE "index" = 3', (b"payment", b"dispute")),
    ('UPDATE history SET at = at + 1 WHERE "index" = 3', ()),
    ('INSERT INTO history SELECT zeroblob(16), "index", at, leaf FROM history WHERE "index" = 3', ()),
    ("INSERT INTO accounts VALUES (zeroblob(16), zeroblob(16))", ()),
])
def test_a_changed_database_is_refused(world: World, statement: str, parameters: tuple[object, ...]) -> None:
    world.fill(300)
    world.log.close()
    edit(world, statement, *parameters)
    with pytest.raises(IntegrityError):
        world.reopen()


def test_an_older_copy_of_the_database_is_refused_because_of_the_guard(world: World) -> None:
    world.log.close()
    kept = copy(world, "kept")
    world.reopen()
    world.add(life(5))
    world.log.close()
    put_back(kept, world, *DATABASE)
    with pytest.raises(IntegrityError, match="older copy"):
        world.reopen()


@vault_engine.sqlite_only  # a server's log may have gone on under another host's guard
def test_an_older_copy_of_the_guard_is_refused_because_of_the_database(world: World) -> None:
    kept = copy(world, "kept")
    world.add(life(5))
    world.add(life(6))  # the database records what was published before
    world.log.close()
    put_back(kept, world, "guard")
    with pytest.raises(IntegrityError, match="guard"):
        world.reopen()


@vault_engine.postgresql_only
def test_the_guard_of_a_host_that_was_away_is_brought_up_over_what_another_published(world: World) -> None:
    before = (world.folder / "guard").read_bytes()
    world.add(life(5))
    world.add(life(6))
    world.log.close()
    (world.folder / "guard").write_bytes(before)
    assert world.reopen().published == 3
    assert world.log._guarded.checkpoint.size == 3


def test_a_guard_one_round_behind_is_what_a_kill_leaves_and_is_caught_up(world: World) -> None:
    world.log.close()
    kept = copy(world, "kept")
    world.reopen()
    world.add(life(5))
    world.log.close()
    put_back(kept, world, "guard")
    assert world.reopen().published == 2


def test_another_history_of_the_same_length_is_refused(world: World) -> None:
    world.log.close()
    kept = copy(world, "kept")
    world.reopen()
    world.add(life(5), life(6))
    world.log.close()
    forked = Log.open(kept, world.key, world.clock, Recorder())
    with forked.operation():
        forked.append(life(7))
        forked.append(life(8))
    forked.commit()
    forked.close()
    put_back(kept, world, *DATABASE)
    with pytest.raises(IntegrityError, match="not those that were signed"):
        world.reopen()


def test_a_missing_guard_is_refused(world: World) -> None:
    world.log.close()
    (world.folder / "guard").unlink()
    with pytest.raises(IntegrityError, match="put it back"):
        world.reopen()


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"junk", None])
def test_a_damaged_guard_is_refused(world: World, content: bytes | None) -> None:
    world.log.close()
    path = world.folder / "guard"
    path.write_bytes(path.read_bytes().replace(b"demo.invalid", b"fake.invalid") if content is None else content)
    with pytest.raises(IntegrityError, match="damaged"):
        world.reopen()


def test_one_damaged_slot_of_the_guard_is_survived_when_it_is_the_older(world: World) -> None:
    world.add(life(5))
    world.log.close()
    path = world.folder / "guard"
    data = path.read_bytes()
    slots = [data[:4096], data[4096:]]
    older = min(range(2), key=lambda slot: int(slots[slot].split(b"\n")[1]))
    slots[older] = bytes(4096)
    path.write_bytes(b"".join(slots))
    assert world.reopen().size == 2


def test_a_guard_signed_by_another_key_is_refused(world: World) -> None:
    world.log.close()
    other = Key(seed=8)
    note = sign_checkpoint(Checkpoint(other.name, 1, bytes(32)), other)
    Guard.begin(world.folder / "guard", note)
    with pytest.raises(IntegrityError, match="our key did not sign"):
        world.reopen()


@pytest.mark.parametrize("key", [Key(seed=8), Key("other.invalid/log"), Key("other.invalid/log", 8)])
def test_the_key_of_another_log_is_refused(world: World, key: Key) -> None:
    with pytest.raises(IntegrityError):
        world.reopen(signer=key)
    assert world.reopen().size == 1


def test_a_folder_that_was_refused_is_not_left_locked(world: World) -> None:
    with pytest.raises(IntegrityError):
        world.reopen(signer=Key(seed=8))
    assert world.reopen().size == 1


@vault_engine.sqlite_only  # a lease is let go of by who holds it, or by his end
def test_a_log_dropped_without_closing_lets_go_of_its_folder(tmp_path: Path) -> None:
    Log.create(tmp_path, Key(), HandClock(), Recorder(), genesis())
    assert Log.open(tmp_path, Key(), HandClock(), Recorder()).size == 1


@vault_engine.sqlite_only
def test_the_log_is_durable_before_it_is_answered_and_deleted_means_gone(world: World) -> None:
    pragma = {
        name: world.log._store._run(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_what_the_log_writes_is_for_its_user_alone(world: World) -> None:
    world.add(life(5))
    assert world.folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in world.folder.iterdir() if path.stat().st_mode & 0o077] == []


def test_opening_a_log_leaves_the_process_logging_as_it_was(world: World) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").level, logging.getLogger("x").disabled)
    world.reopen()
    after = (root.level, list(root.handlers), logging.getLogger("alembic").level, logging.getLogger("x").disabled)
    assert after == before


def test_entries_written_before_a_restart_are_filed_after_it(world: World) -> None:
    world.add(life(5, borrower=3))
    world.reopen()
    world.add(life(6, borrower=3))
    assert [entry.index for entry in world.log.histories([an_id(3)])[an_id(3)]] == [1, 2]


@vault_engine.sqlite_only
def test_a_new_logs_pages_are_wide_enough_for_an_attempt(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.log.close()
    with closing(sqlite3.connect(world.folder / "log.db")) as database:
        assert database.execute("PRAGMA page_size").fetchone() == (8192,)
