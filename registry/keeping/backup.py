"""`backup`: one consistent copy of an installation while it serves.

The order is web, courier, log, keys, because of who names what. Web tier and courier only know entries that are in
the log: copied before it, no row of theirs names an entry that the copied log lacks. The keys and lines that an entry
needs are durable before that entry: copied after the log, none that the copied log needs is missing. What the parts
lack of each other's last moments is made good by following the log again.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from registry.courier.delivery_settings import FILE as DELIVERY
from registry.courier.store import DATABASE as COURIER
from registry.courier.store import KEY_FILE as COURIER_KEY
from registry.keeping.copying import copy_database, copy_file, sync, value_of
from registry.keeping.manifest import BackupError, Manifest, kept
from registry.settings import Settings
from registry.vault.keys.opening import is_token
from registry.vault.log.database import FILE as LOG
from registry.vault.log.guard import FILE as GUARD
from registry.vault.log.guard import peek

WEB, KEYS = "web.db", "keys.db"
PART = ".part"  # of the folder's name, until the backup is whole
Told = Callable[[str, int, int], None]
"""What is being copied, how many pages of it, of how many."""


@dataclass(frozen=True, slots=True)
class _Copied:
    web: Path
    courier: Path
    log: Path
    keys: Path


def back_up(settings: Settings, to: Path, at: int, told: Told = lambda _name, _done, _total: None) -> Manifest:
    """Copies everything of an installation but the key-encryption key into `to`, which must not exist.

    `at`: the wall clock, in milliseconds. It grows in a folder beside and gets its name when it is whole and durable:
    a folder of that name is always a whole backup. Raises BackupError, OSError, sqlite3.Error.
    """
    to = to.resolve()
    _check(settings, to)
    part = to.with_name(to.name + PART)
    if part.exists():
        shutil.rmtree(part)  # of a backup that was cut short
    part.mkdir(mode=0o700, parents=True)
    manifest = _copy(settings, part, at, told)
    manifest.save(part)
    for folder in (*(one for one in part.iterdir() if one.is_dir()), part):
        sync(folder)
    part.rename(to)  # from here on it is a backup
    sync(to.parent)
    return manifest


def _copy(settings: Settings, part: Path, at: int, told: Told) -> Manifest:
    copied = _Copied(part / "web" / WEB, part / "courier" / COURIER, part / "vault" / LOG, part / "vault" / KEYS)
    for folder in (copied.web, copied.courier, copied.log):
        folder.parent.mkdir(mode=0o700)
    copy_database(settings.web / WEB, copied.web, lambda done, total: told("web", done, total))
    copy_database(settings.courier / COURIER, copied.courier, lambda done, total: told("courier", done, total))
    for name in (COURIER_KEY, DELIVERY):
        if (settings.courier / name).exists():
            copy_file(settings.courier / name, part / "courier" / name)
    if settings.demo and settings.demo_file.exists():
        copy_file(settings.demo_file, part / settings.demo_file.name)
    # Read before the log is copied: the copy then holds at least what it covers.
    checkpoint = peek(settings.vault / GUARD)
    copy_database(settings.vault / LOG, copied.log, lambda done, total: told("log", done, total))
    copy_database(settings.vault / KEYS, copied.keys, lambda done, total: told("keys", done, total))
    return Manifest(
        origin=settings.origin, demo=settings.demo, public_url=settings.public_url, key_file=str(settings.key_file),
        guard=str(settings.vault / GUARD), made_at=at, size=_count(copied.log, "SELECT size FROM head"),
        web=_count(copied.web, "SELECT cursor FROM progress"),
        courier=_count(copied.courier, "SELECT value FROM meta WHERE name = 'cursor'"), checkpoint=checkpoint,
        key_ids=_key_ids(copied.keys),
        files=tuple(kept(part, path) for path in sorted(part.rglob("*")) if path.is_file()),
    )


def _check(settings: Settings, to: Path) -> None:
    if settings.web_database is not None or settings.vault_database is not None:
        raise BackupError(
            "this installation's databases lie elsewhere, on PostgreSQL: back them up there, the web database first "
            "and the vault's after it, and the courier's folder beside them; docs/operating.md, \"Backup and restore "
            "drill\", says how and why in this order")
    if to.exists():
        raise BackupError(f"{to} exists: name a new folder, one for each backup")
    if to.is_relative_to(settings.data.resolve()):
        raise BackupError("the backup would lie inside the data folder: name a place on another disk")
    if not is_token(settings.key_file) and settings.key_file.resolve().is_relative_to(to):
        raise BackupError("the key file would lie inside the backup: whoever takes one would have both")
    needed = (settings.web / WEB, settings.courier / COURIER, settings.vault / LOG, settings.vault / KEYS,
              settings.vault / GUARD)
    for name in needed:
        if not name.exists():
            raise BackupError(f"{name} is not there: nothing was backed up")


def _count(database: Path, statement: str) -> int:
    return int(value_of(database, statement) or 0)


def _key_ids(keys: Path) -> tuple[str, ...]:
    with closing(sqlite3.connect(f"file:{keys}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT kek_id FROM long_lived UNION SELECT kek_id FROM subjects").fetchall()
    return tuple(sorted(str(row[0]) for row in found))
