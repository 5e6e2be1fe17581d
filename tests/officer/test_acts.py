"""Each act of an officer on the pages, from the form over the words to the entry, signed with a key file."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from registry import officer
from registry.model.times import DAY, HOUR, SECOND, date_of, stamp
from registry.shipped import shipped_packs
from tests.officer.desk import Officer, kinds, size
from tests.web.world import World


def complaint(world: World, **changes: Any) -> str:
    """One that the lender took down for a borrower of its own."""
    person = world.someone()
    body = {"from": "borrower", "borrower": person["borrower"], "about": "lender", "text": "invented words"}
    filed = world.lender.post("/v1/complaints", {**body, **changes})
    assert filed.status_code == 201, filed.text
    ident: str = filed.json["complaint"]
    return ident


def test_an_agency_is_approved_until_the_end_of_a_day(world: World, desk: Officer) -> None:
    agency, until = world.made["rival"].id, date_of((world.clock.now() + 100 * DAY) // DAY)
    desk.get(f"/officer/agencies/{agency}")
    desk.send(f"/officer/agencies/{agency}/approval", lender=world.made["lender"].id, role="independent",
              approved_until=until)
    assert f"Approve agency 示例催收二部 ({agency}) as independent" in desk.page
    assert f"until {until}T23:59:59.000Z" in desk.page
    before = size(world)
    desk.sign()
    assert (desk.path, kinds(world, before)) == ("/officer/agencies", ["agency-approved/1"])
    assert "Done, and in the log." in desk.page
    assert "independent" in desk.page


def test_an_agency_is_rated_with_its_licence(world: World, desk: Officer) -> None:
    agency = world.made["agency"].id
    desk.get(f"/officer/agencies/{agency}")
    rating = {"lender": world.made["lender"].id, "from": "2026-01-01", "until": "2026-06-30", "score": "82",
              "result": "sufficient", "licence": "LIC-2026-17", "licence_until": "2026-09-01"}
    desk.post(f"/officer/agencies/{agency}/evaluation", {**desk.form_members(), **rating, "note": "invented"},
              sec_fetch_site="same-origin")
    assert "sufficient, 82 of 100" in desk.page
    before = size(world)
    desk.sign()
    assert kinds(world, before) == ["agency-evaluated/1"]
    assert "LIC-2026-17" in desk.page
    assert "licence lapsed" in desk.page, "it ended before the log's today"
    listed = world.officer.get(f"/v1/agencies/{agency}/evaluations").json["items"]
    assert (listed[-1]["score"], listed[-1]["from"]) == (82, "2026-01-01")


def test_the_last_approval_and_the_last_rating_are_what_is_shown(world: World, desk: Officer) -> None:
    agency, lender = world.made["agency"].id, world.made["lender"].id
    for days, score in ((30, 61), (20, 97)):
        world.done("/v1/agencies", {"agency": agency, "lender": lender, "role": "entrusted",
                                    "until": stamp(world.clock.now() + days * DAY)})
        world.done(f"/v1/agencies/{agency}/evaluations", {
            "lender": lender, "from": "2026-01-01", "until": "2026-06-30", "score": score, "result": "good",
            "licence": f"LIC-{score}", "licence_until": "2027-09-01"})
    desk.get(f"/officer/agencies/{agency}")
    assert "97 of 100" in desk.page
    assert "LIC-61" not in desk.page
    assert desk.page.count(" · until ") == 1
    assert "licence lapsed" not in desk.page


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"score": "101"}, "Give a whole number from 0 to 100."), ({"score": "eighty"}, "Give a whole number"),
    ({"licence": ""}, "Give the licence"), ({"until": "2025-01-01"}, "not before the first day"),
    ({"result": ""}, "Choose a result."), ({"licence_until": "soon"}, "Give a date."),
])
def test_a_rating_that_is_not_whole_comes_back_with_what_was_typed(
    world: World, desk: Officer, changes: dict[str, str], sentence: str,
) -> None:
    agency = world.made["agency"].id
    desk.get(f"/officer/agencies/{agency}")
    rating = {"lender": world.made["lender"].id, "from": "2026-01-01", "until": "2026-06-30", "score": "82",
              "result": "good", "licence": "LIC-9", "licence_until": "2027-01-01", "note": "typed words", **changes}
    desk.post(f"/officer/agencies/{agency}/evaluation", {**desk.form_members(), **rating},
              sec_fetch_site="same-origin")
    assert desk.status == 422
    assert sentence in desk.page
    assert "typed words" in desk.page


def test_a_complaint_is_read_settled_and_paid(world: World, desk: Officer) -> None:
    ident = complaint(world, text="They call\nthree times a day <b>")
    desk.get("/officer/complaints")
    assert ident[:8] in desk.page
    desk.get(f"/officer/complaints/{ident}")
    assert "three times" not in desk.page
    before = size(world)
    desk.send(f"/officer/complaints/{ident}/text")
    assert "They call<br>three times a day &lt;b&gt;" in desk.page
    assert kinds(world, before) == ["viewed/2"], "that they were read is an entry"
    desk.send(f"/officer/complaints/{ident}/settlement", verdict="partly-upheld", remedy="compensation",
              amount="1,234.5", currency="CNY")
    assert f"Settle complaint {ident}" in desk.page
    assert re.search(r"amount_minor</dt><dd><code>123450<", desk.page)
    desk.sign()
    assert "Done, and in the log." in desk.page
    desk.get(f"/officer/complaints/{ident}")
    assert "1234.50 CNY" in desk.page
    assert "not paid yet" in desk.page
    desk.send(f"/officer/complaints/{ident}/payment", paid_on=date_of(world.clock.now() // DAY))
    desk.sign()
    desk.get(f"/officer/complaints/{ident}")
    assert "not paid yet" not in desk.page


@pytest.mark.parametrize(("typed", "sentence"), [
    ({"remedy": "compensation", "amount": "", "currency": "CNY"}, "Give an amount"),
    ({"remedy": "compensation", "amount": "1.234", "currency": "CNY"}, "Give an amount"),
    ({"remedy": "compensation", "amount": "12", "currency": "yuan"}, "three capital letters"),
    ({"remedy": "", "amount": "", "currency": ""}, "Choose a remedy."),
])
def test_a_settlement_that_is_not_whole_is_not_drawn_up(
    world: World, desk: Officer, typed: dict[str, str], sentence: str,
) -> None:
    ident = complaint(world)
    desk.get(f"/officer/complaints/{ident}")
    desk.send(f"/officer/complaints/{ident}/settlement", verdict="upheld", **typed)
    assert (desk.status, sentence in desk.page) == (422, True), desk.page


def test_a_hold_is_lifted_with_a_note_that_only_its_fingerprint_tells(world: World, desk: Officer) -> None:
    person = world.someone()
    hold = world.lender.post(f"/v1/borrowers/{person['borrower']}/holds", {"type": "dispute"}).json["hold"]
    desk.get("/officer/holds")
    desk.send(f"/officer/holds/{hold}/lift", note="Settled by an invented letter")
    assert f"Lift hold {hold} on borrower {person['borrower']}" in desk.page
    assert "invented letter" not in desk.page
    desk.sign()
    assert "Done, and in the log." in desk.page
    assert hold not in desk.page


def test_releases_stop_at_once_and_go_on_only_by_a_signature(world: World, desk: Officer) -> None:
    desk.get("/officer/releases")
    before = size(world)
    desk.send("/officer/releases/stop")
    assert kinds(world, before) == ["releases-stopped/1"]
    assert world.bench.vault.call("status", {})["stopped"] is True
    desk.get("/officer")
    assert "Every release is stopped." in desk.page
    desk.get("/officer/releases")
    desk.send("/officer/releases/resume")
    assert "Let numbers be released again." in desk.page
    assert world.bench.vault.call("status", {})["stopped"] is True
    desk.sign()
    assert world.bench.vault.call("status", {})["stopped"] is False


def test_without_a_signature_a_session_only_tightens(world: World, desk: Officer) -> None:
    """Every form that loosens ends at a draft; sent without a signature, or with another's, it stays one."""
    desk.get("/officer/releases")
    desk.send("/officer/releases/stop")
    desk.send("/officer/releases/resume")
    draft, before = desk.path, size(world)
    bare = {**desk.form_members(), "way": "now"}
    for auth in ("", "[]", "{}", '{"officer": "x"}', "not json at all", '{"officer": "%s"}' % ("0" * 32)):
        desk.post(draft, {**bare, "auth": auth}, sec_fetch_site="same-origin")
        assert desk.status == 422
        assert "Paste the one line" in desk.page
    other = world.officer.post("/v1/agencies?draft=1", {
        "agency": world.made["agency"].id, "lender": world.made["lender"].id, "role": "entrusted",
        "until": stamp(world.clock.now() + DAY)}).json
    desk.post(draft, {**bare, "auth": json.dumps(officer.sign(other, desk.key))}, sec_fetch_site="same-origin")
    assert desk.status == 422
    assert "The signature does not hold" in desk.page
    desk.post(draft, {**bare, "auth": "{}", "way": "anyhow"}, sec_fetch_site="same-origin")
    assert desk.status == 400
    assert kinds(world, before) == []
    assert world.bench.vault.call("status", {})["stopped"] is True
    desk.get(draft)
    desk.sign()
    assert world.bench.vault.call("status", {})["stopped"] is False


