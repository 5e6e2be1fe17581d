"""One served demo world, and everybody who signs in to it with a real browser.

    with site.visitor(language="en", phone=False) as somebody:
        somebody.open_link("borrower unreachable")           # the link that `up --demo` printed
        somebody.press("me.home.do.consents")                # by the key of its words, in the language of the page
        assert somebody.sees("me.consents.title")
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from playwright.sync_api import Browser

from registry.clients import VaultClient
from registry.demo.http import Client
from registry.demo.people import CASES
from registry.model.entries import Actor
from registry.model.times import DAY, parse_rfc3339, stamp
from registry.shipped import shipped_packs
from registry.texts import notices
from tests.browser.visitor import Visitor, Watch
from tests.system.world import Served, registry, until

PRINTED = re.compile(r"registry:   (\S+(?: \S+)?)\s+(http://\S+/sign-in/link/\S+)")


@dataclass(slots=True)
class Site:
    """The served world and the browser. Everything is done by the real processes."""

    served: Served
    browser: Browser
    read: set[str] = field(default_factory=set)
    lookups: list[str] = field(default_factory=list)
    COMPLAINT: ClassVar[str] = "他们晚上打来，说话难听。They called at night and were rude."

    @property
    def url(self) -> str:
        """With the name that passkeys bind to."""
        return f"http://localhost:{self.served.port}"

    @property
    def card(self) -> dict[str, Any]:
        return self.served.card

    @property
    def vault(self) -> VaultClient:
        run = json.loads((self.served.data / "run.json").read_text("utf-8"))
        return VaultClient(Path(run["sockets"]) / "vault.sock")

    def printed(self) -> dict[str, str]:
        """Who → the link that `up --demo` printed for him."""
        return dict(PRINTED.findall(self.served.log.read_text("utf-8")))

    def link(self, role: str, subject: str, lender: str = "") -> str:
        """A fresh one-time link, as a lender or the operator makes one."""
        by = Actor("lender", lender or self.card["parties"]["lender"]) if role == "borrower" else Actor("web")
        made = self.vault.call("make-link", {"by": by.value(), "role": role, "subject": subject})
        return f"{self.url}/sign-in/link/{made['token']}"

    def auditor(self) -> str:
        """The demo's auditor."""
        items = self.served.client("officer").get("/v1/parties").value["items"]
        return next(str(one["party"]) for one in items if one["role"] == "auditor")

    def alarm(self) -> str:
        """An open alarm: that reports of providers wait."""
        self.vault.call("keep-house", {"inbox_ms": 9_000})
        items = self.served.client("officer").get("/v1/alarms?state=open").value["items"]
        return str(items[0]["id"])

    def officer(self, place: int = 0) -> dict[str, str]:
        """`{id, key}` of an officer; `key` is a file."""
        found: dict[str, str] = self.card["officers"][place]
        return found

    def session(self, role: str, subject: str, lender: str = "") -> str:
        """The token of a session, opened by a link past the pages: these let a network in only so often an hour."""
        token = self.link(role, subject, lender).rsplit("/", 1)[1]
        return str(self.vault.call("open-link", {"token": token})["session"])

    def session_by_code(self, role: str, address: str) -> str:
        """The token of a session opened with a code that really arrived."""
        medium = "email" if "@" in address else "sms"
        asked = self.vault.call("ask-code", {"role": role, "address": address, "medium": medium})
        code = self.code(address, "sign-in-code")
        return str(self.vault.call("enter-code", {"request": asked["request"], "code": code})["session"])

    def released(self) -> str:
        """The one lookup that is granted for the contact of `unreachable`: made when first asked for."""
        if not self.lookups:
            self.lookups.append(str(self.served.look_up("unreachable")["lookup"]))
        return self.lookups[0]

    def as_person(self, role: str, subject: str) -> Client:
        """A program that speaks for somebody, with a session as its bearer token."""
        return Client(self.url, self.session(role, subject))

    def asks_consent(self, person: dict[str, Any]) -> str:
        """A borrower's own consent that waits for its code."""
        channel = next(one["id"] for one in person["channels"] if one["medium"] == "sms")
        body = {**self._terms("borrower"), "giver": "borrower", "borrower": person["borrower"],
                "channel": channel, "method": "portal", "separate": True}
        answer = self.as_person("borrower", person["borrower"]).post("/v1/me/consents", body)
        assert answer.status == 201, answer.text
        return str(answer.value["consent"])

    def invites(self, person: dict[str, Any]) -> dict[str, str]:
        """`{consent, invitation}`: what a borrower asks a contact, as the vault answers it."""
        client = self.as_person("borrower", person["borrower"])
        answer = client.post(f"/v1/me/contacts/{person['contact']}/invitation", self._terms("contact"))
        assert answer.status == 201, answer.text
        return {"consent": answer.value["consent"], "invitation": answer.value["invitation_url"].rsplit("/", 1)[1]}

    def _terms(self, giver: str) -> dict[str, Any]:
        now = parse_rfc3339(self.served.client("officer").get("/v1/demo/clock").value["now"])
        return {
            "scope": {"purposes": ["relay-message"], "modes": ["message"], "data": ["phone"],
                      "grantee": {"role": "lender"}, "max_uses": 1},
            "notice": notices.current(giver).shown("zh"), "expires_at": stamp(now + 60 * DAY),
        }

    def client(self, token: str) -> Client:
        """A program with a token."""
        return Client(self.url, token)

    def institution(self, name: str) -> tuple[str, str]:
        """(party, token) of another lender, made as an operator makes one."""
        made = registry(
            "party", "add", "--data", str(self.served.data), "--role", "lender", "--name", name, "--regulator", "CN",
            "--sign", self.officer()["key"], "--json")
        assert made.returncode == 0, made.stderr
        value = json.loads(made.stdout)
        return value["party"], value["token"]

    def words_of(self, person: dict[str, Any]) -> list[str]:
        """Names that are not to be seen before somebody said who he is."""
        case = next(one for one in CASES if one.name == person["name"])
        return [case.given, case.contact_given, case.line, case.contact_line]

    def code(self, address: str, template: str) -> str:
        """The code of the newest message of that template to an address that no test has read yet."""
        def look() -> str | None:
            found = [json.loads(path.read_text("utf-8")) for path in (self.served.data / "outbox").glob("*.json")]
            new = [one for one in found if one["to"] == address and one["template"] == template
                   and one["id"] not in self.read]
            if not new:
                return None
            self.read |= {one["id"] for one in new}
            newest = max(new, key=lambda one: str(one["at"]))
            assert newest["code"] in newest["text"]
            return str(newest["code"])  # in the text a link may hold six digits in a row, too

        return until(look, f"a {template} to {address}", 15)

    def forget_messages(self, address: str) -> None:
        """What has arrived so far is not what comes next."""
        for path in (self.served.data / "outbox").glob("*.json"):
            one = json.loads(path.read_text("utf-8"))
            if one["to"] == address:
                self.read.add(one["id"])

    def asks_approval(self, purpose: str, mode: str = "number") -> str:
        """A collector asks for the contact of `unreachable`, for whom only somebody's approval is missing."""
        body = {"account": self.served.borrower("unreachable")["account"], "about": "contact", "purpose": purpose,
                "mode": "message" if purpose == "relay-message" else mode, "agent": self.card["agent"]}
        answer = self.served.client("collector").post("/v1/lookups", body)
        assert "approval" in answer.value, answer.text
        return str(answer.value["approval"])

    def approval_state(self, approval: str) -> str:
        """As programs see it."""
        items = self.served.client("officer").get("/v1/approvals?limit=100").value["items"]
        return next(str(one["state"]) for one in items if one["approval"] == approval)

    def complains(self, name: str) -> str:
        """A complaint of a contact's that the lender took down."""
        person = self.served.borrower(name)
        body = {"from": "contact", "borrower": person["borrower"], "contact": person["contact"], "about": "lender",
                "text": self.COMPLAINT}
        answer = self.served.client("lender").post("/v1/complaints", body)
        assert answer.status == 201, answer.text
        return str(answer.value["complaint"])

    def compares(self) -> str:
        """A comparison of a draft of the pack `cn`, done."""
        text = shipped_packs()["cn"].text
        draft = re.sub(r"(span_days\"\]\nvalue = )\d+", r"\g<1>40", text, count=1)
        officer = self.served.client("officer")
        ident = str(officer.post("/v1/packs/compare", {"text": draft}).value["comparison"])
        until(lambda: officer.get(f"/v1/packs/compare/{ident}").value["state"] == "done", "a comparison")
        return ident

    @contextmanager
    def visitor(
        self, *, language: str = "zh", phone: bool = True, javascript: bool = True, dark: bool = False,
        strict: bool = True,
    ) -> Iterator[Visitor]:
        """Somebody with a fresh browser. Whatever a page did that it may not fails here, if `strict`."""
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
            locale={"zh": "zh-CN", "en": "en-GB"}[language], java_script_enabled=javascript,
            color_scheme="dark" if dark else "light", has_touch=phone, accept_downloads=True,
        )
        context.set_default_timeout(8_000)
        watch = Watch(self.url)
        if strict:
            watch.follow(context)
        try:
            yield Visitor(self, context, context.new_page(), language)
        finally:
            context.close()
        watch.check()

    def signed_in(self, visitor: Visitor, role: str, subject: str, lender: str = "") -> None:
        """Gives a visitor a session as its cookie."""
        visitor.context.add_cookies([{
            "name": "consentry", "value": self.session(role, subject, lender), "url": self.url, "httpOnly": True,
            "sameSite": "Lax",
        }])

    def await_time(self, look: Any, what: str) -> Any:
        """Waits for something that the courier or the projections bring about."""
        return until(look, what, 15)
