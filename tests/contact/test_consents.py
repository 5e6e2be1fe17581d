"""What a contact is asked: the forwarded invitation, agreeing, refusing, withdrawing."""

from __future__ import annotations

import pytest

from registry.texts import notices
from tests.contact.mother import Mother, code_to, digest, invited, listed, messages, opened, said
from tests.portal.visitor import Visitor
from tests.web.world import World, decoded


def test_the_forwarded_page_asks_for_the_code_and_names_nobody(world: World) -> None:
    invitation = invited(world)
    visitor = Visitor(world.app, language="en")
    page = visitor.get(invitation.path).text
    assert (visitor.status, visitor.path) == (200, invitation.path)
    for secret in ("样例", "示", invitation.number[1:], invitation.ids["contact"], invitation.consent):
        assert secret not in page
    assert visitor.form(invitation.path).members.keys() == {"form", "code"}


def test_a_link_that_is_none_is_told_in_words_and_a_wrong_code_opens_nothing(world: World) -> None:
    invitation = invited(world)
    visitor = Visitor(world.app)
    assert visitor.get("/c/i/" + "0" * 32).status_code == 404
    assert visitor.get("/c/i/" + "x" * 200).status_code == 404
    visitor.get(invitation.path)
    wrong = "000000" if invitation.code != "000000" else "111111"
    for typed in (wrong, "", "abc"):
        visitor.send(invitation.path, code=typed)
        assert visitor.status == 422
        assert "样例" not in visitor.page
        assert visitor.cookie("consentry") is None


def test_after_the_code_everything_is_said_before_anybody_agrees(world: World) -> None:
    mother = opened(world, invited(world), "en")
    page = said(mother.page)
    for words in ("样例", "Which institution asks", "get back in touch with 样例", "pass on a message to 样例",
                  "3 times", "they do not get your number", "How to stop", "we cannot take it back", "Until when"):
        assert words in page
    for paragraph in notices.current("contact").paragraphs("zh"):
        assert paragraph in mother.page, "the very text that the consent names, in its own language"
    for paragraph in notices.current("contact").paragraphs("en"):
        assert paragraph in page, "and the same in the reader's"
    assert mother.page.count('<button form="agree">') == mother.page.count('<button form="refuse">') == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_click_agrees_after_the_invitations_code_and_one_takes_it_back(world: World, language: str) -> None:
    invitation = invited(world)
    mother = opened(world, invitation, language)
    path = f"/c/consents/{invitation.consent}"
    mother.send(f"{path}/agreement")
    assert mother.status == 200
    assert world.lender.get(f"/v1/consents/{invitation.consent}").json["state"] == "given"
    receipt = mother.get(f"{path}/receipt")
    assert receipt.headers["Content-Disposition"].startswith("attachment")
    assert decoded(receipt.text)["act"] == "given"
    mother.get("/c/consents")
    mother.send(f"{path}/withdrawal")
    assert mother.status == 200
    assert world.lender.get(f"/v1/consents/{invitation.consent}").json["state"] == "withdrawn"
    assert decoded(mother.get(f"{path}/receipt").text)["act"] == "withdrawn"


def test_one_click_refuses_and_a_refusal_is_recorded_as_one(world: World) -> None:
    invitation = invited(world)
    mother = opened(world, invitation)
    mother.send(f"/c/consents/{invitation.consent}/withdrawal")
    assert "您没有同意" in mother.page
    assert world.lender.get(f"/v1/consents/{invitation.consent}").json["state"] == "refused"
    assert decoded(mother.get(f"/c/consents/{invitation.consent}/receipt").text)["act"] == "refused"
    assert mother.json.get("/v1/c/consents").json["items"][0]["state"] == "refused"


def test_what_i_was_asked_comes_in_pages(world: World) -> None:
    invitation = invited(world)
    mother = Mother(world, invitation.number)
    whole = mother.json.get("/v1/c/consents").json["items"]
    asked, cursor = [], ""
    for _ in whole:
        page = mother.json.get(f"/v1/c/consents?limit=1{cursor}").json
        assert len(page["items"]) == 1
        asked += page["items"]
        cursor = f"&cursor={page['next']}"
    assert (asked, page["next"]) == (whole, None)
    assert mother.json.get("/v1/c/consents?limit=0").status_code == 422


def test_who_signed_in_with_another_code_needs_the_invitations_to_agree_and_none_to_refuse(world: World) -> None:
    invitation = invited(world)
    mother = Mother(world, invitation.number)
    assert "不答复，就是不同意" in mother.page
    mother.get(f"/c/consents/{invitation.consent}")
    path = f"/c/consents/{invitation.consent}/agreement"
    assert set(mother.form(path).members) == {"form", "code"}
    mother.send(path, code="")
    assert mother.status == 422
    assert world.lender.get(f"/v1/consents/{invitation.consent}").json["state"] == "pending-code"
    mother.send(path, code=invitation.code)
    assert mother.status == 200
    assert world.lender.get(f"/v1/consents/{invitation.consent}").json["state"] == "given"


