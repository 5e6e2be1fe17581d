"""Every page once: where it is, who sees it, and what is pressed first. For axe, weight and pictures.

A page that is missing here fails a test (test_pages.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.browser import acts
from tests.browser.visitor import Visitor
from tests.browser.world import Site

Step = Callable[[Visitor], object]
NOBODY = "0" * 32


@dataclass(frozen=True, slots=True)
class Stop:
    """One page, or one state of it: `name` is the picture's, `route` the rule of the address as its view has it."""

    name: str
    who: str
    route: str
    path: str
    steps: Step | None = None


@dataclass(frozen=True, slots=True)
class Tour:
    """A world in which every page has something to show, and a session for everybody."""

    site: Site
    ids: dict[str, str]
    sessions: dict[str, str]

    @classmethod
    def of(cls, site: Site, borrower: str = "reachable") -> Tour:
        """`borrower`: by which name of the demo. Signing in is a sign of life, after which nothing is granted.

        The one number that may be released for `unreachable` is released here: officers' stories come before.
        """
        ids = _ids(site, borrower)
        return cls(site, ids, _sessions(site, borrower))

    def enters(self, visitor: Visitor, who: str) -> None:
        """Gives the visitor this person's session; nobody's for `open`."""
        visitor.context.clear_cookies()
        if who in self.sessions:
            visitor.context.add_cookies([{
                "name": "consentry", "value": self.sessions[who], "url": self.site.url, "httpOnly": True,
                "sameSite": "Lax"}])

    def stops(self) -> Iterator[Stop]:
        """All of them, people by people."""
        for who, listed in (("open", OPEN), ("borrower", BORROWER), ("weak", WEAK), ("contact", CONTACT),
                            ("invited", INVITED), ("officer", OFFICER), ("auditor", AUDITOR)):
            for name, route, steps in listed:
                yield Stop(f"{who}-{name}", who, route.partition("?")[0], self.address(route), steps)

    def address(self, route: str) -> str:
        """The rule with ids in the place of its places; behind `of=` stands whose id another than the usual."""
        path, _, other = route.partition("?of=")
        if other:
            return re.sub("<id:[a-z]+>", self.ids[f"id:{other}"], path)
        for name, value in self.ids.items():
            route = route.replace(f"<{name}>", value)
        return route


def _ids(site: Site, borrower: str) -> dict[str, str]:
    person, waiting = site.served.borrower("unreachable"), site.served.borrower("attempts-missing")
    call, account = acts.calls(site), acts.late(site, "late")
    visit, visited = acts.asks_visit(site, account)["approval"], acts.visits(site)
    acts.loosens(site)
    lookup, approval = site.released(), site.asks_approval("obtain-contact-details", "message")
    own = lookup if borrower == person["name"] else str(site.served.look_up(borrower)["lookup"])
    consents = site.served.client("lender").get("/v1/consents?limit=100").value["items"]
    of = {one["giver"]: one["consent"] for one in consents if one["borrower"] == person["borrower"]}
    invitation = site.invites(waiting)
    return {
        "id:call": call, "id:visit": visit, "id:visited": visited,
        "id:contact": site.served.borrower(borrower)["contact"], "id:own": own, "id:lookup": lookup,
        "id:use": lookup, "id:approval": approval,
        "id:consent": of["contact"], "id:asked": invitation["consent"],
        "token": invitation["invitation"], "id:complaint": site.complains("not-overdue"),
        "id:alarm": site.alarm(), "id:agency": site.card["parties"]["agency"], "word:name": "cn",
        "word:provider": "demo-dialler",
        "id:pending": site.asks_consent(site.served.borrower("reachable")), "id:comparison": site.compares(),
    }


def _sessions(site: Site, borrower: str) -> dict[str, str]:
    own = site.served.borrower("reachable")["channels"]
    mail = next(one["address"] for one in own if one["medium"] == "email")
    return {
        "borrower": site.session("borrower", site.served.borrower(borrower)["borrower"]),
        "weak": site.session_by_code("borrower", mail),
        "contact": site.session_by_code("contact", site.served.borrower("unreachable")["contact_number"]),
        "invited": site.session_by_code("contact", site.served.borrower("attempts-missing")["contact_number"]),
        "officer": site.session("officer", site.officer()["id"]),
        "auditor": site.session("auditor", site.auditor()),
    }


def _refused_sign_in(visitor: Visitor) -> None:
    visitor.tick("role", "borrower")
    visitor.type("sign-in.address", "not an address")
    visitor.press("sign-in.send-code")


def _terms(visitor: Visitor) -> None:
    visitor.tick("grantee", "lender")
    visitor.tick("purposes", "restore-contact")
    visitor.tick("modes", "message")


def _invites(visitor: Visitor) -> None:
    _terms(visitor)
    visitor.press("me.invite.send")


def _nothing_ticked(visitor: Visitor) -> None:
    visitor.tick("grantee", "lender")
    visitor.press("me.new.agree")


def _checks(key: str) -> Step:
    def step(visitor: Visitor) -> None:
        visitor.press(key)
        visitor.page.locator('[data-said="right"]').wait_for(state="visible")

    return step


