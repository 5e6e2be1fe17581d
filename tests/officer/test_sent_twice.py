"""A form of an officer's that is sent twice makes one draft, also where it holds free words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.model.entries import Actor
from registry.usecases import acts, alarms
from registry.usecases.ports import Ports
from registry.web.context import EXTENSION
from tests.officer.desk import Officer, kinds, size
from tests.officer.test_alarms import raised
from tests.web.world import World

WORDS = "invented words of an officer"


@pytest.fixture
def ports(world: World) -> Ports:
    found: Ports = world.app.extensions[EXTENSION]
    return found


def held(world: World) -> str:
    borrower = world.someone()["borrower"]
    placed = world.lender.post(f"/v1/borrowers/{borrower}/holds", {"type": "dispute"})
    assert placed.status_code == 201, placed.text
    return str(placed.json["hold"])


def complained(world: World) -> str:
    filed = world.lender.post("/v1/complaints", {
        "from": "borrower", "borrower": world.someone()["borrower"], "about": "lender", "text": "invented"})
    return str(filed.json["complaint"])


def forms_with_words(world: World) -> dict[str, tuple[str, str, dict[str, str]]]:
    """What is sent by every page with free words: (the page, the form's action, what is typed)."""
    alarm, hold, complaint = raised(world), held(world), complained(world)
    agency, lender = world.made["agency"].id, str(world.made["lender"].id)
    return {
        "an alarm is closed": (f"/officer/alarms/{alarm}", f"/officer/alarms/{alarm}/closing", {}),
        "a hold is lifted": ("/officer/holds", f"/officer/holds/{hold}/lift", {}),
        "a complaint is settled": (
            f"/officer/complaints/{complaint}", f"/officer/complaints/{complaint}/settlement",
            {"verdict": "upheld", "remedy": "apology", "amount": "", "currency": "CNY"}),
        "an agency is rated": (
            f"/officer/agencies/{agency}", f"/officer/agencies/{agency}/evaluation",
            {"lender": lender, "from": "2026-07-01", "until": "2026-08-01", "score": "80", "result": "good",
             "licence": "invented", "licence_until": "2027-08-01"}),
    }


def test_every_form_with_words_that_comes_again_leads_to_the_draft_it_made_and_with_other_words_to_another(
    world: World, desk: Officer,
) -> None:
    for what, (page, action, typed) in forms_with_words(world).items():
        desk.get(page)
        form = next(one for one in desk.forms() if one.action == action)
        assert form.members["once"], what
        sent = {**form.members, **typed, "note": WORDS}
        drawn = []
        for note in (WORDS, WORDS, "others"):
            desk.post(action, {**sent, "note": note}, sec_fetch_site="same-origin")
            drawn.append(desk.drafted())
        assert drawn[0] == drawn[1] != drawn[2], what
        desk.get(page)
        desk.send(action, **typed, note=WORDS)
        assert desk.drafted() not in drawn, f"{what}: a page that is opened anew is another form"


def test_a_form_that_comes_again_after_it_was_signed_says_that_it_is_done(world: World, desk: Officer) -> None:
    alarm = raised(world)
    action = f"/officer/alarms/{alarm}/closing"
    desk.get(f"/officer/alarms/{alarm}")
    sent = {**next(one for one in desk.forms() if one.action == action).members, "note": WORDS}
    desk.post(action, sent, sec_fetch_site="same-origin")
    draft = desk.drafted()
    before = size(world)
    desk.sign()
    assert kinds(world, before)[:1] == ["alarm-closed/1"]
    desk.post(action, sent, sec_fetch_site="same-origin")
    assert desk.drafted() == draft
    assert "This was done, and is in the log." in desk.page


def test_two_at_one_moment_make_one_draft_whose_words_can_be_opened(world: World, ports: Ports) -> None:
    alarm, by = raised(world), Actor("officer", world.made["officer"].id)
    body, once, others = {"note": WORDS}, "a" * 22, list[object]()

    class Between:
        """The vault, before which another request with the same form comes and is answered."""

        def call(self, op: str, args: dict[str, object]) -> dict[str, object]:
            if op == "seal-note" and not others:
                others.append(None)
                others.append(alarms.closing_draft(ports, by, alarm, body, once)["entry"])
            return ports.vault.call(op, args)

    drawn = alarms.closing_draft(replace(ports, vault=Between()), by, alarm, body, once)  # type: ignore[arg-type]
    assert drawn["entry"] == others[1]
    assert ports.store.notes([drawn["entry"]["body"]["note"]])


def test_a_form_of_before_that_holds_nothing_of_the_kind_is_taken(world: World, desk: Officer) -> None:
    alarm = raised(world)
    desk.get(f"/officer/alarms/{alarm}")
    members = desk.form_members()
    desk.post(f"/officer/alarms/{alarm}/closing", {**members, "note": WORDS}, sec_fetch_site="same-origin")
    assert desk.drafted()
    desk.post(f"/officer/alarms/{alarm}/closing", {**members, "note": WORDS, "once": "x"},
              sec_fetch_site="same-origin")
    assert desk.status == 400


def test_an_hour_later_the_same_form_makes_a_draft_of_its_own(world: World, ports: Ports) -> None:
    alarm, by = raised(world), Actor("officer", world.made["officer"].id)
    first = alarms.closing_draft(ports, by, alarm, {"note": WORDS}, "b" * 22)
    later = replace(ports, wall=lambda: ports.wall() + acts.LIFE)
    second = alarms.closing_draft(later, by, alarm, {"note": WORDS}, "b" * 22)
    assert first["entry"]["body"]["note"] != second["entry"]["body"]["note"]
    assert first["expires_at"] < second["expires_at"]
