"""Rotation: every key wrapped by another key-encryption key, killed anywhere and gone on with, the old destroyed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.keeping import rotating
from registry.keeping.rotating import RotationError
from registry.settings import Settings, load
from registry.vault import rotation
from registry.vault.keys.kek import Epochs, KeyFile
from registry.vault.keys.opening import open_key
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.rotation import Rotation, keys_of, read_state
from registry.vault.vault import Vault
from tests.databases import only_sqlite
from tests.world import ORIGIN, World


def opener(named: str) -> KeyFile:
    key = open_key(named, os.urandom)
    assert isinstance(key, KeyFile)
    return key


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path / "data", ORIGIN, True, tmp_path / "data" / "outside.key", "http://localhost")
    made.data.mkdir()
    return made


@pytest.fixture
def world(settings: Settings) -> World:
    world = World(settings.data)
    (settings.data / "outside.key").rename(settings.data.parent / "old.key")
    return world


@pytest.fixture
def installed(settings: Settings, world: World, tmp_path: Path) -> Settings:
    made = Settings(settings.data, ORIGIN, True, tmp_path / "old.key", settings.public_url)
    made.save()
    served(world)
    return made


def served(world: World) -> None:
    """What a served vault does beside the test's: it looks for an order."""
    world.vault.desk.rotate = Rotation(world.folder / "vault", opener).step


def restart(world: World) -> None:
    """The process ends and starts again, with the keys that its settings and an order name."""
    world.vault.close()
    settings = load(world.folder)
    kek = keys_of(settings.vault, str(settings.key_file), opener)
    world.vault = Vault.open(settings.vault, kek, world.clock, os.urandom, demo=True)
    served(world)


def chores(world: World, most: int = 50) -> None:
    """Until the vault says that it is done."""
    for _ in range(most):
        world.call("keep-house")
        state = read_state(world.folder / "vault")
        if state is not None and state.state != "rewrapping":
            return
    raise AssertionError("the rotation does not end")


def wrapped_by(world: World) -> set[str]:
    with sqlite3.connect(world.folder / "vault" / "keys.db") as connection:
        found = connection.execute("SELECT kek_id FROM subjects UNION SELECT kek_id FROM long_lived")
        return {row[0] for row in found}