def test_a_draft_is_done_once_and_dies_after_an_hour(world: World, desk: Officer) -> None:
    desk.get("/officer/releases")
    desk.send("/officer/releases/stop")
    desk.send("/officer/releases/resume")
    draft, signature, members = desk.path, desk.signature(), desk.form_members()
    desk.sign()
    desk.post(draft, {**members, "auth": signature, "way": "now"}, sec_fetch_site="same-origin")
    assert "This was done, and is in the log." in desk.page
    assert desk.path == draft
    desk.get("/officer/releases")
    desk.send("/officer/releases/stop")
    desk.send("/officer/releases/resume")
    late, signature = desk.path, desk.signature()
    world.clock.move_to(world.clock.now() + HOUR + SECOND)
    again = Officer(world, desk.key, language="en")
    again.get(late)
    assert again.status == 404
    again.get("/officer/releases")
    again.send("/officer/releases/resume")
    again.sign()
    assert world.bench.vault.call("status", {})["stopped"] is False


def test_what_the_log_refuses_is_said_on_the_page(world: World, desk: Officer) -> None:
    agency = world.made["rival"].id
    desk.get(f"/officer/agencies/{agency}")
    desk.send(f"/officer/agencies/{agency}/approval", lender=world.made["lender"].id, role="entrusted",
              approved_until=date_of((world.clock.now() + 400 * DAY) // DAY))
    desk.sign()
    assert desk.status == 422
    assert "it does not agree with what the log says" in desk.page


def test_a_first_officers_signature_waits_for_a_second(world: World, desk: Officer) -> None:
    """What two officers sign takes effect at once: here a pack, drawn up by the API and signed on the pages."""
    text = shipped_packs()["uk"].text
    drawn = world.officer.post("/v1/packs?draft=1", {
        "name": "uk", "version": "1", "text": text, "effective_from": stamp(world.clock.now())}).json
    _, second = world.keys.officers
    page = f"/officer/acts/{drawn['entry']['id']}"
    desk.get(page)
    assert "Put the rules uk version 1 in force" in desk.page
    desk.sign("keep")
    assert (desk.path, "Your signature is kept" in desk.page) == ("/officer/acts", True)
    assert in_force(world) == {"floor", "cn"}
    other = Officer(world, second, language="en")
    other.get("/officer")
    assert "1 draft waits for a second signature" in other.page
    other.get("/officer/acts")
    assert "Signed by 1 so far" in other.page
    other.get(page)
    other.sign()
    assert (other.path, "Done, and in the log." in other.page) == ("/officer/packs", True)
    assert in_force(world) == {"floor", "cn", "uk"}, "signed by two: at once"
    entry = world.bench.vault.call("entry", {"id": drawn["entry"]["id"]})["entry"]
    assert len({one["officer"] for one in entry["auth"]}) == 2
    other.get("/officer/acts")
    assert "There are none." in other.page


def test_a_signature_that_does_not_hold_is_not_kept(world: World, desk: Officer) -> None:
    drawn = [world.officer.post("/v1/packs?draft=1", {
        "name": "us", "version": "2", "text": shipped_packs()["us"].text,
        "effective_from": stamp(world.clock.now() + after * HOUR)}).json for after in (1, 2)]
    desk.get(f"/officer/acts/{drawn[0]['entry']['id']}")
    foreign = json.dumps(officer.sign(drawn[1], desk.key))
    desk.post(desk.path, {**desk.form_members(), "auth": foreign, "way": "keep"}, sec_fetch_site="same-origin")
    assert (desk.status, "The signature does not hold" in desk.page) == (422, True)
    desk.get("/officer/acts")
    assert "There are none." in desk.page


def in_force(world: World) -> set[str]:
    return {one["name"] for one in world.bench.vault.call("packs-in-words", {"language": "en"})["packs"]}
