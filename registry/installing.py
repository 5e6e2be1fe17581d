"""`init`: the folders, keys, databases and the genesis of one installation. The demo's seed begins with it too.

Nothing else creates an installation: a server that misses something refuses to start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from registry.courier.store import Store as CourierStore
from registry.errors import ConsentryError
from registry.jose import from_b64url
from registry.model.ids import check_id
from registry.settings import Settings, SettingsError, check_databases, check_origin
from registry.store.database import open_engine
from registry.store.schema import check_new, upgrade
from registry.vault.clock import Clock
from registry.vault.founding import Founding
from registry.vault.keys.kek import KeyFile
from registry.vault.keys.opening import is_token, placed
from registry.vault.server import create_vault

Random = Callable[[int], bytes]


def initialise(
    data: Path, origin: str, key_file: Path, officers: Sequence[str], public_url: str | None, *,
    web_database: str | None = None, vault_database: str | None = None,
) -> Settings:
    """A new real installation. Raises ConsentryError; then nothing of it is there."""
    databases = check_databases(web_database, vault_database)
    data = data.resolve()
    key_file = placed(key_file, data)
    check_origin(origin, demo=False)
    known = [officer_of(one) for one in officers]
    if data.exists() and any(data.iterdir()):
        raise SettingsError(f"{data} is not empty: name a new folder")
    url = (public_url or f"https://{origin.partition('/')[0]}").rstrip("/")
    settings = Settings(data, origin, False, key_file, url, **databases)
    found(settings, known, os.urandom)
    settings.save()
    return settings


def found(
    settings: Settings, officers: Sequence[dict[str, str]], random: Random, clock: Clock | None = None
) -> None:
    """Folders 0700, keys, empty databases, and a log with its genesis. The key file is made if it is not there."""
    engine = open_engine(settings.web_url)
    check_new(engine)
    # The key file first: where it cannot be written, no half of an installation stands in the way of the next try.
    if not is_token(settings.key_file) and not settings.key_file.exists():
        KeyFile.create(settings.key_file, random)
    for folder in (settings.data, settings.vault, settings.courier, settings.web):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    courier = CourierStore.create(settings.courier, random)
    try:
        founding = Founding(settings.origin, settings.demo, officers=officers, **courier.keys.public())
        create_vault(settings.vault, settings.key_file, founding, random, clock,
                     database=settings.vault_database).close()
    finally:
        courier.close()
    upgrade(engine)
    engine.dispose()


def officer_of(text: str) -> dict[str, str]:
    """`{officer, key}` of `OFFICER:KEY`, or of a file with what `officer keygen` printed. Raises SettingsError."""
    try:
        if Path(text).is_file():
            value = json.loads(Path(text).read_text("ascii"))
            name, key = value["officer"], value["public"]
        else:
            name, key = text.split(":")
        if len(from_b64url(key)) != 32:
            raise ValueError("not a key")
        return {"officer": check_id(name), "key": key}
    except (ConsentryError, OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            "--officer takes what `python -m registry officer keygen` printed: a file with it, or OFFICER:KEY"
        ) from error