def test_what_was_never_shown_cannot_be_agreed_to(world: World) -> None:
    ids, number = listed(world)
    asked = world.lender.post("/v1/consents", world.consent("contact", ids["borrower"], ids["contact"], notice={
        "id": "lenders-own", "version": "1", "language": "zh-CN", "sha256": digest("别处的文字")}),
        idempotency_key=ids["contact"]).json["consent"]
    code = code_to(world.bench, number, "contact-invitation")
    mother = Mother(world, number)
    page = mother.get(f"/c/consents/{asked}").text
    assert 'form="agree"' not in page
    assert 'form="refuse"' in page
    refused = mother.json.post(f"/v1/c/consents/{asked}/agreement", {"code": code})
    assert (refused.status_code, refused.json["code"]) == (409, "notice-not-here")
    assert "text" not in mother.json.get(f"/v1/c/consents/{asked}").json["notice"]
    mother.send(f"/c/consents/{asked}/withdrawal")
    assert world.lender.get(f"/v1/consents/{asked}").json["state"] == "refused"


@pytest.mark.parametrize("changed", [{"sha256": "0" * 64}, {"version": "2"}, {"language": "fr"}])
def test_a_text_of_another_digest_version_or_language_is_not_the_one(world: World, changed: dict[str, str]) -> None:
    invitation = invited(world, notice={**notices.current("contact").shown("zh"), **changed})
    mother = opened(world, invitation)
    assert 'form="agree"' not in mother.page
    answer = mother.json.post(f"/v1/c/consents/{invitation.consent}/agreement")
    assert (answer.status_code, answer.json["code"]) == (409, "notice-not-here")


def test_the_same_as_json_from_the_link_to_the_receipt(world: World) -> None:
    invitation = invited(world, language="en")
    body = {"token": invitation.token, "code": invitation.code}
    assert world.nobody.post("/v1/sign-in/invitation", {**body, "token": "0" * 32}).status_code == 404
    wrong = world.nobody.post("/v1/sign-in/invitation", {**body, "code": "12345"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "code-refused")
    session = world.nobody.post("/v1/sign-in/invitation", body)
    assert (session.status_code, session.json["consent"]) == (201, invitation.consent)
    mother = Mother(world, invitation.number, by_code=False)
    mother.client.set_cookie("consentry", session.json["session"], domain="localhost")
    [asked] = mother.json.get("/v1/c/consents").json["items"]
    assert mother.json.get(f"/v1/c/consents/{invitation.consent}").json == asked
    assert asked["notice"]["text"]["paragraphs"] == notices.current("contact").paragraphs("en")
    assert digest("\n\n".join(asked["notice"]["text"]["paragraphs"])) == asked["notice"]["sha256"]
    assert (asked["state"], asked["given_name"]) == ("pending-code", "样例")
    assert set(asked["scope"]) == {"purposes", "modes", "max_uses"}
    nothing = mother.json.get(f"/v1/c/consents/{invitation.consent}/receipt")
    assert nothing.status_code == 404
    given = mother.json.post(f"/v1/c/consents/{invitation.consent}/agreement")
    assert (given.status_code, decoded(given.json["receipt"])["act"]) == (201, "given")
    ended = mother.json.post(f"/v1/c/consents/{invitation.consent}/withdrawal")
    assert (ended.status_code, ended.json["act"]) == (201, "withdrawn")
    again = mother.json.post(f"/v1/c/consents/{invitation.consent}/withdrawal")
    assert again.json["receipt"] == ended.json["receipt"]
    kept = mother.json.get(f"/v1/c/consents/{invitation.consent}/receipt").json
    assert (kept["act"], kept["receipt"]) == ("withdrawn", ended.json["receipt"])


def test_agreeing_needs_the_right_code_as_json_too(world: World) -> None:
    invitation = invited(world)
    mother = Mother(world, invitation.number)
    for code in ({}, {"code": "1"}, {"code": "000000" if invitation.code != "000000" else "111111"}):
        refused = mother.json.post(f"/v1/c/consents/{invitation.consent}/agreement", code)
        assert (refused.status_code, refused.json["code"]) == (422, "code-refused")
    done = mother.json.post(f"/v1/c/consents/{invitation.consent}/agreement", {"code": invitation.code})
    assert done.status_code == 201


def test_several_people_who_listed_one_number_are_each_named(world: World) -> None:
    first, number = listed(world, name={"given": "小甲", "family": "示"})
    second, _ = listed(world, number, name={"given": "小乙", "family": "示"})
    mother = Mother(world, number)
    assert "小甲" in mother.page
    assert "小乙" in mother.page
    found = mother.json.get("/v1/c").json["contacts"]
    assert {one["contact"]: one["given_name"] for one in found} == {
        first["contact"]: "小甲", second["contact"]: "小乙"}
    assert "示" not in {one["given_name"] for one in found}, "the family name is nobody's here"


def test_one_message_asked_and_nothing_else_was_sent(world: World) -> None:
    invitation = invited(world)
    opened(world, invitation)
    assert len(messages(world.bench, invitation.number, "contact-invitation")) == 1
