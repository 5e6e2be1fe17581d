"""What officers and collectors did before the tour, so that its pages can show it: a visit, a derogation, a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registry.model.times import DAY, parse_rfc3339, stamp
from registry.officer import sign
from tests.browser.world import Site
from tests.system.world import until

VISITORS = ["agent-17", "agent-18"]
CALLER = "+8610000005432"


def now(site: Site) -> int:
    """The log clock's milliseconds."""
    return parse_rfc3339(site.served.client("officer").get("/v1/demo/clock").value["now"])


def does(site: Site, path: str, body: dict[str, Any], *places: int) -> dict[str, Any]:
    """An act that these officers sign."""
    officer = site.served.client("officer")
    draft = officer.post(f"{path}?draft=1", body)
    assert draft.status == 200, draft.text
    auth = [sign(draft.value, Path(site.officer(place)["key"])) for place in places]
    done = officer.post(path, {**body, "auth": auth})
    assert done.status == 201, done.text
    found: dict[str, Any] = done.value
    return found


def late(site: Site, ref: str) -> str:
    """The account of somebody 120 days past due, whose address the lender knows."""
    lender, at = site.served.client("lender"), now(site)

    def day(days: int) -> str:
        return stamp(at + days * DAY)[:10]

    borrower = lender.post("/v1/borrowers", {
        "ref": ref, "name": {"given": "小晚"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": [{"medium": "post", "value": "示例市示例路18号", "use": "personal"}]}).value["borrower"]
    account = lender.post("/v1/accounts", {
        "ref": ref, "borrower": borrower, "liability": "principal", "due_since": day(-120), "balance_minor": 5,
        "currency": "CNY", "limitation_until": day(900), "state": "open", "as_of": day(0)}).value["account"]
    placed = lender.post(f"/v1/accounts/{account}/placements", {
        "agency": site.card["parties"]["agency"], "from": day(-1), "until": day(300)})
    assert placed.status == 201, placed.text
    return str(account)


def asks_visit(site: Site, account: str) -> dict[str, Any]:
    """A collector asks for a visit; as it is answered."""
    found: dict[str, Any] = site.served.client("collector").post("/v1/lookups", {
        "account": account, "about": "visit", "purpose": "contact-borrower", "mode": "number",
        "agent": site.card["agent"], "visitors": VISITORS}).value
    return found


def visits(site: Site) -> str:
    """The lookup of a visit that two officers of two roles approved, and of which the collector reported."""
    account = late(site, "visited")
    does(site, "/v1/officers/roles", {"officer": site.officer(1)["id"], "role": "operations"}, 0, 1)
    approval = asks_visit(site, account)["approval"]
    for place in (0, 1):
        does(site, "/v1/approvals", {"approval": approval, "verdict": "approve"}, place)
    permit = asks_visit(site, account)
    assert permit["verdict"] == "permit", permit
    told = site.served.client("collector").post(f"/v1/lookups/{permit['lookup']}/outcomes", {
        "outcome": "not-home", "at": stamp(now(site)), "agent": VISITORS[0]})
    assert told.status == 201, told.text
    return str(permit["lookup"])


def loosens(site: Site) -> None:
    """Two officers grant a derogation that is in force, and one to come."""
    at = now(site)
    for value, begin in (("9", 0), ("8", 40)):
        does(site, "/v1/derogations", {
            "parameter": "borrower.max_dials_7d", "value": value, "pack": "cn",
            "effective_from": stamp(at + begin * DAY), "until": stamp(at + (begin + 30) * DAY),
            "reason": "试点：监管机构要求。A pilot that the regulator asked for.",
        }, 0, 1)


def asks_call(site: Site) -> dict[str, Any]:
    """A collector asks for a brokered call with the contact of `unreachable`; as it is answered."""
    answer = site.served.client("collector").post("/v1/lookups", {
        "account": site.served.borrower("unreachable")["account"], "about": "contact", "purpose": "restore-contact",
        "mode": "call", "agent": site.card["agent"], "caller": CALLER})
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.value
    return found


def calls(site: Site) -> str:
    """A lookup of a brokered call that waits for an approval."""
    return str(asks_call(site)["lookup"])


def connects(site: Site) -> str:
    """The lookup of a brokered call that was approved, connected and talked."""
    collector = site.served.client("collector")
    does(site, "/v1/approvals", {"approval": asks_call(site)["approval"], "verdict": "approve"}, 0)
    lookup = str(asks_call(site)["lookup"])

    def state() -> dict[str, Any]:
        return dict(collector.get(f"/v1/lookups/{lookup}").value["call"])

    until(lambda: state()["state"] == "bound", "the bridge to connect", 30)
    said = {"from": CALLER, "to": state()["number"], "outcome": "talked", "seconds": 42}
    dialled = collector.post("/v1/demo/calls", said)
    assert dialled.status == 200, dialled.text
    until(lambda: state().get("calls"), "the record of the call", 30)
    return lookup
