"""Approvals over HTTP: facts and what to sign, never a number; approved, refused, used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry import officer
from tests.web.demo import Demo, make_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with make_demo(tmp_path_factory.mktemp("approvals")) as made:
        yield made


def key_of(demo: Demo) -> Path:
    return Path(demo.card["officers"][0]["key"])


def ask(demo: Demo, purpose: str, key: str) -> dict[str, Any]:
    """A lookup of the unreachable borrower for a purpose; courier and pump have done what is due before and after."""
    demo.bench.settle()
    body = {**demo.lookup("unreachable"), "purpose": purpose}
    answer = demo.using("collector").post("/v1/lookups", body, idempotency_key=key)
    demo.bench.settle()
    found: dict[str, Any] = answer.json
    return found


def open_request(demo: Demo, purpose: str) -> str:
    """The request opened by a lookup that lacks nothing but its approval."""
    asked = ask(demo, purpose, f"open-{purpose}")
    assert asked["state"] == "approval-needed", asked
    approval: str = asked["approval"]
    return approval


def test_an_open_request_carries_facts_and_the_act_to_sign_but_no_number(demo: Demo) -> None:
    opened = open_request(demo, "obtain-contact-details")
    size = demo.bench.vault.call("status", {})["size"]
    listed = demo.using("officer").get("/v1/approvals?state=open")
    (item,) = listed.json["items"]
    assert item["approval"] == opened
    assert item["facts"]
    assert item["entry"]["kind"] == "approval-given/1"
    assert demo.bench.vault.call("entry", {"index": size})["entry"]["kind"] == "viewed/1", "the look is an entry"
    person = demo.person("unreachable")
    for number in (person["contact_number"], *(one["address"] for one in person["channels"])):
        assert number not in listed.text


def test_an_approval_is_given_with_the_listed_act(demo: Demo) -> None:
    (item,) = demo.using("officer").get("/v1/approvals?state=open").json["items"]
    body = {"approval": item["approval"], "verdict": "approve", "auth": [officer.sign(item, key_of(demo))]}
    given = demo.using("officer").post("/v1/approvals", body)
    assert (given.status_code, given.json["verdict"]) == (201, "approve"), given.text
    assert demo.using("officer").get("/v1/approvals?state=open").json["items"] == []


def test_a_refusal_with_a_note_is_drafted_apart_from_one_without(demo: Demo) -> None:
    opened = open_request(demo, "relay-message")
    body = {"approval": opened, "verdict": "refuse"}
    plain = demo.using("officer").post("/v1/approvals?draft=1", body).json
    noted = demo.using("officer").post("/v1/approvals?draft=1", {**body, "note": "invented words"}).json
    assert plain["entry"]["id"] != noted["entry"]["id"]
    assert "note" not in plain["entry"]["body"]
    signed = {**body, "note": "invented words", "auth": [officer.sign(noted, key_of(demo))]}
    refused = demo.using("officer").post("/v1/approvals", signed)
    assert (refused.status_code, refused.json["verdict"]) == (201, "refuse"), refused.text
    assert demo.using("officer").get("/v1/approvals?state=refused").json["items"][-1]["approval"] == opened
    again = demo.using("officer").post("/v1/approvals?draft=1", body)
    assert (again.status_code, again.json["code"]) == (409, "approval-settled")


def test_an_unknown_request_is_404(demo: Demo) -> None:
    body = {"approval": "0" * 32, "verdict": "refuse"}
    assert demo.using("officer").post("/v1/approvals?draft=1", body).status_code == 404


def test_an_approval_is_used_up_by_the_permit(demo: Demo) -> None:
    permit = ask(demo, demo.card["purpose"], "use-1")
    assert permit["verdict"] == "permit"
    audited = demo.using("auditor").get(f"/v1/audit/lookups/{permit['lookup']}").json
    (used,) = demo.using("officer").get("/v1/approvals?state=used").json["items"]
    assert used["approval"] == audited["entry"]["body"]["approval"]
    assert audited["replay"] == {"verdict": "permit", "agrees": True}