def _draws_up(visitor: Visitor) -> None:
    visitor.press("officer.approval.approve")


def _opens_words(visitor: Visitor) -> None:
    visitor.press("officer.complaint.open-words")


def _presses(key: str) -> Step:
    return lambda visitor: visitor.press(key)


def _asks_resolution(visitor: Visitor) -> None:
    visitor.page.locator('select[name="complaint"]').select_option(index=1)
    visitor.page.locator('input[name="address"]').fill("+8610000000203")
    visitor.page.locator("main form button").last.click()


Listed = list[tuple[str, str, Any]]
OPEN: Listed = [
    ("sign-in", "/sign-in", None), ("sign-in-refused", "/sign-in?refused", _refused_sign_in),
    ("code", f"/sign-in/code?request={NOBODY}", None), ("link", "/sign-in/link/<any>", None),
    ("link-gone", "/sign-in/link/<any>?gone", _presses("sign-in.link.open")), ("staff", "/sign-in/staff", None),
    ("invitation", "/c/i/<token>", None), ("problem", "/me/nothing-here", None),
]
BORROWER: Listed = [
    ("home", "/me", None), ("contacts", "/me/contacts", None),
    ("invite", "/me/contacts/<id:contact>/invitation", None),
    ("invited", "/me/contacts/<id:contact>/invitation?sent", _invites),
    ("consents", "/me/consents", None), ("consent-new", "/me/consents/new", None),
    ("consent-refused", "/me/consents/new?refused", _nothing_ticked),
    ("lookups", "/me/lookups", None), ("lookup", "/me/lookups/<id:own>", None),
    ("lookup-checked", "/me/lookups/<id:own>?checked", _checks("me.proof.check")), ("reach", "/me/reach", None),
    ("hardship", "/me/hardship", None), ("complaint-new", "/me/complaints/new", None),
    ("complaints", "/me/complaints", None), ("data", "/me/data", None), ("erase", "/me/erase", None),
    ("holds", "/me/holds", None),
]
WEAK: Listed = [
    ("home", "/me", None), ("data", "/me/data", None), ("stronger", "/me/lookups?weak", None),
    ("other", "/officer?other", None), ("consent-code", "/me/consents/<id:pending>/code", None),
]
CONTACT: Listed = [
    ("home", "/c", None), ("consents", "/c/consents", None), ("consent", "/c/consents/<id:consent>", None),
    ("uses", "/c/uses", None), ("use", "/c/uses/<id:use>", None), ("complaints", "/c/complaints", None),
    ("complaint-new", "/c/complaints/new", None), ("objection", "/c/objection", None), ("data", "/c/data", None),
    ("report", "/c/report", None),
    ("done", "/c/uses/<id:use>?answered", _presses("c.answer.cannot")),
]
INVITED: Listed = [("home", "/c", None), ("consent", "/c/consents/<id:asked>", None)]
OFFICER: Listed = [
    ("home", "/officer", None), ("approvals", "/officer/approvals", None),
    ("approval", "/officer/approvals/<id:approval>", None),
    ("approval-visit", "/officer/approvals/<id:approval>?of=visit", None),
    ("act-visit", "/officer/approvals/<id:approval>?of=visit", _draws_up),
    ("act", "/officer/approvals/<id:approval>?act", _draws_up), ("acts", "/officer/acts", None),
    ("complaints", "/officer/complaints", None), ("complaint", "/officer/complaints/<id:complaint>", None),
    ("complaint-open", "/officer/complaints/<id:complaint>?words", _opens_words),
    ("agencies", "/officer/agencies", None), ("agency", "/officer/agencies/<id:agency>", None),
    ("packs", "/officer/packs", None), ("pack", "/officer/packs/<word:name>", None),
    ("comparisons", "/officer/packs/compare", None),
    ("comparison", "/officer/packs/compare/<id:comparison>", None),
    ("releases", "/officer/releases", None), ("holds", "/officer/holds", None), ("alarms", "/officer/alarms", None),
    ("alarm", "/officer/alarms/<id:alarm>", None),
    ("erasures", "/officer/erasures", None),
    ("passkeys", "/officer/passkeys", None), ("providers", "/officer/providers", None),
    ("provider", "/officer/providers/<word:provider>", None), ("roles", "/officer/roles", None),
]
AUDITOR: Listed = [
    ("home", "/auditor", None), ("lookups", "/auditor/lookups", None),
    ("search", "/auditor/lookups?verdict=deny", None), ("lookup", "/auditor/lookups/<id:lookup>", None),
    ("lookup-checked", "/auditor/lookups/<id:lookup>?checked", _checks("auditor.proof.check")),
    ("lookup-visit", "/auditor/lookups/<id:lookup>?of=visited", None),
    ("lookup-call", "/auditor/lookups/<id:lookup>?of=call", None),
    ("derogations", "/auditor/derogations", None),
    ("figures", "/auditor/figures", None), ("log", "/auditor/log", None),
    ("alarms", "/auditor/alarms", None), ("resolutions", "/auditor/resolutions", None),
    ("resolution-sign", "/auditor/resolutions?draft", _asks_resolution),
]
