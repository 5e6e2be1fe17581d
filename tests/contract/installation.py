"""A real installation as an operator makes it: `init`, three processes of their own, parties by signature, messages
by a mail folder and an SMS gateway. Nothing of a demo world."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.contract.client import PATIENCE, ROOT, World, run, until
from tests.databases import options

PROVIDER = "sms-carrier"
ROLES = {"lender": ("--regulator", "CN"), "auditor": ()}


@dataclass(slots=True)
class Gateway:
    """Takes whatever is posted with the right token, as an SMS gateway does."""

    token: str
    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)

    def to(self, number: str) -> list[str]:
        """The texts to that number, oldest first."""
        return [one["text"] for one in self.taken if one["to"] == number]


@contextlib.contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway on a free port of this machine."""
    made = Gateway(secrets.token_hex(16))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            good = (self.path, self.headers["Authorization"]) == ("/v2/messages", f"Bearer {made.token}")
            if good and self.headers["Idempotency-Key"] == body["id"]:
                made.taken.append(body)
            self.send_response(202 if good else 400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def command(*words: str, stdin: str = "") -> str:
    """A command that succeeds: what it printed."""
    done = run(*words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def settings(folder: Path, sms: Gateway) -> Path:
    """`init`, and a `delivery.toml` with the gateway and a mail folder. The data folder."""
    data = folder / "data"
    command("officer", "keygen", str(folder / "officer.json"), "--public", str(folder / "officer.pub"))
    command("init", "--data", str(data), "--origin", "log.example.com/one", "--key-file", str(folder / "kek"),
            "--officer", str(folder / "officer.pub"), *options(data))
    for one in ("new", "cur", "tmp"):
        (folder / "answers" / one).mkdir(parents=True)
    for name, text in (("sms-token", sms.token), ("delivery.toml", (
        f'[sms]\nurl = "http://127.0.0.1:{sms.port}/v2"\ntoken_file = "sms-token"\nfrom = "+8610000009999"\n'
        f'provider = "{PROVIDER}"\n\n[mailbox]\nmaildir = "{folder / "answers"}"\n'
    ))):
        path = data / "courier" / name
        path.touch(0o600)
        path.write_text(text)
    return data


@contextlib.contextmanager
def processes(data: Path, sockets: Path, port: int) -> Iterator[None]:
    """`vault`, `courier` and `web`, each alone, as in production."""
    sockets.mkdir(0o700)
    where = ("--data", str(data), "--sockets", str(sockets))
    started = []
    try:
        for words in (("vault", *where), ("courier", *where), ("web", *where, "--port", str(port))):
            started.append(subprocess.Popen(
                [sys.executable, "-m", "registry", *words], cwd=ROOT, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1"}))
        yield
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def installed(folder: Path, sms: Gateway) -> Iterator[World]:
    """The served installation, with a lender, an auditor, the officer and the provider of its SMS."""
    data = settings(folder, sms)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key, sockets = folder / "officer.json", folder / "s"
    with processes(data, sockets, port):
        card = {"url": f"http://127.0.0.1:{port}", "borrowers": [], "log": {"vkey": ""}, "tokens": {}, "provider": {
            "name": PROVIDER, "secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()}}
        world = _world(folder, card)
        until(lambda: world.ask("GET", "/readyz").status == 200, "the three processes")
        add = ("party", "add", "--data", str(data), "--sockets", str(sockets), "--json", "--sign", str(key))
        own = json.loads((folder / "officer.pub").read_text())["officer"]
        for role, more in {**ROLES, "officer": ("--officer", own)}.items():
            made = json.loads(command(*add, "--role", role, "--name", f"Example {role}", *more))
            card["tokens"][role] = made["token"]
        world = _world(folder, card)
        _provide(world, key)
        yield world


def _world(folder: Path, card: dict[str, Any]) -> World:
    (folder / "demo.json").write_text(json.dumps(card))
    return World(folder)


def _provide(world: World, key: Path) -> None:
    """The officer believes the SMS gateway's webhooks."""
    body = {"name": PROVIDER, "kind": "neutral", "owner": "registry", "secret": world.card["provider"]["secret"]}
    draft = world.ask("POST", "/v1/providers?draft=1", body, who="officer")
    signed = json.loads(command("officer", "sign", "--key", str(key), stdin=draft.body.decode()))
    assert world.ask("POST", "/v1/providers", {**body, "auth": [signed]}, who="officer").status == 201
