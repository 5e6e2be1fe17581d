"""Backups: consistent while everything serves, whole or not there, never with the key that opens them."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.cli.backup import backup, restore_command
from registry.errors import ConsentryError, IntegrityError
from registry.keeping import backup as backing
from registry.keeping.backup import back_up
from registry.keeping.copying import copy_database, values_of
from registry.keeping.manifest import BackupError, check_files, load
from registry.keeping.restore import Into, restore
from registry.model.times import HOUR
from registry.store.database import open_engine
from registry.store.store import Store
from registry.vault.keys.kek import KeyFile
from registry.vault.log.guard import peek
from tests.databases import given, only_sqlite
from tests.keeping.conftest import Installation, into
from tests.vault_engine import postgresql_only
from tests.world import Person


@only_sqlite("its files are looked at")
def test_everything_is_in_it_but_the_key(installation: Installation, tmp_path: Path) -> None:
    person = installation.world.borrower()
    installation.catch_up()
    made = back_up(installation.settings, tmp_path / "copy", 1)
    assert {one.path for one in made.files} == {
        "web/web.db", "courier/courier.db", "courier/key.json", "vault/log.db", "vault/keys.db"}
    assert made.size == installation.world.vault.desk.log.size
    assert made == load(tmp_path / "copy")
    check_files(tmp_path / "copy", made)
    line = installation.settings.key_file.read_bytes().strip()
    secrets = [line, base64.b64decode(line), base64.b64decode(line).hex().encode()]
    for path in (tmp_path / "copy").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
        if path.is_file():
            data = path.read_bytes()
            assert not any(secret in data for secret in secrets), path
            assert person.contact_number.encode() not in data, path


def test_another_key_file_is_refused_and_says_which_key_it_is(installation: Installation, tmp_path: Path) -> None:
    back_up(installation.settings, tmp_path / "copy", 1)
    other = KeyFile.create(tmp_path / "other.key")
    with pytest.raises(BackupError, match=f"holds key {other.key_id}"):
        restore(tmp_path / "copy", replace(into(tmp_path / "again"), key_file=other.path), ())
    assert not (tmp_path / "again").exists()


@only_sqlite("its files are looked at")
def test_it_is_consistent_while_everything_is_written(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is written between the parts: none names what the log, or the keys, lack."""
    copied, world = copy_database, installation.world
    installation.catch_up()

    def meanwhile(source: Path, target: Path, _done: object) -> None:
        copied(source, target)
        world.borrower()
        installation.catch_up()

    monkeypatch.setattr(backing, "copy_database", meanwhile)
    made = back_up(installation.settings, tmp_path / "copy", 1)
    assert made.web <= made.size
    assert made.size < world.vault.desk.log.size
    world.vault.close()
    (installation.settings.vault / "guard").unlink()
    data = restore(tmp_path / "copy", into(tmp_path / "new"), ()).settings.data
    vault = installation.open(data)
    assert vault.desk.log.size >= made.size
    assert values_of(data / "web" / "web.db", "SELECT cursor FROM progress")[0] <= made.size
    vault.close()


@only_sqlite("its files are looked at")
def test_a_copy_is_one_state_though_others_write_and_they_do_not_wait(
    installation: Installation, tmp_path: Path
) -> None:
    world, stop = installation.world, threading.Event()
    sizes: list[int] = []

    def copies() -> None:
        for number in range(5):
            sizes.append(back_up(installation.settings, tmp_path / f"copy{number}", 1).size)
        stop.set()

    thread = threading.Thread(target=copies)
    thread.start()
    while not stop.is_set():
        world.borrower()
    thread.join()
    assert sizes == sorted(sizes)
    for number, size in enumerate(sizes):
        database = tmp_path / f"copy{number}" / "vault" / "log.db"
        assert values_of(database, "SELECT count(*) FROM leaves") == [size]
        assert values_of(database, "PRAGMA integrity_check") == ["ok"]


