"""The web app before a real vault and a real courier, all in one process, with a clock moved by hand.

    world = make_world(tmp_path)
    world.lender.post("/v1/borrowers", world.borrower())   # as the lender's token
    world.settle()                                          # courier and pump do what is due
    world.clock.move_to(world.clock.now() + DAY)

Numbers are unassigned, names plainly invented.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from registry import installing, officer
from registry.demo import parties
from registry.demo.provider import new_secret
from registry.demo.seed import Bench, SeedClock, opened
from registry.model.entries import Actor
from registry.model.times import DAY, HOUR, stamp
from registry.settings import Settings
from registry.usecases import tokens
from registry.web import documentation
from registry.web.factory import create_app
from registry.web.settings import WebSettings
from tests.databases import given
from tests.web.contract import undocumented

ORIGIN = "demo.invalid/web-tests"
URL = "http://localhost:8000"
# A morning in Shanghai, where this world lives: at night no message goes out.
START = 1_790_000_000_000 - 12 * HOUR
LIFE = 3_650 * DAY


@dataclass(slots=True)
class As:
    """Requests with one token (or none), JSON in and out; every answer is checked against the OpenAPI document."""

    client: FlaskClient
    token: str | None = None
    checked: bool = True

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """`idempotency_key="a"` becomes the header of that name."""
        sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        answer = self.client.open(path, method=method, json=body, headers=sent)
        if self.checked:
            check(self.client.application, method, path, answer)
        return answer

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.send("DELETE", path, **headers)


@dataclass(slots=True)
class World:
    """Everything of one small registry."""

    app: Flask
    bench: Bench
    keys: parties.Keys
    made: dict[str, Actor]
    secret: str
    issued: dict[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> SeedClock:
        return self.bench.clock

    @property
    def nobody(self) -> As:
        return As(self.app.test_client())

    def using(self, name: str) -> As:
        """Requests of `lender`, `collector`, `rival_collector`, `officer` or `auditor`."""
        return As(self.app.test_client(), self.issued[name])

    @property
    def lender(self) -> As:
        return self.using("lender")

    @property
    def collector(self) -> As:
        return self.using("collector")

    @property
    def officer(self) -> As:
        return self.using("officer")

    @property
    def auditor(self) -> As:
        return self.using("auditor")

    def settle(self) -> None:
        """Courier and pump do all that is due, and the vault hears that the courier lives."""
        self.bench.settle()

    def number(self) -> str:
        """A fresh unassigned number."""
        return f"+861000000{next(self.numbers):04d}"

    def borrower(self, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/borrowers."""
        number = self.number()
        return {
            "ref": f"b-{number[-4:]}", "name": {"given": "样例", "family": "示"}, "residence": "CN",
            "languages": ["zh-CN"],
            "channels": [{"medium": "voice", "value": number, "use": "personal"},
                         {"medium": "sms", "value": number, "use": "personal"}], **changes,
        }

    def contact(self, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/borrowers/{id}/contacts."""
        number = self.number()
        return {"ref": f"c-{number[-4:]}", "name": "联系人", "relation": "sibling", "number": number,
                "languages": ["zh-CN"], "rank": 1, **changes}

    def account(self, borrower: str, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/accounts."""
        return {"ref": f"a-{self.number()[-4:]}", "borrower": borrower, "liability": "principal",
                "due_since": "2026-05-01", "balance_minor": 100_000, "currency": "CNY",
                "limitation_until": "2029-01-01", "state": "open", "as_of": "2026-09-21", **changes}

    def consent(self, giver: str, borrower: str, contact: str | None = None, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/consents."""
        at = self.clock.now()
        return {
            "giver": giver, "borrower": borrower, **({"contact": contact} if contact else {}),
            "scope": {"purposes": ["restore-contact"], "modes": ["number"], "data": ["phone"],
                      "grantee": {"role": "entrusted"}, "max_uses": 3},
            "notice": {"id": "n-1", "version": "1", "language": "zh-CN", "sha256": "0" * 64},
            "method": "paper", "separate": True, "given_at": stamp(at), "expires_at": stamp(at + 300 * DAY),
            **changes,
        }

    def lookup(self, account: str, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/lookups."""
        return {"account": account, "about": "contact", "purpose": "restore-contact", "mode": "number",
                "agent": "agent-17", **changes}

    def someone(self) -> dict[str, str]:
        """A borrower with one contact and one account placed with the collector's agency: their ids."""
        borrower = self.lender.post("/v1/borrowers", self.borrower()).json["borrower"]
        contact = self.lender.post(f"/v1/borrowers/{borrower}/contacts", self.contact()).json["contact"]
        account = self.lender.post("/v1/accounts", self.account(borrower)).json["account"]
        placed = self.lender.post(f"/v1/accounts/{account}/placements", {
            "agency": self.made["agency"].id, "from": "2026-09-01", "until": "2027-06-01"})
        return {"borrower": borrower, "contact": contact, "account": account, "placement": placed.json["placement"]}

    def vouched(self, draft: dict[str, Any], officers: int = 1) -> list[dict[str, str]]:
        """Signatures of so many officers over a draft."""
        return [officer.sign(draft, path) for path in self.keys.officers[:officers]]

    def done(self, path: str, body: dict[str, Any], officers: int = 1) -> TestResponse:
        """An officer's act in its two steps."""
        draft = self.officer.post(f"{path}?draft=1", body)
        assert draft.status_code == 200, draft.text
        return self.officer.post(path, {**body, "auth": self.vouched(draft.json, officers)})

    def messages(self, to: str) -> list[dict[str, str]]:
        """What the outbox holds for an address, oldest first."""
        return [one for one in self.bench.outbox.messages() if one["to"] == to]

    def token(self, role: str, client: str, scopes: tuple[str, ...] | None = None, life: int = LIFE) -> str:
        """A fresh token."""
        at = self.clock.wall()
        return tokens.issue(self.bench.store, os.urandom, role, client, expires_at=at + life, at=at, scopes=scopes)


def check(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """Fails unless the OpenAPI document says what came back."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path.partition("?")[0], method)
    except HTTPException:
        return
    spec = app.extensions[documentation.EXTENSION]
    where = {(name, verb): (place, verb) for name, verb, place in documentation.operations_of(app)}
    place, verb = where[endpoint, method.lower()]
    content_type = answer.headers.get("Content-Type", "")
    body = answer.json if content_type.partition(";")[0].endswith("json") else None
    found = undocumented(spec, spec["paths"][place][verb], answer.status_code, content_type, body)
    assert not found, f"{method} {place} {answer.status_code}: {found}"


@contextmanager
def make_world(folder: Path) -> Iterator[World]:
    """A founded registry with its parties, provider and tokens."""
    data = folder / "data"
    settings = Settings(data, ORIGIN, True, data / "demo" / "kek.key", URL, **given(data))
    keys = parties.Keys.in_folder(data / "demo")
    keys.make(os.urandom)
    clock = SeedClock(START)
    installing.found(settings, [keys.public(path) for path in keys.officers], os.urandom, clock)
    secret = new_secret(hashlib.sha256(b"web tests").digest())
    with opened(settings, clock, URL) as bench:
        for path in (keys.collector, keys.rival):
            parties.new_jwk(path, bench.vault.call("keys", {})["jwks"])
        made = parties.register(bench.ports, keys, secret, clock.now())
        issued = parties.issue_tokens(bench.ports, made, bench.store, clock.wall())
        web = WebSettings(settings.web_url, Path("/nowhere"), Path("/nowhere"), URL)
        app = create_app(web, vault=bench.vault, courier=bench.courier, wall=clock.wall, sleep=lambda _: None)
        bench.settle()
        yield World(app, bench, keys, made, secret, issued)


def decoded(text: str) -> Any:
    """JSON in the second part of a compact JWS."""
    part = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
