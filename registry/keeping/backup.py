"""`backup`: one consistent copy of an installation while it serves.

The order is web, courier, log, keys, because of who names what. Web tier and courier only know entries that are in
the log: copied before it, no row of theirs names an entry that the copied log lacks. The keys and lines that an entry
needs are durable before that entry: copied after the log, none that the copied log needs is missing. What the parts
lack of each other's last moments is made good by following the log again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.courier.delivery_settings import FILE as DELIVERY
from registry.courier.store import DATABASE as COURIER
from registry.courier.store import KEY_FILE as COURIER_KEY
from registry.databases import is_postgresql
from registry.durable import sync
from registry.keeping.copying import copy_database, copy_file, values_of
from registry.keeping.manifest import BackupError, Manifest, kept
from registry.settings import Settings
from registry.vault.keys.opening import is_token
from registry.vault.log.database import FILE as LOG
from registry.vault.log.guard import FILE as GUARD
from registry.vault.log.guard import peek

WEB, KEYS = "web.db", "keys.db"
KEY_IDS = "SELECT kek_id FROM long_lived UNION SELECT kek_id FROM subjects ORDER BY 1"
PART = ".part"  # of the folder's name, until the backup is whole
Told = Callable[[str, int, int], None]
"""What is being copied, how many pages of it, of how many."""


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


@dataclass(frozen=True, slots=True)
class _Part:
    """One database: a file, or a schema of a server's. `asked`: what is to be known of the copy."""

    name: str
    file: Path
    url: str | None
    schema: str
    asked: str


def _copy(settings: Settings, part: Path, at: int, told: Told) -> Manifest:
    for name in ("web", "courier", "vault"):
        (part / name).mkdir(mode=0o700)
    (web,) = _copied(_Part("web", settings.web / WEB, settings.web_database, "public", "SELECT cursor FROM progress"),
                     part / "web", told)
    (courier,) = _copied(_Part("courier", settings.courier / COURIER, None, "",
                               "SELECT value FROM meta WHERE name = 'cursor'"), part / "courier", told)
    for name in (COURIER_KEY, DELIVERY):
        if (settings.courier / name).exists():
            copy_file(settings.courier / name, part / "courier" / name)
    if settings.demo and settings.demo_file.exists():
        copy_file(settings.demo_file, part / settings.demo_file.name)
    # Read before the log is copied: the copy then holds at least what it covers.
    checkpoint = peek(settings.vault / GUARD)
    (size,) = _copied(_Part("log", settings.vault / LOG, settings.vault_database, "log", "SELECT size FROM head"),
                      part / "vault", told)
    key_ids = _copied(_Part("keys", settings.vault / KEYS, settings.vault_database, "keys", KEY_IDS),
                      part / "vault", told)
    return Manifest(
        origin=settings.origin, demo=settings.demo, public_url=settings.public_url, key_file=str(settings.key_file),
        guard=str(settings.vault / GUARD), made_at=at, size=int(size), web=int(web), courier=int(courier),
        checkpoint=checkpoint, key_ids=tuple(key_ids),
        files=tuple(kept(part, path) for path in sorted(part.rglob("*")) if path.is_file()),
    )


def _copied(one: _Part, to: Path, told: Told) -> list[Any]:
    """Copies one database; the first column of what was asked of the copy, 0 where that is nothing."""
    def done(so_far: int, total: int) -> None:
        told(one.name, so_far, total)

    if one.url is None or not is_postgresql(one.url):
        copy_database(one.file, to / one.file.name, done)
        return values_of(to / one.file.name, one.asked) or [0]
    from registry.keeping.server_copy import export  # noqa: PLC0415 - its driver is loaded only where it is used

    (found,) = export(one.url, one.schema, to, [one.asked], done)
    for path in to.glob(f"{one.schema}.*"):
        sync(path)
    return found or [0]


def _check(settings: Settings, to: Path) -> None:
    if to.exists():
        raise BackupError(f"{to} exists: name a new folder, one for each backup")
    if to.is_relative_to(settings.data.resolve()):
        raise BackupError("the backup would lie inside the data folder: name a place on another disk")
    if not is_token(settings.key_file) and settings.key_file.resolve().is_relative_to(to):
        raise BackupError("the key file would lie inside the backup: whoever takes one would have both")
    needed = [settings.courier / COURIER, settings.vault / GUARD]
    needed += [settings.web / WEB] if settings.web_database is None else []
    needed += [settings.vault / LOG, settings.vault / KEYS] if settings.vault_database is None else []
    for name in needed:
        if not name.exists():
            raise BackupError(f"{name} is not there: nothing was backed up")