@only_sqlite("rows are counted in its file")
def test_every_key_is_wrapped_anew_while_the_vault_serves(
    world: World, installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    person = world.unreachable()
    for _ in range(5):
        world.borrower()
    new, old = tmp_path / "new.key", KeyFile(installed.key_file).key_id
    order = rotating.begin(installed, str(new), os.urandom)
    world.call("keep-house")
    assert len(wrapped_by(world)) == 2, "half way"
    assert world.opened(world.lookup(person))["number"] == person.contact_number
    late = world.borrower()
    chores(world)
    assert wrapped_by(world) == {KeyFile(new).key_id}
    (said,) = world.entries("keys-rotated/1")
    assert said.body == {"from": old, "to": KeyFile(new).key_id, "subjects": 12}
    state = rotating.told(installed, order)
    assert state is not None
    made = rotating.finish(installed, order, state.done, os.urandom)
    assert (made.keys, made.kept) == (12, None)
    assert not installed.key_file.exists()
    assert load(installed.data).key_file == new
    world.call("keep-house")
    restart(world)
    assert world.vault.desk.keys.has_subject(late.contact)
    assert not (installed.vault / rotation.ORDER).exists()
    assert not (installed.vault / rotation.STATE).exists()


def test_what_is_done_in_a_round_is_not_told_before_the_round_is_durable(
    world: World, installed: Settings, tmp_path: Path
) -> None:
    order = rotating.begin(installed, str(tmp_path / "new.key"), os.urandom)
    # Whoever is told destroys the old key. Several web processes may ask for chores within one round.
    world.vault.round([("keep-house", {})] * 4)
    state = read_state(installed.vault)
    assert state is None or state.state == "rewrapping"
    assert rotating.told(installed, order) == state
    chores(world, 1)
    assert len(world.entries("keys-rotated/1")) == 1


def test_the_order_and_the_new_settings_have_their_names_on_disk_before_the_next_step(
    installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, sync = [], os.fsync

    def watched(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    order = rotating.begin(installed, str(tmp_path / "new.key"), os.urandom)
    assert synced[-1] == installed.vault
    synced.clear()
    rotating.finish(installed, order, 0, os.urandom)
    assert synced.index(installed.data) < synced.index(installed.key_file), "the old key goes last"


@only_sqlite("the process is killed by closing nothing")
@pytest.mark.parametrize("rounds", range(7))
def test_killed_after_any_round_it_goes_on_where_the_database_says(
    world: World, installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    person = world.unreachable()
    for _ in range(4):
        world.borrower()
    order = rotating.begin(installed, str(tmp_path / "new.key"), os.urandom)
    world.vault.close()
    child = os.fork()
    if child == 0:
        try:
            restart(world)
            for _ in range(rounds):
                world.call("keep-house")
        finally:
            os._exit(9)
    os.waitpid(child, 0)
    restart(world)
    assert world.opened(world.lookup(person))["number"] == person.contact_number
    chores(world)
    assert len(world.entries("keys-rotated/1")) == 1
    rotating.finish(installed, order, 0, os.urandom)
    restart(world)
    assert wrapped_by(world) == {KeyFile(tmp_path / "new.key").key_id}


STEPS = ("ordered", "rewrapped", "switched", "destroyed")


@pytest.mark.parametrize("step", STEPS)
def test_the_command_killed_after_any_step_goes_on_when_it_is_given_again(
    world: World, installed: Settings, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.borrower()
    new = str(tmp_path / "new.key")
    order = rotating.begin(installed, new, os.urandom)
    if step != "ordered":
        chores(world)
    if step in ("switched", "destroyed"):
        killed_in = "destroy" if step == "switched" else "sync"
        with monkeypatch.context() as patched:
            patched.setattr(rotating, killed_in, _killed)
            with pytest.raises(KeyboardInterrupt):
                rotating.finish(installed, order, 1, os.urandom)
    restart(world)
    settings = load(installed.data)
    again = rotating.begin(settings, new, os.urandom) if (settings.vault / rotation.ORDER).exists() else order
    assert again == order
    if (settings.vault / rotation.ORDER).exists():
        chores(world)
        rotating.finish(settings, again, 1, os.urandom)
    restart(world)
    assert len(world.entries("keys-rotated/1")) == 1
    assert not (tmp_path / "old.key").exists()
    assert load(installed.data).key_file == Path(new)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@only_sqlite("its driver is broken")
@pytest.mark.parametrize("persisted", [False, True])
def test_a_batch_that_cannot_be_written_is_written_again(
    world: World, installed: Settings, tmp_path: Path, persisted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    people = [world.borrower() for _ in range(4)]
    rotating.begin(installed, str(tmp_path / "new.key"), os.urandom)
    store = world.vault.desk.keys._store
    assert isinstance(store, SqliteKeyStore)
    for _ in range(2):
        broken_commit(store, persisted)
        with pytest.raises(UnavailableError):
            chores(world)
    chores(world)
    assert wrapped_by(world) == {KeyFile(tmp_path / "new.key").key_id}
    assert all(world.vault.desk.keys.has_subject(one.contact) for one in people)
    assert len(world.entries("keys-rotated/1")) == 1


def broken_commit(store: SqliteKeyStore, persisted: bool) -> None:
    commit: Callable[[], None] = store._commit

    def breaks() -> None:
        if not store._wrote:
            return
        store._commit = commit  # type: ignore[method-assign]
        if persisted:
            commit()
        else:
            store._connection.exec_driver_sql("ROLLBACK")
            store._wrote = False
            store.losses += 1
        raise UnavailableError("the vault's keys cannot be written; try again later")

    store._commit = breaks  # type: ignore[method-assign]


def test_a_new_key_that_cannot_be_read_is_refused_and_nothing_has_changed(
    world: World, installed: Settings, tmp_path: Path
) -> None:
    world.borrower()
    new = tmp_path / "new.key"
    order = rotating.begin(installed, str(new), os.urandom)
    new.chmod(0o644)
    chores(world)
    with pytest.raises(RotationError, match="chmod 600"):
        rotating.told(installed, order)
    rotation.write_order(installed.vault, order)
    with pytest.raises(ConsentryError, match="a rotation to"):
        restart(world)
    (installed.vault / rotation.ORDER).unlink()
    restart(world)
    assert world.entries("keys-rotated/1") == []
    new.chmod(0o600)
    rotating.begin(installed, str(new), os.urandom)
    chores(world)
    assert len(world.entries("keys-rotated/1")) == 1


def test_a_second_rotation_right_after_the_first_is_carried_out(
    world: World, installed: Settings, tmp_path: Path
) -> None:
    for name in ("second.key", "third.key"):
        settings = load(installed.data)
        order = rotating.begin(settings, str(tmp_path / name), os.urandom)
        chores(world)
        state = rotating.told(settings, order)
        assert state is not None
        assert state.state == "rewrapped"
        rotating.finish(settings, order, state.done, os.urandom)
        # No chore comes between this end and the next beginning.
    assert [one.body["to"] for one in world.entries("keys-rotated/1")] == [
        order.old_id, KeyFile(tmp_path / "third.key").key_id]
    restart(world)


def test_of_two_orders_at_one_moment_the_second_is_told_so(
    world: World, installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rotating.begin(installed, str(tmp_path / "first.key"), os.urandom)
    monkeypatch.setattr(rotating, "read_order", lambda folder: None)  # it looked just before that was given
    with pytest.raises(RotationError, match="at this very moment"):
        rotating.begin(installed, str(tmp_path / "second.key"), os.urandom)
    monkeypatch.undo()
    assert rotation.read_order(installed.vault) == first
    chores(world)
    assert [one.body["to"] for one in world.entries("keys-rotated/1")] == [first.new_id]


def test_whoever_waits_for_a_rotation_that_another_run_ends_is_told_so(
    world: World, installed: Settings, tmp_path: Path
) -> None:
    new = str(tmp_path / "new.key")
    order = rotating.begin(installed, new, os.urandom)
    waits = rotating.begin(installed, new, os.urandom)
    assert waits == order
    chores(world)
    state = rotating.told(installed, order)
    assert state is not None
    rotating.finish(installed, order, state.done, os.urandom)
    with pytest.raises(RotationError, match="has ended this rotation"):
        rotating.told(installed, waits)
    rotating.begin(load(installed.data), str(tmp_path / "newer.key"), os.urandom)
    with pytest.raises(RotationError, match="has ended"):
        rotating.told(installed, waits)


def test_what_makes_no_sense_is_refused(world: World, installed: Settings, tmp_path: Path) -> None:
    with pytest.raises(RotationError, match="in use"):
        rotating.begin(installed, str(installed.key_file), os.urandom)
    with pytest.raises(ConsentryError, match="inside the data folder"):
        rotating.begin(installed, str(installed.data / "new.key"), os.urandom)
    rotating.begin(installed, str(tmp_path / "new.key"), os.urandom)
    with pytest.raises(RotationError, match="under way"):
        rotating.begin(installed, str(tmp_path / "other.key"), os.urandom)
    (installed.vault / rotation.ORDER).write_text("{")
    with pytest.raises(IntegrityError, match="rotate-keys again"):
        restart(world)


def test_an_old_key_is_overwritten_in_place_before_it_is_removed(tmp_path: Path) -> None:
    path, copy = tmp_path / "key", tmp_path / "link"
    KeyFile.create(path)
    content = path.read_bytes()
    copy.hardlink_to(path)
    rotating.destroy(path, os.urandom)
    assert not path.exists()
    assert len(copy.read_bytes()) == len(content)
    assert copy.read_bytes() != content
    rotating.destroy(path, os.urandom)


def test_both_keys_open_and_the_newer_wraps_until_the_older_is_forgotten(tmp_path: Path) -> None:
    old, new = KeyFile.create(tmp_path / "old"), KeyFile.create(tmp_path / "new")
    kek = Epochs(old)
    before = kek.wrap(b"data key")
    kek.begin(new)
    kek.begin(new)
    assert kek.key_id == new.key_id
    assert (kek.unwrap(before), new.unwrap(kek.wrap(b"another"))) == (b"data key", b"another")
    kek.end()
    with pytest.raises(IntegrityError):
        kek.unwrap(before)
