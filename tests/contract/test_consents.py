"""Consents: recorded by the lender, agreed to with a code, taken back with one click."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest

from tests.contract import proofs
from tests.contract.client import ID, Answer, World, later, until

Body = dict[str, Any]
RECEIPT = {"iss", "iat", "jti", "act", "consent", "giver", "terms_sha256", "log_index", "leaf"}


def _person(world: World) -> Body:
    """A borrower with a contact and a placed account of their own, all new."""
    number = f"+861000000{secrets.randbelow(4000) + 5000}"
    borrower = world.ask("POST", "/v1/borrowers", {
        "ref": secrets.token_hex(6), "name": {"given": "小明"}, "residence": "CN", "languages": ["zh-CN"],
        "channels": []}, who="lender").json["borrower"]
    contact = world.ask("POST", f"/v1/borrowers/{borrower}/contacts", {
        "ref": secrets.token_hex(6), "name": "小红", "relation": "friend", "number": number, "languages": ["zh-CN"],
        "rank": 1}, who="lender").json["contact"]
    account = world.ask("POST", "/v1/accounts", {
        "ref": secrets.token_hex(6), "borrower": borrower, "liability": "principal", "due_since": "2026-01-31",
        "balance_minor": 5, "currency": "CNY", "limitation_until": "2031-01-31", "state": "open",
        "as_of": "2026-06-30"}, who="lender").json["account"]
    world.ask("POST", f"/v1/accounts/{account}/placements", {
        "agency": world.card["parties"]["agency"], "from": "2026-01-01", "until": "2030-01-01"}, who="lender")
    return {"borrower": borrower, "contact": contact, "contact_number": number, "account": account}


def _terms(world: World, person: Body, by: str) -> Body:
    now = world.now()
    contact = {"contact": person["contact"]} if by == "contact" else {}
    return {
        "giver": by, "borrower": person["borrower"], **contact, "account": person["account"],
        "scope": {"purposes": [world.card["purpose"]], "modes": ["number"], "data": ["phone"],
                  "grantee": {"role": "entrusted"}, "max_uses": 3},
        "notice": {"id": "n-1", "version": "1", "language": "zh-CN", "sha256": "0" * 64}, "method": "app",
        "separate": True, "given_at": later(now), "expires_at": later(now, days=300)}


def _give(world: World, by: str, person: Body | None = None, **other: Any) -> Answer:
    terms = _terms(world, person or _person(world), by)
    return world.ask("POST", "/v1/consents", {**terms, **other}, who="lender", key=True)


def _receipt(world: World, token: str, act: str, consent: str) -> Body:
    header, claims = proofs.jws(token, world.ask("GET", "/v1/keys").json["keys"])
    assert header["typ"] == "consentry-receipt+jwt"
    assert header["alg"] == "EdDSA"
    assert set(claims) == RECEIPT
    assert (claims["act"], claims["consent"], claims["iss"]) == (act, consent, world.card["log"]["origin"])
    entry = next(row["entry"] for row in world.entries() if row["index"] == claims["log_index"])
    assert proofs.leaf(proofs.canonical(entry)).hex() == claims["leaf"]
    return claims


def _invitation(world: World) -> Body:
    """A new contact's invitation: the consent's answer, the code, the link in the message."""
    person = _person(world)
    asked = _give(world, "contact", person)
    assert asked.status == 201, asked.body

    def came() -> Body | None:
        return next((message for message in world.outbox(person["contact_number"]) if message.get("code")), None)
    message = until(came, "the invitation")
    (link,) = re.findall(r"/r/[0-9a-f]{32}", message["text"])
    return {**asked.json, "code": message["code"], "link": link, "number": person["contact_number"]}


def test_a_borrowers_consent_recorded_by_the_lender_is_given_with_receipt_proof_and_a_way_back(world: World) -> None:
    answer = _give(world, "borrower")
    assert answer.status == 201, answer.body
    given = answer.json
    assert {"consent", "state", "assurance", "receipt", "proof", "withdraw_url"} <= set(given)
    assert (given["state"], given["assurance"]) == ("given", "recorded")
    assert ID.match(given["consent"])
    claims = _receipt(world, given["receipt"], "given", given["consent"])
    assert claims["giver"] == "borrower"
    entry = next(row["entry"] for row in world.entries() if row["index"] == claims["log_index"])
    assert proofs.included(given["proof"], proofs.canonical(entry), world.key) == claims["log_index"]
    assert re.match(re.escape(world.url) + r"/r/[0-9a-f]{32}\Z", given["withdraw_url"])
    taken = world.ask("POST", f"/v1/consents/{given['consent']}/withdrawal", {}, who="lender", key=True)
    assert taken.status == 201
    _receipt(world, taken.json["receipt"], "withdrawn", given["consent"])
    shown = world.ask("GET", f"/v1/consents/{given['consent']}", who="lender").json
    assert shown["state"] == "withdrawn"


@pytest.mark.parametrize(("change", "pointer"), [
    ({"separate": False}, "/separate"),
    ({"giver": "neighbour"}, "/giver"),
    ({"method": "telepathy"}, "/method"),
    ({"notice": {"id": "n-1", "version": "1", "language": "zh-CN"}}, "/notice/sha256"),
    ({"surprise": 1}, "/surprise"),
    ({"evidence": "in clear"}, "/evidence"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    ({"given_at": "2026-01-01"}, "/given_at"),
    ({"scope": {"purposes": ["collect"], "modes": ["number"], "data": ["phone"],
                "grantee": {"role": "entrusted"}, "max_uses": 1}}, "/scope/purposes/0"),
    ({"scope": {"purposes": [], "modes": ["number"], "data": ["phone"],
                "grantee": {"role": "everybody"}, "max_uses": 0}}, "/scope/grantee/role"),
])
def test_a_wrong_member_of_a_consent_is_422_and_pointed_at(world: World, change: Body, pointer: str) -> None:
    answer = _give(world, "borrower", **change)
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_a_contact_agrees_with_the_code_sent_to_that_very_line(world: World) -> None:
    asked = _invitation(world)
    assert (asked["state"], asked["assurance"]) == ("pending-code", "code")
    assert re.match(r"\d{6}\Z", asked["code"])
    done = world.ask("POST", f"/v1/consents/{asked['consent']}/code", {"code": asked["code"]})
    assert done.status == 201, done.body
    assert done.json["state"] == "given"
    _receipt(world, done.json["receipt"], "given", asked["consent"])
    taken = world.ask("POST", asked["link"], {"answer": "withdraw"})
    assert taken.status in (200, 201)
    _receipt(world, taken.json["receipt"], "withdrawn", asked["consent"])


def test_a_wrong_an_unknown_and_a_used_up_code_are_refused_alike(world: World) -> None:
    asked = _invitation(world)
    path = f"/v1/consents/{asked['consent']}/code"
    wrong = f"{(int(asked['code']) + 1) % 1000000:06d}"
    refusals = [world.ask("POST", path, {"code": wrong}) for _ in range(5)]
    refusals.append(world.ask("POST", path, {"code": asked["code"]}))
    refusals.append(world.ask("POST", f"/v1/consents/{'0' * 32}/code", {"code": wrong}))
    refusals.append(world.ask("POST", path, {"code": "12"}))
    assert {answer.status for answer in refusals} == {422}
    assert len({answer.body for answer in refusals}) == 1


def test_the_link_in_a_message_is_a_plain_page_with_one_button_each_and_no_name(world: World) -> None:
    asked = _invitation(world)
    page = world.ask("GET", asked["link"])
    text = page.body.decode()
    assert (page.status, page.headers["cache-control"]) == (200, "no-store")
    assert page.headers["content-type"].startswith("text/html")
    assert sorted(re.findall(r'name="answer" value="(\w+)"', text)) == ["object", "refuse", "withdraw"]
    assert "<script" not in text
    assert asked["number"].lstrip("+") not in text
    assert world.ask("POST", asked["link"], {"answer": "yes"}).status == 422
    unknown = world.ask("GET", f"/r/{secrets.token_hex(16)}")
    assert (unknown.status, unknown.body) == (page.status, page.body)
    assert world.ask("POST", f"/r/{secrets.token_hex(16)}", {"answer": "refuse"}).status == 404


def test_a_refusal_is_recorded_with_a_receipt_and_the_code_is_void(world: World) -> None:
    asked = _invitation(world)
    done = world.ask("POST", asked["link"], {"answer": "refuse"})
    assert done.status in (200, 201)
    _receipt(world, done.json["receipt"], "refused", asked["consent"])
    late = world.ask("POST", f"/v1/consents/{asked['consent']}/code", {"code": asked["code"]})
    assert late.status == 422


def test_never_again_is_a_receipt_and_closes_the_line(world: World) -> None:
    asked = _invitation(world)
    done = world.ask("POST", asked["withdraw_url"].removeprefix(world.url), {"answer": "object"})
    assert done.status in (200, 201)
    keys = world.ask("GET", "/v1/keys").json["keys"]
    _, claims = proofs.jws(done.json["receipt"], keys)
    assert (claims["act"], claims["giver"]) == ("objected", "contact")
    kinds = [row["entry"]["kind"] for row in world.entries() if row["index"] == claims["log_index"]]
    assert kinds == ["objected/1"]


def test_the_button_of_the_page_works_without_a_script(world: World) -> None:
    given = _give(world, "borrower").json
    done = world.ask("POST", given["withdraw_url"].removeprefix(world.url), raw=b"answer=withdraw",
                     headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert done.status == 200
    assert done.headers["content-type"].startswith("text/html")
    assert world.ask("GET", f"/v1/consents/{given['consent']}", who="lender").json["state"] == "withdrawn"


def test_a_client_without_a_placement_cannot_withdraw_for_others(world: World) -> None:
    given = _give(world, "borrower").json
    path = f"/v1/consents/{given['consent']}/withdrawal"
    assert world.ask("POST", path, {}, who="rival_collector", key=True).status == 404
    assert world.ask("POST", path, {}, who="collector", key=True).status == 201
