"""Somebody with a browser: cookies, forms filled in and sent as a browser would, no JavaScript.

    visitor = Visitor(world.app)
    visitor.get("/sign-in")
    visitor.send("/sign-in", role="contact", address="+8610000000001")   # that action's form
    visitor.page, visitor.status, visitor.path
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.web.world import World

_ADDRESSES = itertools.count(1)
_READ: set[str] = set()
_CODES: dict[str, str] = {}
CODE = re.compile(r"(?<![0-9a-f])\d{6}(?![0-9a-f])")  # not six digits of a link


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, and what it says without being filled in."""

    action: str
    members: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """All forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside = False
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append(Form(given.get("action") or ""))
            self._inside = True
        elif self._inside and tag in ("input", "textarea", "select") and given.get("name"):
            boxed = given.get("type") in ("radio", "checkbox")
            if not boxed or "checked" in given:
                self.found[-1].members[given["name"] or ""] = given.get("value") or ""
            self._select = (given["name"] or "") if tag == "select" else ""
        elif self._inside and tag == "option" and self._select:
            first = not self.found[-1].members[self._select]
            if first or "selected" in given:
                self.found[-1].members[self._select] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


class Visitor:
    """One browser, in a network of its own unless told which."""

    def __init__(
        self, app: Flask, *, language: str = "zh", address: str | None = None, host: str = "localhost"
    ) -> None:
        self.client = app.test_client()
        number = next(_ADDRESSES)
        self.client.environ_base["REMOTE_ADDR"] = address or f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self.host = host
        self.headers = {"Accept-Language": language, "Accept": "text/html", "Host": host}
        self.answer: TestResponse = None  # type: ignore[assignment]
        self.path = "/"

    @property
    def page(self) -> str:
        return self.answer.text

    @property
    def status(self) -> int:
        return self.answer.status_code

    def forms(self) -> list[Form]:
        return Forms(self.page).found

    def form(self, action: str) -> Form:
        """The form that goes to that path."""
        return next(one for one in self.forms() if urlsplit(one.action or self.path).path == action)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain=self.host)
        return None if found is None else found.value

    def get(self, path: str, *, follow: bool = True, **headers: str) -> TestResponse:
        """Opens a page, and goes where it leads."""
        return self._went("GET", path, None, headers, follow)

    def post(self, path: str, members: Any, *, follow: bool = True, **headers: str) -> TestResponse:
        """Sends exactly these members."""
        return self._went("POST", path, members, headers, follow)

    def send(self, action: str, *, follow: bool = True, **typed: Any) -> TestResponse:
        """Fills in the form of this page that goes to that path, and sends it."""
        form = self.form(action)
        members = {**form.members, **typed}
        return self.post(form.action or self.path, members, follow=follow, sec_fetch_site="same-origin")

    def _went(self, method: str, path: str, members: Any, headers: dict[str, str], follow: bool) -> TestResponse:
        sent = self.headers | {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.answer = self.client.open(path, method=method, data=members, headers=sent)
        self.path = path
        for _ in range(5):
            if not follow or self.answer.status_code not in (302, 303):
                break
            self.path = self.answer.headers["Location"]
            self.answer = self.client.get(self.path, headers=self.headers)
        return self.answer


@dataclass(slots=True)
class Person:
    """A borrower with one contact and one account, and their numbers."""

    ids: dict[str, str]
    number: str
    contact_number: str
    email: str


def somebody(world: World) -> Person:
    """A borrower with a mailbox, a contact and an account placed with the collector's agency."""
    body, contact = world.borrower(), world.contact()
    number = body["channels"][1]["value"]
    email = f"p{number[-4:]}@demo.invalid"
    body["channels"].append({"medium": "email", "value": email, "use": "personal"})
    borrower = world.lender.post("/v1/borrowers", body).json["borrower"]
    made = world.lender.post(f"/v1/borrowers/{borrower}/contacts", contact).json["contact"]
    account = world.lender.post("/v1/accounts", world.account(borrower)).json["account"]
    world.lender.post(f"/v1/accounts/{account}/placements", {
        "agency": world.made["agency"].id, "from": "2026-09-01", "until": "2027-06-01"})
    return Person({"borrower": borrower, "contact": made, "account": account}, number, contact["number"], email)


def code_of(world: World, address: str) -> str:
    """The code in the newest message to an address, once all that is due was sent."""
    world.settle()
    for one in world.messages(address):
        # Of several in one millisecond the outbox does not say which is the newest: the one that was not yet here.
        if one["template"] == "sign-in-code" and one["id"] not in _READ:
            _READ.add(one["id"])
            _CODES[address] = CODE.findall(one["text"])[-1]
    return _CODES[address]


def by_code(world: World, role: str, address: str, **options: Any) -> Visitor:
    """Somebody who signed in with a code, as the pages have it done."""
    visitor = Visitor(world.app, **options)
    visitor.get("/sign-in")
    visitor.send("/sign-in", role=role, address=address)
    visitor.send("/sign-in/code", code=code_of(world, address))
    assert visitor.status == 200, visitor.page
    return visitor


def by_link(world: World, role: str, subject: str | None = None, **options: Any) -> Visitor:
    """A borrower (`subject`), or an officer or auditor of the world's, who signed in with a one-time link."""
    by = world.made["lender"].value() if role == "borrower" else {"role": "web"}
    named = subject or world.made[role].id
    token = world.bench.vault.call("make-link", {"by": by, "role": role, "subject": named})["token"]
    visitor = Visitor(world.app, **options)
    visitor.get(f"/sign-in/link/{token}")
    visitor.send(f"/sign-in/link/{token}")
    assert visitor.status == 200, visitor.page
    return visitor
