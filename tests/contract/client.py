"""A stranger's client: demo.json, HTTP and the standard library. It imports nothing of the product."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tests.databases import options

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"[0-9a-f]{32}\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
PATIENCE = 60


@dataclass(frozen=True)
class Answer:
    """Status, headers with lower-case names, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json["code"])


class World:
    """A served demo world, as its demo.json describes it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.card: dict[str, Any] = json.loads((data / "demo.json").read_text())
        self.people = {person["name"]: person for person in self.card["borrowers"]}
        self.key = self.card["log"]["vkey"]
        self.url: str = self.card["url"]

    def ask(
        self, method: str, path: str, body: Any = None, *, who: str | None = None, key: str | bool | None = None,
        raw: bytes | None = None, headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request. `who` is a name of demo.json's tokens, or a token; `key=True` is a fresh idempotency key."""
        sent = {"Content-Type": "application/json"} if body is not None or raw is not None else {}
        if who is not None:
            sent["Authorization"] = f"Bearer {self.card['tokens'].get(who, who)}"
        if key:
            sent["Idempotency-Key"] = secrets.token_hex(16) if key is True else key
        address = urlsplit(self.url)
        link = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)
        try:
            data = raw if raw is not None else None if body is None else json.dumps(body).encode()
            link.request(method, path, data, {**sent, **(headers or {})})
            answer = link.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            link.close()

    def request(self, name: str) -> dict[str, Any]:
        """What the collector posts for the contact of that borrower."""
        return {"account": self.people[name]["account"], "about": "contact", "purpose": self.card["purpose"],
                "mode": "number", "agent": self.card["agent"]}

    def look(self, name: str, *, key: str | bool = True, who: str = "collector", **other: Any) -> Answer:
        """A lookup of that borrower's contact."""
        return self.ask("POST", "/v1/lookups", {**self.request(name), **other}, who=who, key=key)

    def reasons(self, lookup: str) -> list[str]:
        """Why, as the auditor reads it."""
        found = self.ask("GET", f"/v1/audit/lookups/{lookup}", who="auditor")
        assert found.status == 200, found.body
        return list(found.json["reasons"])

    def now(self) -> datetime:
        """The log clock."""
        return when(self.ask("GET", "/v1/demo/clock", who="officer").json["now"])

    def feed(self) -> None:
        """The lender's three feeds are complete through now."""
        for name in ("payments", "logins", "inbound"):
            told = self.ask("PUT", f"/v1/feeds/{name}", {"complete_through": self.now().isoformat()}, who="lender")
            assert told.status == 200, told.body

    def outbox(self, to: str, **query: str) -> list[dict[str, Any]]:
        """Messages to that address, oldest first."""
        extra = "".join(f"&{name}={quote(value, safe='')}" for name, value in query.items())
        return list(self.ask("GET", f"/v1/demo/outbox?to={quote(to, safe='')}{extra}", who="officer").json["items"])

    def entries(self) -> list[dict[str, Any]]:
        """Every entry with its index, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            page = self.ask("GET", f"/v1/audit/entries?limit=200{more}", who="auditor").json
            found += page["items"]
            cursor = page["next"]
        return found

    def hook(self, event: Any, *, raw: bytes | None = None, name: str | None = None, **other: str) -> Answer:
        """Posts a Standard Webhooks message, signed with the provider's secret unless told otherwise."""
        provider = self.card["provider"]
        body = json.dumps(event).encode() if raw is None else raw
        ident = other.get("webhook_id", f"msg_{secrets.token_hex(12)}")
        stamp = other.get("stamp", str(int(time.time())))
        secret = base64.b64decode(provider["secret"].removeprefix("whsec_"))
        mac = hmac.new(secret, f"{ident}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = other.get("signature", "v1," + base64.b64encode(mac).decode())
        return self.ask("POST", f"/v1/attempts/{name or provider['name']}", raw=body, headers={
            "webhook-id": ident, "webhook-timestamp": stamp, "webhook-signature": signature})


def when(text: str) -> datetime:
    """A time of the API. Fails unless it is RFC 3339 with an offset."""
    assert TIME.match(text), text
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def later(moment: datetime, **delta: float) -> str:
    """That much later, as the API takes it."""
    return (moment + timedelta(**delta)).astimezone(UTC).isoformat()


def until(check: Callable[[], Any], what: str) -> Any:
    """Waits for something that happens by itself."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, KeyError, json.JSONDecodeError):
            if found := check():
                return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m registry …` to its end."""
    return subprocess.run([sys.executable, "-m", "registry", *arguments], input=stdin, capture_output=True, text=True,
                          cwd=ROOT, timeout=PATIENCE, check=False)


@contextlib.contextmanager
def served(data: Path, log: Path | None = None) -> Iterator[World]:
    """`up --demo` on a free port, until the block ends. `log`: where its three processes' lines go."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    new = [] if data.exists() else options(data)
    with Path(log or os.devnull).open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "registry", "up", "--data", str(data), "--port", str(port), "--demo", *new],
            cwd=ROOT, stdout=lines, stderr=lines, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        # That of a copied world names another place until `up` is there.
        until(lambda: World(data).url.endswith(f":{port}"), "demo.json")
        world = World(data)
        until(lambda: world.ask("GET", "/readyz").status == 200, "the three processes")
        yield world
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, "up did not stop cleanly on SIGTERM"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
