"""`restore`: an installation from a backup, unless something newer of its log was seen anywhere.

A log that signs again from an older state signs a second history. So the backup is compared with every guard and
checkpoint that is left; behind one of them it is refused. Who was erased is erased here too before anything serves.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from registry.durable import sync
from registry.errors import IntegrityError
from registry.keeping.backup import PART
from registry.keeping.copying import copy_file
from registry.keeping.manifest import BackupError, Manifest, check_files, load
from registry.model.entries import kind_in, trusted_entry
from registry.settings import Settings
from registry.tlog.checkpoint import Checkpoint, open_checkpoint
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier, parse_verifier
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.opening import is_token, placed
from registry.vault.keys.sqlite import SqliteKeyStore
from registry.vault.keys.store import KeyStore
from registry.vault.keys.subjects import destroy_in
from registry.vault.log import database
from registry.vault.log.guard import FILE as GUARD
from registry.vault.log.guard import Guard, peek
from registry.vault.log.sqlite import SqliteStore
from registry.vault.log.startup import prove
from registry.vault.log.store import Store

ERASED = "erased/1"


@dataclass(frozen=True, slots=True)
class Restored:
    """`size`: entries of the log; `guarded`: how far the newest note goes that it was compared with; `erased`: data
    keys that were destroyed again; `compared`: files of others that it was compared with."""

    settings: Settings
    size: int
    guarded: int
    erased: int
    compared: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Into:
    """Where it is restored to: the folder, where the key lies now, and empty databases on PostgreSQL where the backup
    came from some."""

    data: Path
    key_file: Path | None = None
    web_database: str | None = None
    vault_database: str | None = None


def restore(source: Path, into: Into, guards: Collection[Path]) -> Restored:
    """Makes an installation, in a folder that must not exist, from the backup in `source`.

    The folder has its name when it is whole.

    `guards`: guard files and signed checkpoints that are left of the log; the guard of the installation that was
    backed up is looked at anyway, where it is still there. Raises BackupError (`backup-behind` when the backup lacks
    entries that were signed), IntegrityError, OSError.
    """
    manifest, data = load(source), into.data.resolve()
    check_files(source, manifest)
    _check_kind(source, into)
    _check_key(into.key_file or Path(manifest.key_file), manifest)
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise BackupError(f"{data} is not empty: name a new folder")
    left = Path(manifest.guard)
    known = {path.resolve() for path in guards}
    files = tuple(guards) + ((left,) if left.is_file() and left.resolve() not in known else ())
    notes = {path: _note_in(path) for path in files}
    part = data.with_name(data.name + PART)
    if part.exists():
        shutil.rmtree(part)  # of a restore that was cut short
    try:
        made = _make(source, replace(into, data=part), manifest, notes)
        if data.exists():
            data.rmdir()
        part.rename(data)  # from here on it can be served
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)  # what is refused lies about nowhere
        raise
    sync(data.parent)
    return replace(made, settings=replace(made.settings, data=data), compared=files)


def _check_kind(source: Path, into: Into) -> None:
    for folder, name, url in (("web", "public.json", into.web_database), ("vault", "log.json", into.vault_database)):
        if (source / folder / name).exists() != (url is not None):
            raise BackupError(f"give --{folder}-database exactly where the backup's lay on PostgreSQL: an empty one")


def _check_key(named: Path, manifest: Manifest) -> None:
    """A key file that is there already must be one that the backup's keys are wrapped by."""
    if not is_token(named) and named.is_file() and (found := KeyFile(named).key_id) not in manifest.key_ids:
        raise BackupError(f"{named} holds key {found}, but the keys in the backup are wrapped by "
                          f"{', '.join(manifest.key_ids)}: name the right file with --key-file")


def _make(source: Path, into: Into, manifest: Manifest, notes: dict[Path, str]) -> Restored:
    part = into.data
    for one in manifest.files:
        (part / one.path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy_file(source / one.path, part / one.path)
    with ExitStack() as opened:
        if into.web_database is None and into.vault_database is None:
            log: Store = SqliteStore(database.connect(part / "vault"))
            keys: KeyStore = SqliteKeyStore(part / "vault", create=False)
            opened.callback(log.close)
            opened.callback(keys.close)
        else:
            from registry.keeping.server_restore import put  # noqa: PLC0415 - its driver is loaded where it is used

            log, keys = opened.enter_context(put(part, into.web_database, into.vault_database))
        size, newest, erased = _check_log(log, part / "vault", manifest, notes)
        destroyed = destroy_in(keys, erased)
    settings = Settings(part, manifest.origin, manifest.demo, placed(into.key_file or manifest.key_file, part),
                        manifest.public_url, into.web_database, into.vault_database)
    settings.save()
    for folder in (part / "vault", part / "web", part / "courier", part):
        sync(folder)
    return Restored(settings, size, newest, destroyed, ())


def _check_log(
    store: Store, vault: Path, manifest: Manifest, notes: dict[Path, str]
) -> tuple[int, int, list[str]]:
    """Proves the copied log from its first leaf on, and writes its guard. (size, what is guarded, who is erased)"""
    head = store.head()
    genesis = store.by_index(0)
    if head is None or genesis is None:
        raise BackupError("the copied log has no entries: restore another one")
    verifier = parse_verifier(trusted_entry(*genesis).body["log_key"])
    own = {Path(GUARD): manifest.checkpoint, Path(database.FILE): head[2]}
    found = {path: (note, _opened(note, verifier, path)) for path, note in {**own, **notes}.items()}
    for path, (_, checkpoint) in found.items():
        if checkpoint.size > head[0]:
            raise _behind(head[0], checkpoint.size, path)
    proved = prove(store, {checkpoint.size for _, checkpoint in found.values()})
    if store.state() is not None:  # the first start reads what was restored from its first entry on
        store.begin()
        store.put_state(None)
        store.commit()
    if (proved.tree.size, proved.tree.root()) != head[:2] or head[0] != manifest.size:
        raise IntegrityError("the copied log is not what its head says: restore another one")
    for path, (_, checkpoint) in found.items():
        if proved.roots[checkpoint.size] != checkpoint.root:
            raise IntegrityError(
                f"{path} holds another history of this log than the backup: keep both, and compare them with "
                "every checkpoint that anybody kept, before either signs again")
    note, newest = max(found.values(), key=lambda one: one[1].size)
    Guard.begin(vault / GUARD, note)
    return head[0], newest.size, _erased(store)


def _behind(size: int, seen: int, path: Path) -> BackupError:
    return BackupError(
        f"the backup ends at entry {size}, but {path} shows that {seen} were signed: the {seen - size} entries since "
        "are not in it, consents withdrawn and objections among them, and a log that goes on from here would be a "
        "second history. Restore the newest copy there is. If there is none, those entries are lost: retire this "
        f"origin, begin another log with `init`, and keep this backup to show what was",
        code="backup-behind",
    )


def _note_in(path: Path) -> str:
    """The newest note of a guard file, or a signed checkpoint as a witness or an auditor keeps it."""
    try:
        data = path.read_bytes()
        return peek(path) if data.startswith(b"consentry-guard/") else data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} cannot be read: name a guard file, or a signed checkpoint") from error


def _opened(note: str, verifier: Verifier, path: Path) -> Checkpoint:
    try:
        return open_checkpoint(note, verifier)
    except TlogError as error:
        raise BackupError(f"{path} holds no checkpoint of this log: name another file") from error


def _erased(store: Store) -> list[str]:
    return [str(trusted_entry(index, at, data).body["subject"])
            for index, _, at, data in store.everything() if kind_in(data) == ERASED]
