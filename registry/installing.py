"""`init`: the folders, keys, databases and the genesis of one installation. The demo's seed begins with it too.

Nothing else creates an installation: a server that misses something refuses to start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from registry.courier.store import Store as CourierStore
from registry.errors import ConsentryError
from registry.jose import from_b64url
from registry.model.entries import Actor, Draft, Entry
from registry.model.ids import check_id, new_id
from registry.policy import RULES_VERSION
from registry.settings import FILE, Settings, SettingsError, check_origin
from registry.shipped import shipped_packs
from registry.store.database import open_engine
from registry.store.schema import upgrade
from registry.vault.clock import Clock, SystemClock
from registry.vault.keys.kek import KeyFile, refuse_inside
from registry.vault.keys.keyring import Keyring
from registry.vault.log.log import Log

Random = Callable[[int], bytes]


class _Nobody:
    """Observes nothing: the log is closed again at once."""

    def reset(self) -> None:
        """Nothing was kept."""

    def fold(self, entry: Entry) -> None:
        """Nothing is kept."""


def initialise(
    data: Path, origin: str, key_file: Path, officers: Sequence[str], public_url: str | None
) -> Settings:
    """A new real installation. Raises ConsentryError; then nothing of it is there."""
    data, key_file = data.resolve(), key_file.resolve()
    refuse_inside(key_file, data)
    check_origin(origin, demo=False)
    known = [officer_of(one) for one in officers]
    if data.exists() and any(data.iterdir()):
        raise SettingsError(f"{data} is not empty: name a new folder")
    url = (public_url or f"https://{origin.partition('/')[0]}").rstrip("/")
    settings = Settings(data, origin, False, key_file, url)
    found(settings, known, SystemClock(), os.urandom)
    settings.save()
    return settings


def found(settings: Settings, officers: Sequence[dict[str, str]], clock: Clock, random: Random) -> None:
    """Folders 0700, keys, empty databases, and a log with its genesis. The key file is made if it is not there."""
    for folder in (settings.data, settings.vault, settings.courier, settings.web):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_file = settings.key_file
    kek = KeyFile(key_file, random) if key_file.exists() else KeyFile.create(key_file, random)
    courier = CourierStore.create(settings.courier, random)
    keyring = Keyring.create(settings.vault, kek, random, settings.origin)
    try:
        draft = genesis(settings, keyring, courier.keys.public(), officers, random)
        Log.create(settings.vault, keyring.log_signer, clock, _Nobody(), draft).close()
    finally:
        keyring.close()
        courier.close()
    engine = open_engine(settings.web / "web.db")
    upgrade(engine)
    engine.dispose()


def genesis(
    settings: Settings, keyring: Keyring, courier: dict[str, Any], officers: Sequence[dict[str, str]], random: Random
) -> Draft:
    """Entry 0: who may sign what in this log, and the packs and rules it begins with."""
    packs = [
        {"name": pack.name, "version": pack.version, "sha256": pack.sha256, "text": pack.text}
        for pack in shipped_packs()
    ]
    return Draft(new_id(random), "genesis/1", Actor("vault"), {
        "origin": settings.origin, "demo": settings.demo, **keyring.public(), **courier,
        "officers": [dict(one) for one in officers], "witness_policy": "none", "rules": RULES_VERSION, "packs": packs,
    })


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


def is_installed(data: Path) -> bool:
    """Whether something was installed there completely: the settings are written last."""
    return (data / FILE).exists()
