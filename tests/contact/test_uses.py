"""Every use of a contact's number: permits alone, told in one sentence, answered instead of being called."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.times import stamp
from registry.texts import forbidden
from tests.contact.mother import Mother, asked, listed, said
from tests.web.demo import Demo
from tests.web.world import World, decoded

ADDRESS = "+8610000007777"


def test_a_use_says_the_day_the_given_name_and_the_institution_and_nothing_else(used: Mother, use: str) -> None:
    page = said(used.get("/c/uses?lang=en").text)
    assert "Your number was used on 1" in page or "Your number was used on " in page
    assert "to try to reach 小甲, by 示例消费金融" in page
    [one] = used.json.get("/v1/c/uses").json["items"]
    assert set(one) - {"answer"} == {"use", "contact", "institution", "given_name", "at", "mode"}
    assert one["use"] == use
    assert {**used.json.get(f"/v1/c/uses/{use}").json, "answer": None} == {**one, "answer": None}


def test_a_refused_lookup_is_nobodys_to_see(demo: Demo) -> None:
    answer = asked(demo, "contact-objected", "number", "seen")
    assert answer["verdict"] == "deny"
    mother = Mother(demo, demo.person("contact-objected")["contact_number"])
    assert mother.json.get("/v1/c/uses").json == {"items": [], "next": None}
    for path in (f"/v1/c/uses/{answer['lookup']}", f"/v1/c/uses/{'0' * 32}"):
        assert mother.json.get(path).status_code == 404
    assert mother.get(f"/c/uses/{answer['lookup']}").status_code == 404
    body = {"answer": "cannot"}
    assert mother.json.post(f"/v1/c/uses/{answer['lookup']}/answer", body).status_code == 404


@pytest.mark.parametrize("answer", ["will-relay", "cannot"])
def test_one_click_answers_and_the_collector_hears_of_it(
    demo: Demo, used: Mother, use: str, answer: str
) -> None:
    used.get(f"/c/uses/{use}")
    used.send(f"/c/uses/{use}/answer", answer=answer)
    assert used.status == 200
    assert demo.using("collector").get(f"/v1/lookups/{use}").json["answer"] == answer
    assert used.json.get(f"/v1/c/uses/{use}").json["answer"] == answer
    done = used.json.post(f"/v1/c/uses/{use}/answer", {"answer": answer})
    assert (done.status_code, decoded(done.json["receipt"])["act"]) == (201, "answered")


def test_telling_how_somebody_can_be_reached_needs_an_address_that_is_one(
    demo: Demo, used: Mother, use: str
) -> None:
    path = f"/c/uses/{use}/answer"
    for typed in ("", "call the office", "x" * 255):
        used.get(f"/c/uses/{use}?lang=en")
        page = used.post(path, {**used.forms()[-1].members, "answer": "gave-channel", "address": typed},
                         sec_fetch_site="same-origin").text
        assert used.status == 422
        assert "This is no telephone number or e-mail address" in page
        assert (typed in page) or not typed, "and it is there to be corrected"
    used.post(path, {**used.forms()[-1].members, "answer": "gave-channel", "address": ADDRESS},
              sec_fetch_site="same-origin")
    assert used.status == 200
    assert ADDRESS[1:] not in used.page
    assert demo.using("collector").get(f"/v1/lookups/{use}").json["answer"] == "gave-channel"
    assert "You told us how to reach them" in used.get("/c/uses?lang=en").text
    mail = used.json.post(f"/v1/c/uses/{use}/answer", {"answer": "gave-channel", "address": "x7@demo.invalid"})
    assert mail.status_code == 201


@pytest.mark.parametrize("body", [
    {"answer": "gave-channel"}, {"answer": "cannot", "address": ADDRESS}, {"answer": "maybe"}, {},
    {"answer": "gave-channel", "address": "nowhere"}, {"answer": "gave-channel", "address": ""},
    {"answer": "cannot", "note": "x"},
])
def test_an_ill_answer_is_422_and_changes_nothing(used: Mother, use: str, body: dict[str, Any]) -> None:
    before = used.json.get(f"/v1/c/uses/{use}").json
    assert used.json.post(f"/v1/c/uses/{use}/answer", body).status_code == 422
    assert used.json.get(f"/v1/c/uses/{use}").json == before


def test_a_forged_form_is_refused(used: Mother, use: str) -> None:
    for members in ({"answer": "maybe"}, {"answer": "cannot", "address": ADDRESS}, {}):
        used.get(f"/c/uses/{use}")
        form = used.forms()[-1].members["form"]
        used.post(f"/c/uses/{use}/answer", {"form": form, **members}, sec_fetch_site="same-origin")
        assert used.status == 400


def test_of_many_uses_each_is_on_one_page(used: Mother) -> None:
    first = used.json.get("/v1/c/uses?limit=1").json
    assert len(first["items"]) == 1
    assert first["next"] is None
    assert used.json.get("/v1/c/uses?limit=0").status_code == 422
    assert used.json.get("/v1/c/uses?cursor=zzz").status_code == 422
    assert used.get("/c/uses?cursor=zzz").status_code == 422


def test_a_session_of_another_line_sees_nothing_of_it(demo: Demo, use: str) -> None:
    other = Mother(demo, demo.person("reachable")["contact_number"])
    complaint = {"about": "lookup", "use": use, "text": "太晚"}
    assert other.json.get("/v1/c/uses").json["items"] == []
    assert other.json.get(f"/v1/c/uses/{use}").status_code == 404
    assert other.json.post(f"/v1/c/uses/{use}/answer", {"answer": "never"}).status_code == 404
    assert other.json.post("/v1/c/complaints", complaint).status_code == 404
    for path in (f"/c/uses/{use}", f"/c/complaints/new?use={use}"):
        assert other.get(path).status_code == 404
    assert "小甲" not in other.get("/c").text


def test_a_given_name_that_must_not_be_said_is_not_said(world: World) -> None:
    _, number = listed(world, name={"given": "债", "family": "示"})
    mother = Mother(world, number)
    assert forbidden([said(mother.page)]) == []
    assert "given_name" not in mother.json.get("/v1/c").json["contacts"][0]
    assert "有人在" in mother.page


def test_dates_are_of_the_place_where_the_number_is_used(demo: Demo, used: Mother, use: str) -> None:
    at = used.json.get(f"/v1/c/uses/{use}").json["at"]
    assert at <= stamp(demo.bench.clock.now())
