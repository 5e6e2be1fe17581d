"""Assignment, liability, moves, holds and reports over HTTP: what each says, and what people then read of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from registry.store.database import writing
from registry.store.tables import SealedNote
from registry.texts.pages import text
from tests.contact.mother import Mother, messages
from tests.me.borrowers import Borrower
from tests.web.test_officer import everything_in
from tests.web.world import World

REASON = "settled by an invented letter"


def listed(items: dict[str, Any], **where: Any) -> list[dict[str, Any]]:
    return [one for one in items["items"] if all(one.get(name) == value for name, value in where.items())]


def test_an_assignment_over_http_ends_placement_and_consents_and_tells_both(world: World, mine: Borrower) -> None:
    ids, number = mine.ids, mine.person.contact_number
    terms = world.consent("contact", ids["borrower"], ids["contact"], method="message")
    asked = world.lender.post("/v1/consents", terms, idempotency_key="assign-0")
    assert asked.status_code == 201, asked.text
    own = world.lender.post("/v1/consents", world.consent("borrower", ids["borrower"]), idempotency_key="assign-2")
    assert own.status_code == 201, own.text
    path = f"/v1/accounts/{ids['account']}"
    assert world.collector.get(path).status_code == 200
    done = world.lender.post(f"{path}/assignment", {}, idempotency_key="assign-1")
    assert done.status_code == 201, done.text
    assert done.json["account"] == ids["account"]
    assert world.lender.post(f"{path}/assignment", {}, idempotency_key="assign-1").json == done.json
    again = world.lender.post(f"{path}/assignment", {})
    assert (again.status_code, again.json["code"]) == (409, "account-assigned")
    assert world.collector.get(path).status_code == 404
    assert world.lender.get(path).json["state"] == "assigned"
    placed = world.lender.post(f"{path}/placements", {
        "agency": world.made["agency"].id, "from": "2026-09-01", "until": "2027-06-01"})
    assert (placed.status_code, placed.json["code"]) == (409, "account-assigned")
    (told,) = messages(world.bench, number, "agreement-ended")
    assert not any(word in told["text"] for word in ("账户", "转让", "欠", "贷"))
    assert messages(world.bench, mine.person.number, "borrower-assigned")
    (change,) = listed(mine.strong().get("/v1/me/changes").json, what="assigned")
    assert (change["account"], "assignee" in change) == (ids["account"], False)
    she = Mother(world, number, language="en")
    assert {one["state"] for one in she.json.get("/v1/c/consents").json["items"]} == {"void"}
    she.get("/c/consents")
    assert (she.status, text("c.state.void", "en", {}) in she.page) == (200, True)
    pages = mine.pages("en")
    pages.get("/me/consents")
    assert (pages.status, text("me.consents.state.void", "en", {}) in pages.page) == (200, True)
    contacts = world.lender.get(f"/v1/borrowers/{ids['borrower']}/contacts").json["items"]
    assert {one["state"] for one in contacts} == {"not-usable"}


def test_only_a_registered_lender_is_named_as_the_new_creditor(world: World, mine: Borrower) -> None:
    path = f"/v1/accounts/{mine.ids['account']}/assignment"
    for wrong in (world.made["agency"].id, world.made["lender"].id, "0" * 32):
        refused = world.lender.post(path, {"assignee": wrong})
        assert refused.status_code == 422, refused.text
    assert world.collector.post(path, {}).status_code == 403


def test_accounts_of_one_loan_are_linked_to_the_first(world: World, mine: Borrower, other: Borrower) -> None:
    first, second = mine.ids["account"], other.ids["account"]
    done = world.lender.post(f"/v1/accounts/{second}/liability", {"liability": "guarantor", "loan": first})
    assert done.status_code == 201, done.text
    assert world.lender.get(f"/v1/accounts/{second}").json["liability"] == "guarantor"
    own = world.lender.post(f"/v1/accounts/{first}/liability", {"liability": "joint", "loan": first})
    assert (own.status_code, own.json["code"]) == (422, "loan-unknown")
    (change,) = listed(other.strong().get("/v1/me/changes").json, what="liability")
    assert change["liability"] == "guarantor"
    assert "loan" not in change


def test_a_move_says_where_and_by_which_time_and_the_borrower_reads_it(world: World, mine: Borrower) -> None:
    path = f"/v1/borrowers/{mine.id}"
    missing = world.lender.patch(path, {"residence": "US-TX"})
    assert (missing.status_code, missing.json["code"]) == (422, "time-zone-missing")
    wrong = world.lender.patch(path, {"residence": "US-MA", "time_zone": "Asia/Shanghai"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "time-zone-unknown")
    assert world.lender.patch(path, {"time_zone": "Asia/Shanghai"}).status_code == 422
    moved = world.lender.patch(path, {"residence": "US-MA", "languages": ["en"]})
    assert moved.status_code == 200, moved.text
    assert (moved.json["residence"], moved.json["time_zone"], moved.json["languages"]) == (
        "US-MA", "America/New_York", ["en"])
    (change,) = listed(mine.strong().get("/v1/me/changes").json, what="moved")
    assert change["residence"] == "US-MA"


def test_a_limitation_moved_to_a_later_day_is_read_by_the_borrower(world: World, mine: Borrower) -> None:
    path = f"/v1/accounts/{mine.ids['account']}"
    world.lender.patch(path, {"limitation_until": "2028-01-01"})
    assert listed(mine.weak().get("/v1/me/changes").json, what="limitation-later") == []
    world.lender.patch(path, {"limitation_until": "2031-01-01"})
    (change,) = listed(mine.weak().get("/v1/me/changes").json, what="limitation-later")
    assert (change["before"], change["after"]) == ("2028-01-01", "2031-01-01")


def test_anyone_places_a_hold_and_an_officer_lifts_it_with_a_reason_that_the_borrower_reads(
    world: World, mine: Borrower,
) -> None:
    account = f"/v1/accounts/{mine.ids['account']}"
    me = mine.strong()
    by_agency = world.collector.post(f"{account}/holds", {"type": "incapacitated"})
    assert by_agency.status_code == 201, by_agency.text
    assert "borrower" not in by_agency.json
    assert world.collector.get(account).json["collection"] == "stopped"
    by_officer = world.officer.post("/v1/holds", {"borrower": mine.id, "type": "moratorium"})
    by_me = me.post("/v1/me/holds", {"type": "dispute", "account": mine.ids["account"]})
    assert (by_officer.status_code, by_me.status_code) == (201, 201)
    assert world.using("rival_collector").post(f"{account}/holds", {"type": "dispute"}).status_code == 404
    assert me.post("/v1/me/holds", {"type": "deceased"}).status_code == 422
    hold = by_agency.json["hold"]
    without = world.officer.post(f"/v1/holds/{hold}/lift?draft=1", {})
    assert (without.status_code, without.json["errors"][0]["pointer"]) == (422, "/note")
    assert world.done(f"/v1/holds/{hold}/lift", {"note": REASON}).status_code == 201
    shown = {one["hold"]: one for one in me.get("/v1/me/holds").json["items"]}
    assert (shown[hold]["state"], shown[hold]["by_role"], shown[hold]["reason"]) == ("lifted", "agency", REASON)
    assert {shown[one.json["hold"]]["by_role"] for one in (by_officer, by_me)} == {"officer", "borrower"}
    assert "reason" not in {one["hold"]: one for one in mine.weak().get("/v1/me/holds").json["items"]}[hold]
    assert REASON not in everything_in(world.app.config["SQLALCHEMY_DATABASE_URI"])


def test_a_damaged_reason_leaves_itself_out_and_the_borrower_reads_the_others(world: World, mine: Borrower) -> None:
    holds, path = list[str](), f"/v1/accounts/{mine.ids['account']}/holds"
    for reason in ("soon damaged", REASON):
        hold = world.collector.post(path, {"type": "dispute"}).json["hold"]
        assert world.done(f"/v1/holds/{hold}/lift", {"note": reason}).status_code == 201
        holds.append(hold)
    me = mine.strong()
    note = next(one["note"] for one in world.bench.store.records("holds", {"id": holds[0]}))
    with writing(world.bench.store._engine) as connection:
        connection.execute(update(SealedNote).values(blob=bytes(200)).where(SealedNote.commitment == note))
    answer = me.get("/v1/me/holds")
    shown = {one["hold"]: one.get("reason") for one in answer.json["items"]}
    assert [shown[hold] for hold in holds] == [None, REASON]


@pytest.mark.parametrize("says", ["minor", "wrong-person", "deceased", "incapacitated"])
def test_a_lender_reports_a_contact_and_an_officer_may_lift_it(world: World, mine: Borrower, says: str) -> None:
    contact = mine.ids["contact"]
    done = world.lender.post(f"/v1/contacts/{contact}/reports", {"says": says})
    assert done.status_code == 201, done.text
    assert world.lender.get(f"/v1/contacts/{contact}").json["state"] == "not-usable"
    report = done.json["report"]
    rows = world.officer.get("/v1/contact-reports?state=placed&limit=200").json["items"]
    assert [one["by_role"] for one in rows if one["report"] == report] == ["lender"]
    assert world.done(f"/v1/contact-reports/{report}/lift", {"note": REASON}).status_code == 201
    again = world.officer.post(f"/v1/contact-reports/{report}/lift?draft=1", {"note": REASON}).json
    twice = world.officer.post(
        f"/v1/contact-reports/{report}/lift", {"note": REASON, "auth": world.vouched(again)})
    assert (twice.status_code, twice.json["code"]) == (409, "report-lifted")


def test_what_a_contact_says_in_person_no_officer_takes_back(world: World, mine: Borrower) -> None:
    she = Mother(world, mine.person.contact_number).json
    said = she.post("/v1/c/reports", {"says": "minor"})
    assert said.status_code == 201, said.text
    report = world.officer.get("/v1/contact-reports?limit=200").json["items"][-1]["report"]
    refused = world.done(f"/v1/contact-reports/{report}/lift", {"note": REASON})
    assert (refused.status_code, refused.json["code"]) == (409, "own-word")


def test_a_contact_says_that_the_borrower_has_died_and_everything_stops(world: World, mine: Borrower) -> None:
    she = Mother(world, mine.person.contact_number).json
    assert she.post("/v1/c/reports", {"says": "borrower-deceased"}).status_code == 201
    assert world.collector.get(f"/v1/accounts/{mine.ids['account']}").json["collection"] == "stopped"
    holds = world.lender.get(f"/v1/borrowers/{mine.id}/holds").json["items"]
    assert [one["type"] for one in holds] == ["deceased"]


def test_a_ref_that_is_taken_names_the_first(world: World) -> None:
    body = world.borrower()
    first = world.lender.post("/v1/borrowers", body).json["borrower"]
    again = world.lender.post("/v1/borrowers", body)
    assert (again.status_code, again.json["code"]) == (409, "ref-exists")
    assert first in again.json["detail"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_borrowers_pages_show_what_was_changed_and_what_is_paused(
    world: World, mine: Borrower, language: str,
) -> None:
    account = mine.ids["account"]
    world.lender.patch(f"/v1/accounts/{account}", {"limitation_until": "2031-01-01"})
    world.lender.post(f"/v1/accounts/{account}/liability", {"liability": "joint"})
    world.lender.patch(f"/v1/borrowers/{mine.id}", {"residence": "US-MA"})
    world.lender.post(f"/v1/accounts/{account}/assignment", {})
    pages = mine.pages(language)
    pages.get("/me")
    for key in ("me.changes.title", "me.changes.as.joint"):
        assert text(key, language, {}) in pages.page
    assert "US-MA" in pages.page
    pages.get("/me/holds")
    assert text("me.holds.none", language, {}) in pages.page
    pages.send("/me/holds", type="dispute")
    assert text("me.holds.kind.dispute", language, {}) in pages.page
    assert text("me.said.paused", language, {}) in pages.page
    hold = world.lender.get(f"/v1/borrowers/{mine.id}/holds").json["items"][-1]["hold"]
    world.done(f"/v1/holds/{hold}/lift", {"note": REASON})
    pages.get("/me/holds")
    assert REASON in pages.page
    assert text("me.holds.state.lifted", language, {}) in pages.page


def test_a_form_without_a_choice_says_so(world: World, mine: Borrower) -> None:
    pages = mine.pages("en")
    pages.get("/me/holds")
    pages.send("/me/holds")
    assert pages.status == 422
    assert text("me.error.choose", "en", {}) in pages.page


def test_a_contact_says_on_a_page_that_she_is_somebody_else(world: World, mine: Borrower) -> None:
    she = Mother(world, mine.person.contact_number, language="en")
    she.get("/c/report")
    she.send("/c/report")
    assert she.status == 422
    she.send("/c/report", says="wrong-person")
    assert text("c.said.reported", "en", {}) in she.page
    assert world.lender.get(f"/v1/contacts/{mine.ids['contact']}").json["state"] == "not-usable"
