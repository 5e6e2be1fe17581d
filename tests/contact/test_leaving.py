"""Never again, complaints and erasure, by page and as JSON; and nobody touches what is another's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry.courier.words import word_of
from registry.vault.message import USES
from registry.vault.ops.replies import TEMPLATES
from registry.web.schemas.me_writes import LONGEST_TEXT
from tests.contact.mother import Mother, invited, listed, messages, opened
from tests.portal.visitor import Visitor, by_link
from tests.web.world import World, decoded


def test_one_click_objects_for_everybody_who_listed_the_number(world: World) -> None:
    first, number = listed(world)
    second, _ = listed(world, number)
    mother = Mother(world, number)
    assert mother.json.get("/v1/c/objections").json["items"] == []
    mother.get("/c/objection")
    mother.send("/c/objection")
    assert mother.status == 200
    kept = mother.json.get("/v1/c/objections").json["items"]
    assert {one["contact"] for one in kept} == {first["contact"], second["contact"]}
    assert {decoded(one["receipt"])["act"] for one in kept} == {"objected"}
    for ids in (first, second):
        assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "not-usable"
        receipt = mother.get(f"/c/objection/{ids['contact']}/receipt")
        assert decoded(receipt.text)["act"] == "objected"
    assert "/c/objection" not in {one.action for one in mother.forms()}
    again = mother.json.post("/v1/c/objections").json["objections"]
    assert [one["receipt"] for one in again] == [one["receipt"] for one in kept], "again it is the same"


def test_what_was_agreed_to_is_stopped_by_an_objection(world: World) -> None:
    invitation = invited(world)
    mother = opened(world, invitation)
    mother.send(f"/c/consents/{invitation.consent}/agreement")
    mother.get("/c/objection")
    mother.send("/c/objection")
    assert mother.json.get(f"/v1/c/consents/{invitation.consent}").json["state"] == "closed"
    assert "您已同意" not in mother.get("/c/consents").text


def test_without_an_objection_there_is_no_receipt_of_one(world: World) -> None:
    ids, number = listed(world)
    other, _ = listed(world)
    mother = Mother(world, number)
    for contact in (ids["contact"], other["contact"], "0" * 32):
        assert mother.get(f"/c/objection/{contact}/receipt").status_code == 404


def test_a_complaint_in_own_words_is_sealed_listed_and_answered_by_a_day(world: World) -> None:
    ids, number = listed(world)
    mother = Mother(world, number)
    text = "<script>alert(1)</script> 他们说我欠钱"
    mother.get("/c/complaints/new")
    mother.send("/c/complaints/new", about=f"institution:{ids['contact']}", text=text)
    assert mother.path == "/c/complaints"
    assert "script>alert" not in mother.page
    assert "欠" not in mother.page, "the words are sealed, also for whoever wrote them"
    [one] = mother.json.get("/v1/c/complaints").json["items"]
    assert (one["state"], one["about"], one["contact"]) == ("open", "lender", ids["contact"])
    assert one["answer_by"] > one["filed_at"]
    assert mother.json.get(f"/v1/c/complaints/{one['complaint']}").json == one
    borrower = by_link(world, "borrower", ids["borrower"])
    assert "/me/complaints" in borrower.get("/me/complaints").text
    assert one["complaint"] not in borrower.page
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "pending", "nobody is shown it"


def test_a_form_sent_twice_is_one_complaint(world: World) -> None:
    ids, number = listed(world)
    mother = Mother(world, number)
    mother.get("/c/complaints/new")
    members = {**mother.form("/c/complaints/new").members, "about": f"institution:{ids['contact']}", "text": "words"}
    for text, path in (("words", "/c/complaints"), ("words", "/c/complaints"), ("others", "/c/complaints/new")):
        mother.post("/c/complaints/new", {**members, "text": text}, sec_fetch_site="same-origin")
        assert mother.path == path
    assert "这份投诉已经发出" in mother.page
    assert len(mother.json.get("/v1/c/complaints").json["items"]) == 1


@pytest.mark.parametrize(("typed", "error"), [
    ({"about": "", "text": "x"}, "about"), ({"text": ""}, "text"), ({"text": "x" * (LONGEST_TEXT + 1)}, "text"),
    ({"about": "institution:" + "0" * 32, "text": "x"}, "about"), ({"about": "agency:x", "text": "x"}, "about"),
])
def test_a_complaint_that_lacks_something_is_shown_again_with_what_was_typed(
    world: World, typed: dict[str, str], error: str
) -> None:
    ids, number = listed(world)
    mother = Mother(world, number)
    mother.get("/c/complaints/new")
    mother.send("/c/complaints/new", **{"about": f"registry:{ids['contact']}", **typed})
    assert mother.status == 422
    assert f'id="{error}' in mother.page or error == "about"
    assert mother.json.get("/v1/c/complaints").json["items"] == []


def test_typed_words_come_back_as_words_and_never_as_markup(world: World) -> None:
    _, number = listed(world, name={"given": "<b>x</b>", "family": "示"})
    mother = Mother(world, number)
    assert "<b>x" not in mother.page
    mother.get("/c/complaints/new")
    mother.send("/c/complaints/new", text='</textarea><img src=x onerror="alert(1)">')
    assert mother.status == 422
    assert "<img src=x" not in mother.page
    assert "&lt;img src=x" in mother.page


def test_what_several_listings_need_is_said(world: World) -> None:
    first, number = listed(world)
    listed(world, number)
    mother = Mother(world, number)
    refused = mother.json.post("/v1/c/complaints", {"about": "registry", "text": "x"})
    assert (refused.status_code, refused.json["code"]) == (422, "contact-needed")
    done = mother.json.post("/v1/c/complaints", {"about": "registry", "text": "x", "contact": first["contact"]})
    assert done.status_code == 201


@pytest.mark.parametrize("body", [
    {"about": "lookup", "text": "x"}, {"about": "lender", "text": ""}, {"about": "agency", "text": "x"},
    {"about": "lender", "text": "x", "use": "0" * 32}, {"about": "lender", "text": "x", "lookup": "0" * 32},
])
def test_an_ill_complaint_is_422(world: World, body: dict[str, str]) -> None:
    _, number = listed(world)
    assert Mother(world, number).json.post("/v1/c/complaints", body).status_code == 422


def test_erasing_one_of_two_listings_leaves_the_other(world: World) -> None:
    first, number = listed(world, name={"given": "小甲", "family": "示"})
    second, _ = listed(world, number, name={"given": "小乙", "family": "示"})
    mother = Mother(world, number)
    mother.get("/c/data")
    mother.send("/c/erase", contact=first["contact"])
    assert mother.status == 422, "not without the tick"
    mother.send("/c/erase", contact=first["contact"], confirm="yes")
    assert mother.path == "/c/data"
    states = {one["contact"]: one["erased"] for one in mother.json.get("/v1/c").json["contacts"]}
    assert states == {first["contact"]: True, second["contact"]: False}
    assert "小甲" not in mother.get("/c").text
    assert "小乙" in mother.page
    done = mother.json.post("/v1/c/erasure", {"confirm": True})
    assert [one["contact"] for one in done.json["erasures"]] == [second["contact"]]
    assert mother.json.post("/v1/c/erasure", {"confirm": True}).json["erasures"] == []
    assert mother.json.post("/v1/c/erasure", {"confirm": False}).status_code == 422
    assert mother.get("/c").status_code == 200
    assert mother.get("/c/objection").status_code == 200
    assert "/c/objection" not in {one.action for one in mother.forms()}
    assert mother.json.post("/v1/c/objections").status_code == 404, "nobody speaks for this number here any more"
    assert mother.get("/c/complaints/new").status_code == 200
    assert "/c/complaints/new" not in {one.action for one in mother.forms()}


def test_nothing_of_another_line_is_found(world: World) -> None:
    invitation = invited(world)
    owner = opened(world, invitation)
    owner.get("/c/complaints/new")
    owner.send("/c/complaints/new", about=f"registry:{invitation.ids['contact']}", text="x")
    complaint = owner.json.get("/v1/c/complaints").json["items"][0]["complaint"]
    _, number = listed(world)
    other = Mother(world, number)
    consent = f"/v1/c/consents/{invitation.consent}"
    assert other.json.get("/v1/c/consents").json["items"] == []
    assert other.json.get("/v1/c/complaints").json["items"] == []
    for path in (consent, f"{consent}/receipt", f"/v1/c/complaints/{complaint}"):
        assert other.json.get(path).status_code == 404
    for path, body in ((f"{consent}/agreement", {"code": invitation.code}), (f"{consent}/withdrawal", {}),
                       ("/v1/c/erasure", {"confirm": True, "contact": invitation.ids["contact"]}),
                       ("/v1/c/complaints", {"about": "lender", "text": "x", "contact": invitation.ids["contact"]})):
        assert other.json.post(path, body).status_code == 404
    for path in (f"/c/consents/{invitation.consent}", f"/c/consents/{invitation.consent}/receipt"):
        assert other.get(path).status_code == 404
    other.get("/c/objection")
    token = other.forms()[-1].members["form"]
    ended = other.post(f"/c/consents/{invitation.consent}/withdrawal", {"form": token}, sec_fetch_site="same-origin")
    assert ended.status_code == 404
    assert owner.json.get(consent).json["state"] == "pending-code"


def test_a_borrowers_own_consent_is_no_contacts(world: World) -> None:
    ids, number = listed(world)
    given = world.lender.post("/v1/consents", world.consent("borrower", ids["borrower"]),
                              idempotency_key=ids["borrower"]).json["consent"]
    mother = Mother(world, number)
    assert mother.json.get(f"/v1/c/consents/{given}").status_code == 404
    assert mother.json.post(f"/v1/c/consents/{given}/withdrawal").status_code == 404


@pytest.mark.parametrize("path", ["/c", "/c/consents", "/c/uses", "/c/objection", "/c/complaints",
                                  "/c/complaints/new", "/c/data"])
def test_pages_are_for_contacts_alone(world: World, path: str) -> None:
    nobody = Visitor(world.app)
    nobody.get(path)
    assert nobody.path.startswith("/sign-in")
    ids, _ = listed(world)
    assert by_link(world, "borrower", ids["borrower"]).get(path).status_code == 403
    assert by_link(world, "officer").get(path).status_code == 403


@pytest.mark.parametrize(("template", "prepared"), [("sign-in-code", False), ("contact-invitation", True)])
@pytest.mark.parametrize("word", ["N", "STOP", "退订"])
def test_a_reply_to_the_newer_messages_is_an_objection_too(
    world: World, template: str, prepared: bool, word: str
) -> None:
    if prepared:
        invitation = invited(world)
        ids, number = invitation.ids, invitation.number
    else:
        ids, number = listed(world)
        Mother(world, number)
    assert messages(world.bench, number, template)
    world.bench.courier._incoming.reply(os.urandom(16).hex(), number, "sms", word_of(word))
    assert Mother(world, number).json.get("/v1/c").json["contacts"][0]["objected"] is True
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "not-usable"


def test_every_message_to_a_contact_is_one_that_an_entry_may_ask_for() -> None:
    known = {template for some in TEMPLATES.values() for template in some}
    known |= {wording for template, wordings in USES.items() if template in known for wording in wordings.values()}
    texts = Path(__file__).parents[2] / "registry" / "texts"
    to_contacts = {path.stem for path in texts.glob("*.toml") if 'audience = "contact"' in path.read_text("utf-8")}
    assert to_contacts <= known