@only_sqlite("its files are looked at")
def test_a_half_made_backup_is_never_taken_for_one(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = copy_database, list[Path]()

    def fails(source: Path, target: Path, _done: object) -> None:
        calls.append(source)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(backing, "copy_database", fails)
    with pytest.raises(OSError, match="No space"):
        back_up(installation.settings, tmp_path / "copy", 1)
    assert not (tmp_path / "copy").exists()
    with pytest.raises(BackupError, match="no backup"):
        restore(tmp_path / "copy.part", into(tmp_path / "new"), ())
    monkeypatch.setattr(backing, "copy_database", real)
    assert back_up(installation.settings, tmp_path / "copy", 1).size > 0, "what was left of it stands in nobody's way"
    assert not (tmp_path / "copy.part").exists()


def test_a_backup_is_refused_where_it_would_do_harm(installation: Installation, tmp_path: Path) -> None:
    settings = installation.settings
    back_up(settings, tmp_path / "copy", 1)
    for place in (tmp_path / "copy", settings.data / "copy"):
        with pytest.raises(BackupError):
            back_up(settings, place, 1)


@only_sqlite("its files are spoiled")
@pytest.mark.parametrize("how", ["changed", "cut short", "missing"])
def test_a_backup_that_was_spoiled_is_refused(installation: Installation, tmp_path: Path, how: str) -> None:
    back_up(installation.settings, tmp_path / "copy", 1)
    spoiled = tmp_path / "copy" / "vault" / "keys.db"
    data = spoiled.read_bytes()
    if how == "missing":
        spoiled.unlink()
    else:
        spoiled.write_bytes(data[:-1] if how == "cut short" else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(BackupError, match=r"keys\.db"):
        restore(tmp_path / "copy", into(tmp_path / "new"), ())
    assert not (tmp_path / "new").exists()


# Restoring


def moved(installation: Installation, person: Person) -> None:
    installation.world.append("hold-placed/1", {
        "hold": "ab" * 16, "borrower": person.borrower, "type": "dispute",
    }, installation.world.lender, "ab" * 16)


def test_a_backup_behind_the_guard_is_refused_and_says_what_to_do(installation: Installation, tmp_path: Path) -> None:
    person = installation.world.borrower()
    size = back_up(installation.settings, tmp_path / "copy", 1).size
    moved(installation, person)
    guard = installation.settings.vault / "guard"
    (tmp_path / "witness.note").write_text(peek(guard))
    for guards in ((), (guard,), (tmp_path / "witness.note",)):
        with pytest.raises(BackupError) as refused:
            restore(tmp_path / "copy", into(tmp_path / "new"), guards)
        assert refused.value.code == "backup-behind"
        assert f"ends at entry {size}" in refused.value.detail
        assert "retire this origin" in refused.value.detail
        assert not (tmp_path / "new").exists()
        assert not (tmp_path / "new.part").exists()


def test_an_old_checkpoint_does_not_hide_the_guard_that_is_still_there(
    installation: Installation, tmp_path: Path
) -> None:
    person = installation.world.borrower()
    guard = installation.settings.vault / "guard"
    back_up(installation.settings, tmp_path / "copy", 1)
    (tmp_path / "auditor.note").write_text(peek(guard))
    moved(installation, person)
    with pytest.raises(BackupError) as refused:
        restore(tmp_path / "copy", into(tmp_path / "new"), (tmp_path / "auditor.note",))
    assert refused.value.code == "backup-behind"


def test_a_backup_that_the_guard_agrees_with_is_restored_and_goes_on(
    installation: Installation, tmp_path: Path
) -> None:
    world = installation.world
    person, other = world.unreachables(2)
    world.call("object", by={"role": "contact", "id": other.contact}, contact=other.contact, through="portal")
    installation.catch_up()
    back_up(installation.settings, tmp_path / "copy", 1)
    world.vault.close()
    made = restore(tmp_path / "copy", into(tmp_path / "new"), (installation.settings.vault / "guard",))
    assert (made.size, made.erased) == (made.guarded, 0)
    world.vault = installation.open(made.settings.data)
    assert world.opened(world.lookup(person))["number"] == person.contact_number
    assert "contact-objected" in world.codes(world.lookup(other))


@only_sqlite("its files are looked at")
def test_who_was_erased_after_the_keys_were_copied_stays_erased(installation: Installation, tmp_path: Path) -> None:
    """The newest log with older keys: what an operator puts together whose keys.db is lost."""
    world = installation.world
    person, other = world.borrower(), world.borrower()
    back_up(installation.settings, tmp_path / "old", 1)
    world.append("erasure-requested/1", {
        "subject": person.borrower, "role": "borrower", "borrower": person.borrower}, world.lender)
    world.clock.at += 73 * HOUR
    world.call("keep-house")
    world.call("keep-house")
    back_up(installation.settings, tmp_path / "copy", 1)
    world.vault.close()
    copy = tmp_path / "copy"
    (copy / "vault" / "keys.db").write_bytes((tmp_path / "old" / "vault" / "keys.db").read_bytes())
    with pytest.raises(BackupError):
        restore(copy, into(tmp_path / "new"), ())
    manifest = json.loads((copy / "manifest.json").read_text())
    old = json.loads((tmp_path / "old" / "manifest.json").read_text())
    keys = next(one for one in old["files"] if one["path"] == "vault/keys.db")
    manifest["files"] = [keys if one["path"] == keys["path"] else one for one in manifest["files"]]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    made = restore(copy, into(tmp_path / "new"), ())
    assert made.erased == 2
    assert values_of(made.settings.vault / "keys.db",
                     f"SELECT count(*) FROM subjects WHERE subject = '{person.borrower}'") == [0]
    world.vault = installation.open(made.settings.data)
    assert not world.vault.desk.keys.has_subject(person.contact)
    assert world.vault.desk.keys.has_subject(other.contact)


@only_sqlite("its files are looked at")
def test_a_backup_of_another_history_is_refused(installation: Installation, tmp_path: Path) -> None:
    world = installation.world
    back_up(installation.settings, tmp_path / "copy", 1)
    world.vault.close()
    guard = installation.settings.vault / "guard"
    old = guard.read_bytes()
    restored = restore(tmp_path / "copy", into(tmp_path / "first"), (guard,)).settings
    world.vault = installation.open(restored.data)
    world.borrower()
    back_up(restored, tmp_path / "second copy", 1)
    world.vault.close()
    guard.write_bytes(old)
    world.vault = installation.open(installation.settings.data)
    world.borrower()
    world.vault.close()
    with pytest.raises(IntegrityError, match="another history"):
        restore(tmp_path / "second copy", into(tmp_path / "new"), (guard,))
    world.vault = installation.open(installation.settings.data)


@only_sqlite("its files are looked at")
def test_the_commands_say_what_they_did(installation: Installation, tmp_path: Path) -> None:
    runner, data = CliRunner(), str(installation.settings.data)
    told = runner.invoke(backup, ["--data", data, "--to", str(tmp_path / "copy"), "--json"], catch_exceptions=False)
    assert json.loads(told.output)["entries"] == installation.world.vault.desk.log.size
    installation.world.vault.close()
    again = runner.invoke(restore_command, ["--from", str(tmp_path / "copy"), "--data", str(tmp_path / "new")],
                          catch_exceptions=False)
    assert "nothing newer was signed" in again.output
    with pytest.raises(ConsentryError):
        runner.invoke(restore_command, ["--from", str(tmp_path / "copy"), "--data", str(tmp_path / "new")],
                      catch_exceptions=False)
    installation.world.vault = installation.open(installation.settings.data)


@postgresql_only
def test_what_was_copied_of_a_server_goes_into_empty_databases_of_the_same_version_alone(
    installation: Installation, tmp_path: Path
) -> None:
    world = installation.world
    person = world.unreachable()
    installation.catch_up()
    made = back_up(installation.settings, tmp_path / "copy", 1)
    assert {"vault/log.leaves.copy", "vault/keys.subjects.copy", "web/public.sealed_values.copy"} <= {
        one.path for one in made.files}
    assert "vault/log.fence.copy" not in {one.path for one in made.files}
    world.vault.close()
    with pytest.raises(BackupError, match="not empty"):
        restore(tmp_path / "copy", Into(tmp_path / "new", **given(installation.settings.data)), ())
    with pytest.raises(BackupError, match="database"):
        restore(tmp_path / "copy", Into(tmp_path / "new"), ())
    restored = restore(tmp_path / "copy", into(tmp_path / "new"), ()).settings
    assert not list(restored.data.rglob("*.copy"))
    engine = open_engine(str(restored.web_database))
    store = Store(engine)
    assert store.cursor() == made.web > 0
    assert store.blobs_of((person.contact,))[person.contact]["number"] == base64.b64decode(
        world.blobs[person.contact, "number"])
    store.put_callback("w-1", "dialler", 1, "a.b.c.d.e", counts=True, most=5)
    engine.dispose()
    world.vault = installation.open(restored.data)
    assert world.opened(world.lookup(person))["number"] == person.contact_number
