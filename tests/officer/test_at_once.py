"""What takes effect at the very next lookup: an approval, a lapse, a suspension, a complaint, and its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry import officer
from registry.model.times import DAY, HOUR, SECOND, date_of, stamp
from tests.officer.conftest import own_demo
from tests.officer.desk import Officer, kinds, size
from tests.web.demo import Demo

demo = own_demo("at-once")  # here time passes and agencies fall


@pytest.fixture
def desk(demo: Demo) -> Officer:
    return Officer(demo, Path(demo.card["officers"][0]["key"]), language="zh")


def look(demo: Demo, key: str, **changes: Any) -> dict[str, Any]:
    """A lookup of the unreachable borrower's contact, by the collector."""
    demo.bench.settle()
    body = {**demo.lookup("unreachable"), **changes}
    found: dict[str, Any] = demo.using("collector").post("/v1/lookups", body, idempotency_key=key).json
    demo.bench.settle()
    return found


def reasons(demo: Demo, lookup: dict[str, Any]) -> set[str]:
    audited = demo.using("auditor").get(f"/v1/audit/lookups/{lookup['lookup']}").json
    return set(audited["reasons"])


def asked(demo: Demo, key: str, purpose: str, **changes: Any) -> str:
    """A request that waits for an officer."""
    found = look(demo, key, purpose=purpose, **changes)
    assert found["state"] == "approval-needed", found
    approval: str = found["approval"]
    return approval


@pytest.fixture(scope="module")
def unanswered(demo: Demo) -> str:
    """A request that nobody will answer, made while it still could be."""
    return asked(demo, "unanswered", "restore-contact", mode="message")


@pytest.mark.usefixtures("unanswered")
def test_a_refusal_ends_a_request_and_grants_nothing(demo: Demo, desk: Officer) -> None:
    approval = asked(demo, "refused-1", "relay-message")
    desk.get(f"/officer/approvals/{approval}")
    desk.send(f"/officer/approvals/{approval}", verdict="refuse")
    assert f"拒绝与借款人 {demo.person('unreachable')['borrower']} 有关的请求 {approval}" in desk.page
    desk.sign()
    desk.get(f"/officer/approvals/{approval}")
    assert "已拒绝" in desk.page
    assert demo.using("officer").get(f"/v1/approvals/{approval}").json["state"] == "refused"
    assert "verdict" not in desk.page, "there is nothing left to decide"
    assert look(demo, "refused-2", purpose="relay-message")["verdict"] == "deny"


def test_an_officer_sees_the_whole_case_and_no_number_then_approves_and_the_next_lookup_is_granted(
    demo: Demo, desk: Officer,
) -> None:
    approval = asked(demo, "at-once-1", "obtain-contact-details")
    desk.get("/officer/approvals")
    assert "示例催收一部" in desk.page
    before = size(demo)
    desk.get(f"/officer/approvals/{approval}")
    assert kinds(demo, before) == ["viewed/2"]
    for said in ("逾期", "至今 70 天", "计入 9 次尝试（需 8）", "除批准外，所有规则此刻都满足", "只算联系过这个渠道",
                 "请问您是否愿意告知本人目前的联系方式", "Asia/Shanghai"):
        assert said in desk.page
    person = demo.person("unreachable")
    told = demo.using("officer").get(f"/v1/approvals/{approval}")
    assert (told.json["over"], told.json["reasons"], told.json["effort"]["attempts"]["have"]) == (False, [], 9)
    assert {one["counts"] for one in told.json["attempts"]} == {"counted", "covers"}
    assert told.json["script"]["text"].startswith("您好")
    for number in (person["contact_number"], *(one["address"] for one in person["channels"])):
        assert number not in desk.page
        assert number not in told.text
        assert number[-4:] not in desk.page.replace(approval, "")
    desk.send(f"/officer/approvals/{approval}", verdict="approve", note="看过事实")
    assert f"批准与借款人 {person['borrower']} 有关的请求 {approval}" in desk.page
    assert "看过事实" not in desk.page
    assert look(demo, "at-once-2", purpose="obtain-contact-details")["verdict"] == "deny", "a draft is no approval"
    desk.sign()
    assert "已办好，并记入日志" in desk.page
    assert look(demo, "at-once-3", purpose="obtain-contact-details")["verdict"] == "permit"


def test_a_hold_that_came_of_a_report_is_on_the_desk_too_and_lifted_like_any_other(
    demo: Demo, desk: Officer,
) -> None:
    permit = next(one for one in reversed(demo.using("auditor").get("/v1/audit/lookups?limit=200").json["items"])
                  if one["verdict"] == "permit" and one["account"] == demo.person("unreachable")["account"])
    report = {"outcome": "distress", "at": stamp(demo.bench.clock.now()), "agent": demo.card["agent"]}
    path = f"/v1/lookups/{permit['lookup']}/outcomes"
    told = demo.using("collector").post(path, report, idempotency_key="outcome")
    assert told.status_code == 201, told.text
    assert "hold-vulnerability" in reasons(demo, look(demo, "held-1"))
    hold = demo.using("officer").get("/v1/holds?state=placed&limit=200").json["items"][-1]
    assert (hold["type"], hold["borrower"]) == ("vulnerability", demo.person("unreachable")["borrower"])
    desk.get("/officer/holds")
    assert "暂无力偿还或处境困难" in desk.page
    desk.send(f"/officer/holds/{hold['hold']}/lift")
    assert "解除需要写明理由" in desk.page
    desk.send(f"/officer/holds/{hold['hold']}/lift", note="已与本人谈妥")
    desk.sign()
    assert "hold-vulnerability" not in reasons(demo, look(demo, "held-2"))


