"""A telephone company of our own, for demos and tests: a bridge's HTTP interface, telephones that ring, records.

Beside what a bridge offers (`axb.py`), `POST /calls` {from, to, outcome, seconds?, said?} plays a call: whoever has
the line `from` dials the number `to`; the answer says what became of it, and the record goes out as a webhook.
Numbers are held in memory, for as long as a connection stands.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from registry.errors import MalformedError
from registry.model.times import SECOND, parse_stamp, stamp

NUMBERS = 10_000  # X numbers of this company
MOST_BODY = 16 * 1024
RINGS = 12  # seconds that a telephone rings here
Report = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Line:
    """One connection: A, B and X, until when (wall-clock ms), and how many calls are left."""

    ident: str
    a: str
    b: str
    x: str
    expires_at: int
    left: int


@dataclass(slots=True)
class Company:
    """What the company knows. `report` takes the `data` of each call record; `wall` is its clock."""

    report: Report
    wall: Callable[[], int]
    lines: dict[str, Line] = field(default_factory=dict)
    rung: list[tuple[str, str]] = field(default_factory=list)  # (from, to) of every telephone that rang
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bind(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """201 and X; 200 and the same X for the same id."""
        with self._lock:
            self._forget()
            known = self.lines.get(body["id"])
            if known is not None:
                return 200, {"id": known.ident, "x": known.x}
            until = parse_stamp(body["expires_at"])
            if body["a"] == body["b"] or until <= self.wall() or len(self.lines) >= NUMBERS:
                return 422, {"code": "binding-refused"}
            taken = {one.x for one in self.lines.values()}
            x = next(one for one in (f"+861700000{n:04d}" for n in range(NUMBERS)) if one not in taken)
            self.lines[body["id"]] = Line(body["id"], body["a"], body["b"], x, until, body["max_calls"])
            return 201, {"id": body["id"], "x": x}

    def find(self, ident: str) -> tuple[int, dict[str, Any]]:
        """200 and X while it stands."""
        with self._lock:
            self._forget()
            known = self.lines.get(ident)
            return (404, {}) if known is None else (200, {"id": ident, "x": known.x})

    def unbind(self, ident: str) -> tuple[int, dict[str, Any]]:
        """204 either way."""
        with self._lock:
            self.lines.pop(ident, None)
        return 204, {}

    def dial(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """One call from a line to X. 404 where nothing connects them: the number is not in service."""
        with self._lock:
            self._forget()
            found = next((one for one in self.lines.values() if (one.a, one.x) == (body["from"], body["to"])), None)
            if found is None or found.left < 1:
                return 404, {"code": "not-in-service"}
            found.left -= 1
            line = replace(found)
            self.rung.append((line.x, line.b))
        seconds = int(body.get("seconds", 30)) if body["outcome"] == "talked" else 0
        record: dict[str, Any] = {
            "id": line.ident, "call": secrets.token_hex(16), "began_at": stamp(self.wall()), "ring_seconds": RINGS,
            "talk_seconds": seconds, "outcome": body["outcome"],
        }
        self.report(record | ({"said": str(body["said"])} if "said" in body else {}))
        return 200, {"outcome": body["outcome"], "seconds": seconds}

    def _forget(self) -> None:
        """A connection ends by itself at its expiry, whoever forgets it."""
        for ident in [ident for ident, one in self.lines.items() if one.expires_at <= self.wall()]:
            del self.lines[ident]


class Telephones:
    """The company behind a local HTTP server, on a thread of its own. `token` is the bearer token it wants."""

    def __init__(self, report: Report, wall: Callable[[], int], token: str = "") -> None:
        self.company = Company(report, wall)
        self.token = token or secrets.token_urlsafe(24)
        company, wanted = self.company, f"Bearer {self.token}"

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length", 0)), MOST_BODY)
                body = json.loads(self.rfile.read(length) or b"{}")
                self._answer({"/bindings": company.bind, "/calls": company.dial}.get(self.path), body)

            def do_GET(self) -> None:
                self._answer(company.find, self.path.removeprefix("/bindings/"))

            def do_DELETE(self) -> None:
                self._answer(company.unbind, self.path.removeprefix("/bindings/"))

            def log_message(self, *_: object) -> None:
                """Says nothing: what is asked for has numbers in it."""

            def _answer(self, act: Callable[[Any], tuple[int, dict[str, Any]]] | None, asked: Any) -> None:
                try:
                    allowed = hmac.compare_digest(self.headers.get("Authorization", ""), wanted)
                    status, told = (401, {}) if not allowed else (404, {}) if act is None else act(asked)
                except (KeyError, TypeError, ValueError, MalformedError):
                    status, told = 400, {"code": "malformed"}
                data = b"" if status == 204 else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="telephones", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


def webhook_of(record: Mapping[str, Any], wall: int) -> dict[str, Any]:
    """The event that tells of a call."""
    return {"type": "call.record", "timestamp": stamp(wall - wall % SECOND), "data": dict(record)}
