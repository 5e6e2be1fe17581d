"""A resolution through the API: two people sign, and the answer is pseudonyms alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry import officer
from tests.web.world import As, World


@pytest.fixture
def filed(world: World) -> tuple[str, str, str]:
    """A complaint, the number that it names, and whose it is."""
    body = world.borrower()
    borrower = world.lender.post("/v1/borrowers", body).json["borrower"]
    made = world.lender.post("/v1/complaints", {
        "from": "borrower", "borrower": borrower, "about": "registry", "text": "invented words"})
    assert made.status_code == 201, made.text
    return made.json["complaint"], body["channels"][0]["value"], borrower


def second_officer(world: World) -> As:
    ident = officer.load(world.keys.officers[1]).officer
    return As(world.app.test_client(), world.token("officer", ident))


def signed(world: World, asking: As, draft: dict[str, Any], number: int) -> str:
    signature = officer.sign(draft, world.keys.officers[number])
    done = asking.post(f"/v1/audit/resolutions/drafts/{draft['entry']['id']}", {"signature": signature})
    assert done.status_code == 201, done.text
    ident: str = done.json["resolution"]
    return ident


def test_two_officers_get_pseudonyms_and_one_gets_none(world: World, filed: tuple[str, str, str]) -> None:
    complaint, number, borrower = filed
    draft = world.officer.post("/v1/audit/resolutions", {"complaint": complaint, "address": number})
    assert draft.status_code == 200, draft.text
    assert number not in draft.text
    ident = signed(world, world.officer, draft.json, 0)
    path = f"/v1/audit/resolutions/{ident}"
    assert world.officer.get(path).json["state"] == "asked"
    refused = world.officer.post(f"{path}/answer", {})
    assert (refused.status_code, refused.json["code"]) == (409, "approvals-missing")
    again = world.officer.post(f"{path}/draft", {})
    assert (again.status_code, again.json["code"]) == (409, "resolution-signed")
    other = second_officer(world)
    signed(world, other, other.post(f"{path}/draft", {}).json, 1)
    found = world.auditor.post(f"{path}/answer", {})
    assert found.status_code == 201, found.text
    assert found.json == {"resolution": ident, "borrowers": [borrower], "contacts": []}
    assert world.auditor.get(path).json["borrowers"] == [borrower]
    listed = [one for one in world.auditor.get("/v1/audit/resolutions").json["items"] if one["resolution"] == ident]
    assert [one["state"] for one in listed] == ["resolved"]
    assert borrower not in json.dumps(listed), "a list names nobody"


def test_what_is_not_there_is_404(world: World, filed: tuple[str, str, str]) -> None:
    nobody = "0" * 32
    assert world.auditor.post("/v1/audit/resolutions", {"complaint": nobody, "address": filed[1]}).status_code == 404
    for path in (f"/v1/audit/resolutions/{nobody}",):
        assert world.auditor.get(path).status_code == 404
    for path in ("answer", "draft"):
        assert world.auditor.post(f"/v1/audit/resolutions/{nobody}/{path}", {}).status_code == 404
    draft = world.officer.post("/v1/audit/resolutions", {"complaint": filed[0], "address": filed[1]}).json
    signature = officer.sign(draft, world.keys.officers[0])
    stranger = world.auditor.post(f"/v1/audit/resolutions/drafts/{draft['entry']['id']}", {"signature": signature})
    assert stranger.status_code == 404, "a draft is its author's"


def test_lenders_and_agencies_have_no_resolutions(world: World) -> None:
    for who in (world.lender, world.collector):
        assert who.get("/v1/audit/resolutions").status_code == 403
