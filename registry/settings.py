"""Where one installation lives and what it is: `<data>/consentry.json`, read once, passed in, never global.

No secret is in it: the key-encryption key lies in the file that `key_file` names, outside the data folder.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.databases import check_database
from registry.durable import sync
from registry.errors import ConsentryError

FILE = "consentry.json"
ORIGIN = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*\Z", re.ASCII)
DEMO_PREFIX = "demo.invalid/"
DATABASES = ("web_database", "vault_database")  # members of consentry.json that may be left out
MAX_SOCKET_PATH = 107  # bytes; sun_path of unix(7) less its closing zero


class SettingsError(ConsentryError):
    """The installation cannot be used as asked; the detail names the command that helps."""

    code = "settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. Each process opens only its own folder below `data`."""

    data: Path
    origin: str  # of the log: a schema-less URL prefix, and the name of the log key
    demo: bool
    key_file: Path  # the key-encryption key, 32 bytes in base64
    public_url: str  # what people and providers reach, without a trailing slash
    web_database: str | None = None  # a URL without a password; None: `web.db` in the web tier's folder
    vault_database: str | None = None  # likewise; None: files in the vault's folder

    @property
    def web_url(self) -> str:
        """URL of the web tier's database."""
        return self.web_database or f"sqlite:///{self.web / 'web.db'}"

    @property
    def web(self) -> Path:
        return self.data / "web"

    @property
    def vault(self) -> Path:
        return self.data / "vault"

    @property
    def courier(self) -> Path:
        return self.data / "courier"

    @property
    def outbox(self) -> Path:
        return self.data / "outbox"

    @property
    def demo_file(self) -> Path:
        return self.data / "demo.json"

    @property
    def run_file(self) -> Path:
        return self.data / "run.json"

    def save(self) -> None:
        """Write `consentry.json`. The folder must exist."""
        write_json(self.data / FILE, {
            "v": 1, "origin": self.origin, "demo": self.demo, "key_file": str(self.key_file),
            "public_url": self.public_url,
        } | {name: value for name in DATABASES if (value := getattr(self, name)) is not None})


def load(data: Path) -> Settings:
    """The settings of an existing installation. Raises SettingsError naming what to run where there is none."""
    shown, data = data, data.resolve()  # every path that is handed on is absolute
    path = data / FILE
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"nothing is installed in {shown}: run `python -m registry init --data {shown} …`, "
            f"or `python -m registry up --data {shown} --demo` for a demo world"
        ) from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: restore it from your backup") from error
    return _settings_of(data, path, value)


def _settings_of(data: Path, path: Path, value: Any) -> Settings:
    members: dict[str, type] = {"v": int, "origin": str, "demo": bool, "key_file": str, "public_url": str}
    if not isinstance(value, dict) or value.get("v") != 1 or set(value) - set(DATABASES) != set(members):
        raise SettingsError(f"{path} is not of this version: restore it from your backup")
    for name, kind in {**members, **{one: str for one in DATABASES if one in value}}.items():
        if not isinstance(value[name], kind):
            raise SettingsError(f"{path}: {name} has the wrong type; correct it")
    databases = check_databases(value.get("web_database"), value.get("vault_database"))
    return Settings(
        data=data, origin=check_origin(value["origin"], demo=value["demo"]), demo=value["demo"],
        key_file=Path(value["key_file"]), public_url=value["public_url"],
        **databases,
    )


def check_databases(web: str | None, vault: str | None) -> dict[str, str | None]:
    """Both as members of Settings. Raises ConsentryError `settings` for one that cannot be used."""
    found = {name: None if url is None else check_database(url, name)
             for name, url in zip(DATABASES, (web, vault), strict=True)}
    if web is not None and web == vault:
        raise SettingsError("web_database and vault_database must differ: who has one must not have the other")
    return found


def check_origin(origin: str, *, demo: bool) -> str:
    """`origin` if it may name such a log (DESIGN section 4, genesis). Raises SettingsError."""
    if ORIGIN.match(origin) is None:
        raise SettingsError("an origin is HOST/PATH without a scheme, as in registry.example.org/log")
    if origin.startswith(DEMO_PREFIX) != demo:
        raise SettingsError(f"only a demo log's origin begins with {DEMO_PREFIX}, and it must")
    return origin


def write_json(path: Path, value: object) -> None:
    """Write a file that is either the old one or the new one, never half of it; durable.

    A new one is its owner's alone; of one that was there mode and group stay, for an administrator gave them so that
    others may read it."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        _as_before(path, handle)
        json.dump(value, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    sync(path.parent)  # a key may be destroyed next because of what this says


def _as_before(path: Path, handle: int) -> None:
    """Gives a new file the group and mode of the one whose place it takes, and as root its owner."""
    if not path.exists():
        return
    was, made = path.stat(), os.fstat(handle)
    if os.geteuid() == 0 or was.st_gid != made.st_gid:
        os.fchown(handle, was.st_uid if os.geteuid() == 0 else -1, was.st_gid)
    os.fchmod(handle, stat.S_IMODE(was.st_mode))


def check_demo(settings: Settings, *, demo: bool) -> None:
    """Raises SettingsError if a demo log is to be served as a real one, or a real one as a demo."""
    if settings.demo and not demo:
        raise SettingsError(f"{settings.data} is a demo world: add --demo, or run `init` in another folder")
    if demo and not settings.demo:
        raise SettingsError(f"{settings.data} is a real installation: leave out --demo, or name another folder")
