"""P4: no fork, no rewrite, no gap: refused when the vault starts, or seen by whoever kept a checkpoint.

A withdrawal stands in the middle of a log, and somebody wants it gone, changed, or elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.children import HOPELESS, MARK, registry_command
from registry.cli.audit import audit
from registry.errors import IntegrityError
from registry.model.entries import leaf
from registry.model.times import SECOND, stamp
from registry.up import socket_folder
from registry.vault.founding import Founding
from registry.vault.vault import Vault
from tests import vault_engine
from tests.databases import only_sqlite
from tests.promises.processes import install
from tests.promises.rewriting import CLUMSY, Leaves, leaves_of, rewrite, saved_log
from tests.promises.saved import Ready
from tests.world import ORIGIN, World

DATABASE = ("log.db", "log.db-wal", "log.db-shm")


@dataclass(slots=True)
class Case:
    """A world whose log holds a withdrawal at `place`, and the checkpoint that somebody kept after it."""

    world: World
    place: int
    kept: Path

    @property
    def vault(self) -> Path:
        return self.world.folder / "vault"

    def verify(self, since: Path | None = None, vkey: str = "") -> tuple[int, str]:
        """`registry audit verify` on a copy of the log: exit code, and the first word of the last line."""
        copy = self.world.folder / f"copy-{os.urandom(4).hex()}"
        arguments = ["verify", "--log", str(saved_log(self.world, copy)), "--key", vkey or self.vkey]
        done = CliRunner().invoke(audit, arguments + ([] if since is None else ["--since", str(since)]))
        return done.exit_code, done.output.splitlines()[-1].split()[0]

    @property
    def vkey(self) -> str:
        return self.world.vault.desk.keys.vkey


OK, FAILED = (0, "ok"), (1, "FAILED")


@pytest.fixture
def case(ready: Ready) -> Case:
    world, person = ready.world, ready.people[0]
    world.clock.at += SECOND
    place = world.vault.desk.log.size
    world.call("withdraw", by=world.lender.value(), consent=person.consent, through="lender")
    world.feeds()
    return Case(world, place, keep(world, "kept"))


def keep(world: World, name: str) -> Path:
    (world.folder / name).write_text(world.vault.desk.log.checkpoint(), "utf-8")
    return world.folder / name


@pytest.mark.parametrize("name", CLUMSY)
def test_a_changed_database_is_refused_at_start(case: Case, name: str) -> None:
    case.world.vault.close()
    for statement in CLUMSY[name].format(w=case.place).split(";"):
        words = (b'"through":"lender"', b'"through":"portal"') if "?" in statement else ()
        assert vault_engine.edit(case.vault, statement, *words) > 0
    with pytest.raises(IntegrityError):
        case.world.reopen()


def test_the_real_process_refuses_in_one_line_and_tells_up_that_it_is_beyond_help(case: Case) -> None:
    install(case.world)
    vault_engine.edit(case.vault, 'DELETE FROM leaves WHERE "index" > ?', case.place)
    with socket_folder() as sockets:
        done = subprocess.run(
            registry_command("vault", "--data", str(case.world.folder), "--sockets", str(sockets), "--demo"),
            capture_output=True, text=True, timeout=60, check=False, env={**os.environ, MARK: "1"})
        assert list(sockets.iterdir()) == []
    assert done.returncode == HOPELESS
    assert len(done.stderr.splitlines()) == 1


# By somebody who makes the whole database anew: only what was signed can tell

CLEVER: dict[str, Callable[[Case, Leaves], Leaves]] = {
    "a word is changed": lambda case, old: [
        *old[:case.place], old[case.place].replace(b'"through":"lender"', b'"through":"portal"'),
        *old[case.place + 1:]],
    "it is backdated": lambda case, old: [
        *old[:case.place], old[case.place].replace(
            stamp(case.world.clock.at).encode(), stamp(case.world.clock.at - 500).encode()),
        *old[case.place + 1:]],
    "it is taken out": lambda case, old: old[:case.place] + old[case.place + 1:],
    "the end is cut off": lambda case, old: old[:case.place],
    "two change places": lambda case, old: [
        *old[:case.place], old[case.place + 1], old[case.place], *old[case.place + 2:]],
    "one is put in before it": lambda case, old: [
        *old[:case.place],
        leaf(case.world.draft("releases-stopped/1", {}, case.world.lender), case.world.clock.at), *old[case.place:]],
}


@pytest.mark.parametrize("name", CLEVER)
def test_a_database_made_anew_without_the_key_is_refused_at_start(case: Case, name: str) -> None:
    case.world.vault.close()
    old = leaves_of(case.vault)
    assert CLEVER[name](case, old) != old
    rewrite(case.vault, CLEVER[name](case, old))
    with pytest.raises(IntegrityError):
        case.world.reopen()
    rewrite(case.vault, old)
    case.world.reopen()
    assert case.verify(case.kept) == OK, "made anew as it was, it is the same log"


@pytest.mark.parametrize("name", CLEVER)
def test_a_log_made_anew_even_with_its_key_is_seen_by_whoever_kept_a_checkpoint(case: Case, name: str) -> None:
    signer = case.world.vault.desk.keys.log_signer
    assert case.verify(case.kept) == OK
    case.world.vault.close()
    rewrite(case.vault, CLEVER[name](case, leaves_of(case.vault)), signer)
    case.world.reopen()
    assert case.verify() == OK, "nobody without a checkpoint can tell"
    assert case.verify(case.kept) == FAILED
    for _ in range(4):
        case.world.feeds()  # beyond the size that was kept
    assert case.verify(case.kept) == FAILED


# Old copies and second logs


def copied(case: Case, name: str) -> Path:
    case.world.vault.close()
    copy = vault_engine.copy(case.vault, case.world.folder / name)
    case.world.reopen()
    return copy


def put_back(copy: Path, case: Case, *files: str) -> None:
    case.world.vault.close()
    if DATABASE[0] in files and vault_engine.POSTGRESQL:
        vault_engine.put_back(copy, case.vault)
    for file in files:
        (case.vault / file).unlink(missing_ok=True)
        if (copy / file).exists():
            shutil.copy2(copy / file, case.vault / file)


@pytest.mark.parametrize("rolled_back", [
    pytest.param(DATABASE, id="the database"),
    pytest.param(("guard",), id="the guard", marks=only_sqlite("a standby's guard is behind the database")),
])
def test_an_old_copy_of_one_of_the_two_files_is_refused_at_start(case: Case, rolled_back: tuple[str, ...]) -> None:
    copy = copied(case, "copy")
    case.world.feeds()
    put_back(copy, case, *rolled_back)
    with pytest.raises(IntegrityError, match="older copy"):
        case.world.reopen()


@pytest.mark.parametrize("damage", ["missing", "emptied", "another log's"])
def test_without_its_own_guard_a_log_does_not_start(case: Case, damage: str, tmp_path: Path) -> None:
    case.world.vault.close()
    guard = case.vault / "guard"
    guard.unlink()
    if damage == "emptied":
        guard.write_bytes(b"")
    if damage == "another log's":
        other = World(tmp_path)
        other.vault.close()
        shutil.copy(tmp_path / "vault" / "guard", guard)
    with pytest.raises(IntegrityError):
        case.world.reopen()


def test_an_old_published_checkpoint_takes_nothing_back(case: Case) -> None:
    case.world.feeds()
    newer = keep(case.world, "newer")
    case.world.vault.close()
    vault_engine.edit(case.vault, "UPDATE head SET published = ?", case.kept.read_text("utf-8"))
    case.world.reopen()
    assert case.verify(newer) == OK


def test_an_old_copy_of_everything_starts_and_is_seen_by_whoever_kept_a_checkpoint(case: Case) -> None:
    copy = copied(case, "copy")
    case.world.feeds()
    newer = keep(case.world, "newer")
    put_back(copy, case, *DATABASE, "guard", "keys.db")
    case.world.reopen()
    assert case.verify(case.kept) == OK, "it is a beginning of the log"
    assert case.verify(newer) == FAILED
    for _ in range(2):
        case.world.feeds()
    assert case.verify(newer) == FAILED, "and grown again it is another log"


def test_two_vaults_on_copies_fork_and_each_is_seen_by_the_others_checkpoint(case: Case) -> None:
    copy = copied(case, "copy")
    case.world.feeds()
    first = keep(case.world, "first")
    mine = copied(case, "mine")
    put_back(copy, case, *DATABASE, "guard")
    case.world.reopen()
    case.world.feeds()
    second = keep(case.world, "second")
    assert (case.verify(case.kept), case.verify(second), case.verify(first)) == (OK, OK, FAILED)
    put_back(mine, case, *DATABASE, "guard")
    case.world.reopen()
    assert (case.verify(case.kept), case.verify(first), case.verify(second)) == (OK, OK, FAILED)


@pytest.mark.parametrize("same_keys", [
    pytest.param(True, marks=only_sqlite("on PostgreSQL log and keys lie in one database")), False])
def test_a_second_log_under_the_same_origin_is_seen(case: Case, same_keys: bool) -> None:
    world, vkey = case.world, case.vkey
    world.vault.close()
    vault_engine.forget(case.vault)
    for file in (*DATABASE, "guard", *(() if same_keys else ("keys.db",))):
        (case.vault / file).unlink(missing_ok=True)
    world.vault = Vault.create(case.vault, world.kek, Founding(
        ORIGIN, True, world.courier.public, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        [{"officer": one.id, "key": one.public} for one in world.officers],
    ), world.clock, os.urandom)
    assert (case.vkey == vkey) is same_keys
    assert case.verify() == OK
    assert case.verify(case.kept, vkey) == FAILED


def test_an_honest_log_agrees_with_every_checkpoint_ever_kept(case: Case) -> None:
    kept = [case.kept]
    for number in range(3):
        case.world.feeds()
        kept.append(keep(case.world, f"honest-{number}"))
        case.world.reopen()
    assert [case.verify(one) for one in kept] == [OK] * 4
