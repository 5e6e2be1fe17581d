"""`<data>/courier/delivery.toml`: through whom messages really go out, and where answers to them arrive.

Read once, at start. Every mistake is one line that names the member; an unknown member is a mistake.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from registry.errors import MalformedError
from registry.model.numbers import parse_email
from registry.settings import SettingsError

FILE = "delivery.toml"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PROVIDER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
SENDER = re.compile(r"[+A-Za-z0-9 ]{1,20}\Z")
PLACE = re.compile(r"at line \d+, column \d+|at end of document")
PORTS = {"smtp": 587, "smtps": 465, "imaps": 993, "http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect. `tls` from the first byte; `ca_file` instead of the system's certificate authorities."""

    host: str
    port: int
    tls: bool
    path: str = ""
    user: str = ""
    password: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Email:
    """`starttls`: TLS before anything else is said. `accepted_counts`: what the server took is delivered."""

    server: Server
    starttls: bool
    sender: str
    reply_to: str
    accepted_counts: bool


@dataclass(frozen=True, slots=True)
class Sms:
    """`provider`: the name of the registered provider whose webhooks speak of our messages."""

    server: Server
    token: str
    sender: str
    provider: str


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """`provider`: the name of the registered provider whose webhooks tell of the calls."""

    server: Server
    token: str
    provider: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder that the mail server fills, or a mailbox to be fetched from."""

    maildir: Path | None
    imap: Server | None


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """What is not there goes to files."""

    email: Email | None = None
    sms: Sms | None = None
    mailbox: Mailbox | None = None
    bridge: BridgeSettings | None = None


def load(path: Path) -> DeliverySettings | None:
    """The settings; None where there is no such file. Raises SettingsError."""
    try:
        if _is_open(path):
            raise SettingsError(f"{path} can be read by other users: chmod 600")
        value = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        where = PLACE.search(str(error))  # the rest of its words may hold a value
        raise SettingsError(f"{path} is not TOML in UTF-8 that can be read"
                            f"{f': {where.group()}' if where else ''}: correct it") from error
    readers: dict[str, Callable[[_Section], Any]] = {
        "email": _email, "sms": _sms, "mailbox": _mailbox, "bridge": _bridge}
    for name in value:
        if name not in readers or not isinstance(value[name], dict):
            raise SettingsError(f"{path}: {name} is none of [email], [sms], [mailbox], [bridge]: correct it")
    return DeliverySettings(**{name: _whole(path, name, value[name], readers[name]) for name in value})


class _Section:
    """One table of the file; every member is taken once, and what is left is unknown."""

    def __init__(self, path: Path, name: str, members: Mapping[str, Any]) -> None:
        self.path, self.name, self.left = path, name, dict(members)

    def wrong(self, member: str, why: str) -> SettingsError:
        return SettingsError(f"{self.path}: [{self.name}] {member} {why}")

    def text(self, member: str, otherwise: str | None = None) -> str:
        found = self.left.pop(member, otherwise)
        if found is None:
            raise self.wrong(member, "is missing")
        if not isinstance(found, str) or len(found) > 1000 or not found.isprintable():
            raise self.wrong(member, "is not a line of text")
        return found

    def flag(self, member: str, otherwise: bool) -> bool:
        found = self.left.pop(member, otherwise)
        if not isinstance(found, bool):
            raise self.wrong(member, "is true or false")
        return found

    def file(self, member: str) -> Path | None:
        found = self.text(member, "")
        return self.path.parent / found if found else None

    def secret(self, member: str) -> str:
        """The one line in the file that the member names; relative to the settings' own folder."""
        file = self.file(member)
        if file is None:
            raise self.wrong(member, "is missing")
        try:
            if _is_open(file):
                raise self.wrong(member, "names a file that other users can read: chmod 600")
            found = file.read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            raise self.wrong(member, "names a file that cannot be read") from error
        if not found or not found.isprintable():
            raise self.wrong(member, "names a file that does not hold one line")
        return found

    def address(self, member: str, otherwise: str | None = None) -> str:
        try:
            return parse_email(self.text(member, otherwise))
        except MalformedError as error:
            raise self.wrong(member, "is not a mail address") from error

    def server(self, schemes: tuple[str, ...]) -> Server:
        """The member `url`. In clear (`http`, `smtp`) is decided by the caller."""
        url = self.text("url")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise self.wrong("url", "has no port from 1 to 65535") from error
        if parts.scheme not in schemes or not host or parts.username or parts.query or parts.fragment:
            raise self.wrong("url", f"is {' or '.join(one + '://HOST:PORT' for one in schemes)}, without a user")
        ca_file = self.file("ca_file")
        if ca_file is not None and not ca_file.is_file():
            raise self.wrong("ca_file", "names no file")
        return Server(host, port, parts.scheme in ("smtps", "imaps", "https"), parts.path.rstrip("/"),
                      ca_file=ca_file)

    def login(self, server: Server) -> Server:
        """The server with `user` and the password, where a user is named."""
        user = self.text("user", "")
        if not user:
            if "password_file" in self.left:
                raise self.wrong("user", "is missing beside password_file")
            return server
        return Server(server.host, server.port, server.tls, server.path, user, self.secret("password_file"),
                      server.ca_file)


def _whole(path: Path, name: str, members: Mapping[str, Any], read: Callable[[_Section], Any]) -> Any:
    section = _Section(path, name, members)
    found = read(section)
    for member in section.left:
        raise section.wrong(member, "is unknown: remove it")
    return found


def _email(section: _Section) -> Email:
    server = section.login(section.server(("smtp", "smtps")))
    starttls = section.flag("starttls", not server.tls)
    if server.tls and starttls:
        raise section.wrong("starttls", "is for smtp://: smtps:// is TLS from the first byte")
    if server.user and not (server.tls or starttls) and server.host not in LOOPBACK:
        raise section.wrong("starttls", "must be true where a password is sent")
    sender = section.address("from")
    return Email(server, starttls, sender, section.address("reply_to", sender),
                 section.flag("accepted_counts", otherwise=False))


def _sms(section: _Section) -> Sms:
    server = section.server(("https", "http"))
    if not server.tls and server.host not in LOOPBACK:
        raise section.wrong("url", "is https:// for any host but this one")
    sender, provider = section.text("from"), section.text("provider")
    if SENDER.match(sender) is None:
        raise section.wrong("from", "is a number or a short name")
    if PROVIDER.match(provider) is None:
        raise section.wrong("provider", "is the name of a registered provider")
    return Sms(server, section.secret("token_file"), sender, provider)


def _bridge(section: _Section) -> BridgeSettings:
    server = section.server(("https", "http"))
    if not server.tls and server.host not in LOOPBACK:
        raise section.wrong("url", "is https:// for any host but this one")
    provider = section.text("provider")
    if PROVIDER.match(provider) is None:
        raise section.wrong("provider", "is the name of a registered provider")
    return BridgeSettings(server, section.secret("token_file"), provider)


def _mailbox(section: _Section) -> Mailbox:
    maildir = section.file("maildir")
    if maildir is None:
        server = section.login(section.server(("imaps",)))
        if not server.user:
            raise section.wrong("user", "is missing")
        return Mailbox(None, server)
    if "url" in section.left:
        raise section.wrong("url", "and maildir: name one of them")
    if not maildir.is_dir():
        raise section.wrong("maildir", "names no folder")
    return Mailbox(maildir, None)


def _is_open(file: Path) -> bool:
    """Whether anybody but its owner may touch it. Raises OSError."""
    return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