def test_a_suspension_acts_at_once_and_only_a_signed_approval_ends_it(demo: Demo, desk: Officer) -> None:
    agency = demo.card["parties"]["agency"]
    assert "agency-suspended" not in reasons(demo, look(demo, "suspended-0"))
    desk.get(f"/officer/agencies/{agency}")
    desk.send(f"/officer/agencies/{agency}/suspension")
    assert "已暂停，立即生效" in desk.page
    assert "agency-suspended" in reasons(demo, look(demo, "suspended-1"))
    desk.send(f"/officer/agencies/{agency}/approval", lender=demo.card["parties"]["lender"], role="entrusted",
              approved_until=date_of((demo.bench.clock.now() + 2 * DAY) // DAY))
    assert "agency-suspended" in reasons(demo, look(demo, "suspended-2"))
    desk.sign()
    assert "agency-suspended" not in reasons(demo, look(demo, "suspended-3"))


def test_a_lapse_acts_at_once(demo: Demo, desk: Officer) -> None:
    agency = demo.card["parties"]["agency"]
    body = {"agency": agency, "lender": demo.card["parties"]["lender"], "role": "entrusted",
            "until": stamp(demo.bench.clock.now() + HOUR)}
    draft = demo.using("officer").post("/v1/agencies?draft=1", body).json
    demo.using("officer").post("/v1/agencies", {**body, "auth": [officer.sign(draft, desk.key)]})
    assert "agency-approval-lapsed" not in reasons(demo, look(demo, "lapse-0"))
    demo.bench.clock.move_to(demo.bench.clock.now() + HOUR + SECOND)
    assert "agency-approval-lapsed" in reasons(demo, look(demo, "lapse-1"))
    again = Officer(demo, desk.key, language="en")
    again.get("/officer/agencies")
    assert "lapsed" in again.page


def test_a_complaint_about_a_contact_holds_that_contact_until_it_is_settled(demo: Demo, desk: Officer) -> None:
    person = demo.person("notice-running")
    lookup = {"account": person["account"]}
    assert "hold-complaint" not in reasons(demo, look(demo, "complaint-0", **lookup))
    filed = demo.using("lender").post("/v1/complaints", {
        "from": "contact", "borrower": person["borrower"], "contact": person["contact"], "about": "lender",
        "text": "invented"})
    assert filed.status_code == 201, filed.text
    ident = filed.json["complaint"]
    assert "hold-complaint" in reasons(demo, look(demo, "complaint-1", **lookup))
    again = Officer(demo, desk.key, language="en")
    again.get(f"/officer/complaints/{ident}")
    assert "Until it is settled the contact it names is not reached." in again.page
    again.send(f"/officer/complaints/{ident}/settlement", verdict="not-upheld", remedy="none")
    assert "hold-complaint" in reasons(demo, look(demo, "complaint-2", **lookup))
    again.sign()
    assert "hold-complaint" not in reasons(demo, look(demo, "complaint-3", **lookup))


def test_a_complaint_whose_time_is_over_comes_first(demo: Demo, desk: Officer) -> None:
    def file(name: str) -> str:
        borrower = demo.person(name)["borrower"]
        body = {"from": "borrower", "borrower": borrower, "about": "registry", "text": "invented"}
        return str(demo.using("lender").post("/v1/complaints", body).json["complaint"])

    old = file("withdrawn")
    demo.bench.clock.move_to(demo.bench.clock.now() + 15 * DAY + SECOND)
    new = file("reachable")
    again = Officer(demo, desk.key, language="en")
    again.get("/officer")
    assert "1 overdue" in again.page
    again.get("/officer/complaints")
    assert again.page.index(old[:8]) < again.page.index(new[:8])
    assert again.page.count("Overdue: was to be answered by") == 1
    listed = demo.using("officer").get("/v1/complaints?state=open").json["items"]
    assert {one["complaint"]: one["overdue"] for one in listed} == {old: True, new: False}


def test_a_request_that_nobody_answered_for_a_day_is_off_the_desk(demo: Demo, desk: Officer, unanswered: str) -> None:
    assert demo.bench.store.record("approvals", unanswered)["state"] == "open"
    demo.bench.clock.move_to(demo.bench.clock.now() + DAY + SECOND)
    again = Officer(demo, desk.key, language="en")
    again.get("/officer")
    assert "0 requests wait for approval" in again.page
    again.get("/officer/approvals")
    assert "Nothing waits for approval." in again.page
    again.get(f"/officer/approvals/{unanswered}")
    assert "can no longer be approved" in again.page
    assert 'value="approve"' not in again.page
