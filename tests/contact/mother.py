"""Somebody who finds her number listed: signs in with a code or a forwarded invitation, as pages and as JSON."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import officer
from registry.demo.seed import Bench
from registry.model.times import DAY, stamp
from registry.texts import notices
from tests.portal.visitor import CODE, Visitor, by_link
from tests.web.demo import Demo
from tests.web.world import As, World

_READ: set[str] = set()
SCOPE = {"purposes": ["restore-contact", "relay-message"], "modes": ["message", "number"], "data": ["phone"],
         "grantee": {"role": "entrusted"}, "max_uses": 3}


def messages(bench: Bench, to: str, template: str) -> list[dict[str, str]]:
    """What went to an address, after all that is due went out."""
    bench.settle()
    return [one for one in bench.outbox.messages() if (one["to"], one["template"]) == (to, template)]


def code_to(bench: Bench, number: str, template: str) -> str:
    """The code in the message that came since it was last asked for. Of several in one millisecond the outbox does
    not say which is the newest."""
    (new,) = [one for one in messages(bench, number, template) if one["id"] not in _READ]
    _READ.add(new["id"])
    return str(CODE.findall(new["text"])[0])  # what stands behind it is a link


class Mother(Visitor):
    """Signed in by code unless told otherwise."""

    def __init__(self, place: Demo | World, number: str, *, language: str = "zh", by_code: bool = True) -> None:
        super().__init__(place.app, language=language)
        self.bench, self.number = place.bench, number
        if by_code:
            self.get("/sign-in")
            self.send("/sign-in", role="contact", address=number)
            self.send("/sign-in/code", code=code_to(self.bench, number, "sign-in-code"))
            assert (self.status, self.path) == (200, "/c"), self.page

    @property
    def json(self) -> As:
        """The same session as JSON."""
        return As(self.client.application.test_client(), self.cookie("consentry"))


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a borrower forwarded, and the code that came to the contact."""

    consent: str
    token: str
    code: str
    number: str
    ids: dict[str, str]

    @property
    def path(self) -> str:
        return f"/c/i/{self.token}"


def listed(world: World, number: str | None = None, **changes: Any) -> tuple[dict[str, str], str]:
    """A borrower with a contact and an account: ids, and the contact's number. `changes`: of the borrower."""
    body = world.contact(**({} if number is None else {"number": number}))
    borrower = world.lender.post("/v1/borrowers", world.borrower(**changes)).json["borrower"]
    contact = world.lender.post(f"/v1/borrowers/{borrower}/contacts", body).json["contact"]
    account = world.lender.post("/v1/accounts", world.account(borrower)).json["account"]
    world.lender.post(f"/v1/accounts/{account}/placements", {
        "agency": world.made["agency"].id, "from": "2026-09-01", "until": "2027-06-01"})
    return {"borrower": borrower, "contact": contact, "account": account}, body["number"]


def invited(
    world: World, *, language: str = "zh", notice: dict[str, str] | None = None, **changes: Any
) -> Invitation:
    """A contact whom the borrower asked in the portal."""
    ids, number = listed(world, **changes)
    session = by_link(world, "borrower", ids["borrower"]).cookie("consentry")
    made = As(world.app.test_client(), session).post(f"/v1/me/contacts/{ids['contact']}/invitation", {
        "scope": SCOPE, "notice": notice or notices.current("contact").shown(language),
        "expires_at": stamp(world.clock.now() + 90 * DAY)})
    assert made.status_code == 201, made.text
    token = made.json["invitation_url"].rpartition("/")[2]
    return Invitation(made.json["consent"], token, code_to(world.bench, number, "contact-invitation"), number, ids)


def opened(world: World, invitation: Invitation, language: str = "zh") -> Mother:
    """The invited contact, who typed the code of the invitation."""
    mother = Mother(world, invitation.number, language=language, by_code=False)
    mother.get(invitation.path)
    mother.send(invitation.path, code=invitation.code)
    assert mother.status == 200, mother.page
    return mother


def asked(demo: Demo, name: str, mode: str, key: str) -> Any:
    demo.bench.settle()
    return demo.using("collector").post(
        "/v1/lookups", {**demo.lookup(name), "mode": mode}, idempotency_key=f"{key}-{name}-{mode}").json


def permitted(demo: Demo, name: str, mode: str) -> str:
    """A permit about somebody's contact, approved by an officer where that is needed; its id."""
    answer = asked(demo, name, mode, "first")
    if answer["verdict"] != "permit":
        items = demo.using("officer").get("/v1/approvals?state=open").json["items"]
        item = next(one for one in items if one["approval"] == answer["approval"])
        signed = officer.sign(item, Path(demo.card["officers"][0]["key"]))
        demo.using("officer").post("/v1/approvals", {
            "approval": answer["approval"], "verdict": "approve", "auth": [signed]})
        answer = asked(demo, name, mode, "second")
    assert answer["verdict"] == "permit", answer
    demo.bench.settle()
    return str(answer["lookup"])


def said(page: str) -> str:
    """What somebody sees of a page: no markup, no receipts."""
    shown = re.sub(r"<(style|script|code|pre)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
