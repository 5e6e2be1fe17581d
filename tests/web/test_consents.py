"""Consents over HTTP: recorded, given by code, withdrawn; and the page behind each message's link."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from registry import texts
from registry.errors import UnavailableError
from registry.model.times import DAY
from tests.web.world import World, decoded

LINK = "http://localhost:8000/r/"


def invited(world: World) -> tuple[dict[str, str], str, str]:
    """Somebody whose contact was asked for consent: ids, the consent, the code in the message."""
    ids = world.someone()
    number = world.contact()["number"]
    contact = world.lender.post(f"/v1/borrowers/{ids['borrower']}/contacts", world.contact(rank=2, number=number))
    ids["contact"] = contact.json["contact"]
    asked = world.lender.post(
        "/v1/consents", world.consent("contact", ids["borrower"], ids["contact"]), idempotency_key=ids["contact"])
    assert (asked.status_code, asked.json["state"]) == (201, "pending-code"), asked.text
    assert "receipt" not in asked.json
    world.settle()
    (message,) = [one for one in world.messages(number) if one["template"] == "contact-invitation"]
    return ids, asked.json["consent"], message["code"]


def test_a_borrowers_consent_is_recorded_with_receipt_and_a_way_back(world: World) -> None:
    ids = world.someone()
    body = world.consent("borrower", ids["borrower"], account=ids["account"])
    assert world.lender.post("/v1/consents", body).json["code"] == "idempotency-key-missing"
    given = world.lender.post("/v1/consents", body, idempotency_key="bc-1")
    assert (given.status_code, given.json["state"], given.json["assurance"]) == (201, "given", "recorded")
    assert given.json["withdraw_url"].startswith(LINK)
    claims = decoded(given.json["receipt"])
    assert (claims["act"], claims["consent"], claims["giver"]) == ("given", given.json["consent"], "borrower")
    again = world.lender.post("/v1/consents", body, idempotency_key="bc-1")
    assert again.json["consent"] == given.json["consent"]
    shown = world.lender.get(f"/v1/consents/{given.json['consent']}").json
    assert (shown["state"], shown["account"]) == ("given", ids["account"])
    listed = world.lender.get(f"/v1/consents?borrower={ids['borrower']}").json["items"]
    assert [one["consent"] for one in listed] == [given.json["consent"]]


@pytest.mark.parametrize("changes", [
    {"separate": False}, {"separate": 1}, {"expires_at": "2020-01-01T00:00:00Z"}, {"given_at": "yesterday"},
    {"giver": "neighbour"}, {"method": "nod"}, {"contact": "0" * 32}, {"evidence": "paper"},
    {"notice": {"id": "n", "version": "1", "language": "zh", "sha256": "short"}},
])
def test_an_ill_consent_is_refused(world: World, changes: dict[str, Any]) -> None:
    ids = world.someone()
    body = {**world.consent("borrower", ids["borrower"]), **changes}
    assert world.lender.post("/v1/consents", body, idempotency_key=ids["borrower"]).status_code == 422


def test_a_contacts_consent_is_given_only_by_the_code_from_its_own_line(world: World) -> None:
    ids, consent, code = invited(world)
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "pending"
    wrong = "000000" if code != "000000" else "111111"
    refused = [
        world.nobody.post(f"/v1/consents/{consent}/code", {"code": wrong}),
        world.nobody.post(f"/v1/consents/{'0' * 32}/code", {"code": code}),
        world.nobody.post(f"/v1/consents/{consent}/code", {"code": "12"}),
    ]
    assert {(one.status_code, one.json["code"]) for one in refused} == {(422, "code-refused")}
    given = world.nobody.post(f"/v1/consents/{consent}/code", {"code": code})
    assert (given.status_code, given.json["state"], given.json["assurance"]) == (201, "given", "code")
    assert decoded(given.json["receipt"])["giver"] == "contact"
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "usable"


def test_a_code_ends_after_seven_days(world: World) -> None:
    _, consent, code = invited(world)
    world.clock.move_to(world.clock.now() + 8 * DAY)
    late = world.nobody.post(f"/v1/consents/{consent}/code", {"code": code})
    assert (late.status_code, late.json["code"]) == (422, "code-refused")


@pytest.mark.parametrize("who", ["lender", "collector"])
def test_a_withdrawal_is_taken_from_the_lender_and_the_agency(world: World, who: str) -> None:
    ids = world.someone()
    given = world.lender.post("/v1/consents", world.consent("borrower", ids["borrower"]), idempotency_key=f"w-{who}")
    path = f"/v1/consents/{given.json['consent']}/withdrawal"
    assert world.using("rival_collector").post(path).status_code == 404
    gone = world.using(who).post(path)
    assert gone.status_code == 201
    assert decoded(gone.json["receipt"])["act"] == "withdrawn"
    assert world.lender.get(f"/v1/consents/{given.json['consent']}").json["state"] == "withdrawn"
    assert world.using(who).post(path).json["receipt"] == gone.json["receipt"], "withdrawing twice changes nothing"


def link_of(world: World) -> tuple[dict[str, str], str, str]:
    ids, consent, code = invited(world)
    given = world.nobody.post(f"/v1/consents/{consent}/code", {"code": code})
    return ids, consent, given.json["withdraw_url"].removeprefix(LINK)


@pytest.mark.parametrize(("answer", "act"), [
    ("refuse", "refused"), ("withdraw", "withdrawn"), ("object", "objected"),
])
def test_the_link_restricts_with_one_click(world: World, answer: str, act: str) -> None:
    ids, _, token = link_of(world)
    done = world.nobody.post(f"/r/{token}", {"answer": answer})
    assert (done.status_code, done.json["act"]) == (200, act)
    assert decoded(done.json["receipt"])["act"] == act
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "not-usable"


def test_the_page_shows_one_button_each_in_two_languages_and_no_name(world: World) -> None:
    _, _, token = link_of(world)
    page = world.nobody.get(f"/r/{token}")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    for value in ("refuse", "withdraw", "object"):
        assert page.text.count(f'<button name="answer" value="{value}"') == 1
    assert "永远不要再联系我" in page.text
    assert "Never contact me again" in page.text
    for secret in ("样例", "联系人", "<script", "http://", "https://", token):
        assert secret not in page.text


def test_the_page_is_the_same_for_a_link_that_is_none(world: World) -> None:
    _, _, token = link_of(world)
    assert world.nobody.get(f"/r/{token}").data == world.nobody.get(f"/r/{'0' * 32}").data
    assert world.nobody.post(f"/r/{'0' * 32}", {"answer": "object"}).status_code == 404
    assert world.nobody.get("/r/short").status_code == 404


def test_the_pages_say_nothing_that_a_contact_must_not_be_told(world: World) -> None:
    _, _, token = link_of(world)
    pages = [world.nobody.get(f"/r/{token}").text,
             *(pressed(world, token, answer).text for answer in ("refuse", "withdraw", "object"))]
    for page in pages:
        shown = re.sub(r"<style>.*?</style>|<code>.*?</code>", "", page, flags=re.DOTALL)
        assert texts.forbidden([shown]) == []


def pressed(world: World, token: str, answer: str) -> TestResponse:
    """A button of the page."""
    return world.app.test_client().post(f"/r/{token}", data={"answer": answer})


def test_two_answers_in_one_form_are_none(world: World) -> None:
    refused = world.app.test_client().post(f"/r/{'0' * 32}", data={"answer": ["cannot", "never"]})
    assert refused.status_code == 422
    assert (refused.json["code"], refused.json["detail"]) == ("malformed", "/answer is given twice: give one answer")


def test_a_form_is_answered_with_a_page(world: World) -> None:
    _, _, token = link_of(world)
    page = pressed(world, token, "withdraw")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Withdrawn" in page.text


def test_who_presses_a_button_in_vain_is_told_on_a_page_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, token = link_of(world)
    gone = pressed(world, "0" * 32, "object")
    assert (gone.status_code, gone.mimetype) == (404, "text/html")
    assert "newest message" in gone.text
    assert "最近" in gone.text

    def absent(_self: object, op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise UnavailableError("nobody there")

    monkeypatch.setattr(type(world.bench.vault), "call", absent)
    later = pressed(world, token, "object")
    assert (later.status_code, later.mimetype) == (503, "text/html")
    assert int(later.headers["Retry-After"]) >= 1
    assert "press again" in later.text
    assert "再按一次" in later.text
    assert later.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("sent", [
    {"json": {"answer": "maybe"}}, {"json": {}}, {"data": {"answer": "refuse", "x": "1"}},
])
def test_an_ill_answer_is_422_and_changes_nothing(world: World, sent: dict[str, Any]) -> None:
    ids, _, token = link_of(world)
    assert world.app.test_client().post(f"/r/{token}", **sent).status_code == 422
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "usable"


def test_the_style_of_the_documentation_is_inline_and_its_hash_is_in_the_policy(world: World) -> None:
    page = world.nobody.get("/docs")
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"(src|href)=\"(http|//)", page.text), "nothing may come from elsewhere"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_of_a_message_looks_like_the_portal_and_runs_nothing(world: World, method: str) -> None:
    client = world.app.test_client()
    page = getattr(client, method)(f"/r/{'0' * 32}", **({"data": {"answer": "object"}} if method == "post" else {}))
    assert "script" not in page.text
    assert page.headers.getlist("Content-Security-Policy") == [
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"]
    assert (page.headers["Referrer-Policy"], page.headers["X-Frame-Options"]) == ("no-referrer", "DENY")
    links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert {link.partition("?")[0] for link in links} == {
        "/assets/mark.svg", "/assets/portal.css", "/sign-in", "#main"}
    for link in links:
        assert client.get(link.replace("&amp;", "&").partition("#")[0] or "/healthz").status_code == 200
