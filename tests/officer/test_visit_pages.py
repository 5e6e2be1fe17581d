"""A visit on the pages of officers and auditors: who goes there, who approved it in which role, what came of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from registry.model.times import DAY, stamp
from registry.officer import sign, sign_command
from tests.officer.conftest import own_demo
from tests.officer.desk import Officer
from tests.portal.visitor import Visitor
from tests.web.demo import Demo

HOME, VISITORS = "示例市示例路18号", ["agent-17", "agent-18"]
CALLER = "+8610000005432"


demo = own_demo("visit-pages")  # what is asked here stays in its lists


@pytest.fixture
def desk(demo: Demo) -> Officer:
    return Officer(demo, Path(demo.card["officers"][0]["key"]), language="en")


def said(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.text)
    return found


def key(demo: Demo, place: int) -> Path:
    return Path(demo.card["officers"][place]["key"])


def late(demo: Demo) -> str:
    """The account of somebody 120 days past due, whose address the lender knows."""
    lender = demo.using("lender")

    def day(days: int) -> str:
        return stamp(demo.bench.clock.wall() + days * DAY)[:10]

    borrower = said(lender.post("/v1/borrowers", {
        "ref": "late", "name": {"given": "小晚"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": "post", "value": HOME, "use": "personal"}]}))["borrower"]
    account = said(lender.post("/v1/accounts", {
        "ref": "late", "borrower": borrower, "liability": "principal", "due_since": day(-120), "balance_minor": 5,
        "currency": "CNY", "limitation_until": day(900), "state": "open", "as_of": day(0)}))["account"]
    lender.post(f"/v1/accounts/{account}/placements", {
        "agency": demo.card["parties"]["agency"], "from": day(-1), "until": day(300)})
    return str(account)


def visit(demo: Demo, account: str, once: str) -> dict[str, Any]:
    return said(demo.using("collector").post("/v1/lookups", {
        "account": account, "about": "visit", "purpose": "contact-borrower", "mode": "number",
        "agent": demo.card["agent"], "visitors": VISITORS}, idempotency_key=once))


def approve(demo: Demo, approval: str, place: int) -> None:
    officer, body = demo.using("officer"), {"approval": approval, "verdict": "approve"}
    draft = said(officer.post("/v1/approvals?draft=1", body))
    done = officer.post("/v1/approvals", {**body, "auth": [sign(draft, key(demo, place))]})
    assert done.status_code == 201, done.text


@pytest.fixture(scope="module")
def asked(demo: Demo) -> dict[str, Any]:
    """A visit that waits for both officers."""
    account = late(demo)
    return {**visit(demo, account, "asked"), "account": account}


@pytest.fixture
def auditor(demo: Demo) -> Visitor:
    ident = next(one["party"] for one in said(demo.using("officer").get("/v1/parties"))["items"]
                 if one["role"] == "auditor")
    token = demo.bench.vault.call("make-link", {"by": {"role": "web"}, "role": "auditor", "subject": ident})["token"]
    visitor = Visitor(demo.app, language="en")
    visitor.get(f"/sign-in/link/{token}")
    visitor.send(f"/sign-in/link/{token}")
    return visitor


def test_the_officers_list_and_request_say_that_it_is_a_visit_and_who_goes_there(
    asked: dict[str, Any], desk: Officer,
) -> None:
    assert "one visit to the borrower" in desk.get("/officer/approvals").text
    page = desk.get(f"/officer/approvals/{asked['approval']}").text
    assert "one visit to the borrower: the address is given" in page
    assert "agent-17, agent-18" in page
    assert "A visit asks for no attempts first; so far 0 were counted" in page
    assert "(needed: 8)" not in page
    assert "approval-missing" not in page, "the reader is the one who may approve it"
    assert HOME not in page


def test_what_is_signed_is_said_with_who_goes_there_on_the_page_and_in_the_terminal(
    demo: Demo, asked: dict[str, Any], desk: Officer,
) -> None:
    desk.get(f"/officer/approvals/{asked['approval']}")
    desk.send(f"/officer/approvals/{asked['approval']}", verdict="approve")
    assert "agent-17, agent-18" in desk.page
    file = desk.get(f"{desk.path}/draft.json").text
    out, words = io.StringIO(), io.StringIO()
    sign_command(key(demo, 0), io.StringIO(file), out, words)
    assert "one visit to the borrower: the address is given" in words.getvalue()
    assert "visitors: [agent-17, agent-18]" in words.getvalue()
    item = next(one for one in said(demo.using("officer").get("/v1/approvals?state=open"))["items"]
                if one["approval"] == asked["approval"])
    assert item["request"]["visitors"] == VISITORS


def test_words_that_a_registry_invents_cannot_steer_a_terminal(demo: Demo, asked: dict[str, Any]) -> None:
    body = {"approval": asked["approval"], "verdict": "approve"}
    draft = demo.using("officer").post("/v1/approvals?draft=1", body).text
    words = io.StringIO()
    sign_command(key(demo, 0), io.StringIO(draft.replace("agent-18", "agent\\u001b[2K")), io.StringIO(), words)
    assert "\x1b" not in words.getvalue()


def test_the_auditor_reads_who_went_who_approved_it_in_which_role_and_what_was_found(
    demo: Demo, asked: dict[str, Any], auditor: Visitor,
) -> None:
    officer = demo.using("officer")
    role = {"officer": demo.card["officers"][1]["id"], "role": "operations"}
    draft = said(officer.post("/v1/officers/roles?draft=1", role))
    both = [sign(draft, key(demo, place)) for place in (0, 1)]
    assert officer.post("/v1/officers/roles", {**role, "auth": both}).status_code == 201
    for place in (0, 1):
        approve(demo, asked["approval"], place)
    permit = visit(demo, asked["account"], "again")
    assert permit["verdict"] == "permit", permit
    now = stamp(demo.bench.clock.wall())
    done = demo.using("collector").post(f"/v1/lookups/{permit['lookup']}/outcomes", {
        "outcome": "not-home", "at": now, "agent": "agent-17"}, idempotency_key="outcome")
    assert done.status_code == 201, done.text
    demo.bench.settle()
    for language, all_words in (("en", ("one visit to the borrower", "compliance", "operations",
                                   "agent-17 reported: nobody was at home")),
                           ("zh", ("上门拜访借款人一次", "合规", "运营", "经办人 agent-17 报告：不在家"))):
        page = auditor.get(f"/auditor/lookups/{permit['lookup']}?lang={language}").text
        for words in (*all_words, "agent-17, agent-18"):
            assert words in page
        assert HOME not in page
    token = demo.bench.vault.call("make-link", {
        "by": {"role": "lender", "id": demo.card["parties"]["lender"]}, "role": "borrower",
        "subject": said(demo.using("auditor").get(f"/v1/audit/lookups?lookup={permit['lookup']}"))["items"][0][
            "borrower"]})["token"]
    borrower = Visitor(demo.app, language="en")
    borrower.get(f"/sign-in/link/{token}")
    borrower.send(f"/sign-in/link/{token}")
    assert "Once your address was given out for a visit." in borrower.get("/me").text


def test_the_auditor_reads_of_a_call_whether_its_line_was_named(demo: Demo, auditor: Visitor) -> None:
    demo.bench.settle()
    answer = said(demo.using("collector").post("/v1/lookups", {
        **demo.lookup("unreachable"), "mode": "call", "caller": CALLER}, idempotency_key="call"))
    demo.bench.settle()
    page = auditor.get(f"/auditor/lookups/{answer['lookup']}").text
    assert "a call to a contact, connected by the registry" in page
    assert "named by the agency" in page
    assert CALLER not in page
