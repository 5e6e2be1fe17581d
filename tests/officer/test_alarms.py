"""Alarms as officers and auditors read them, by a program and on the pages; closed by a signed act, sealed note."""

from __future__ import annotations

import itertools
import os
from typing import Any

import pytest

from registry.model.alarms import ALARMS
from registry.model.ids import new_id
from tests.officer.desk import Officer, kinds, size
from tests.portal.visitor import Visitor, by_link
from tests.web.world import World

WAITS = itertools.count(9_000)


def raised(world: World) -> str:
    """The id of an open alarm that reports wait in the inbox."""
    world.bench.vault.call("keep-house", {"inbox_ms": next(WAITS)})
    (found,) = world.officer.get("/v1/alarms?state=open&alarm=inbox-waiting").json["items"]
    ident: str = found["id"]
    return ident


def test_officers_and_auditors_read_an_alarm_after_an_entry_that_says_so(world: World) -> None:
    ident = raised(world)
    for who in (world.officer, world.auditor):
        before = size(world)
        found = who.get(f"/v1/alarms/{ident}").json
        assert (found["id"], found["alarm"], found["state"]) == (ident, "inbox-waiting", "open")
        assert found["count"] >= 9_000
        seen = world.bench.vault.call("entry", {"index": before})["entry"]
        assert (seen["kind"], seen["body"]) == ("viewed/3", {"what": "alarms", "about": ident})
    before = size(world)
    assert ident in {one["id"] for one in world.auditor.get("/v1/alarms").json["items"]}
    assert kinds(world, before) == ["viewed/3"]


@pytest.mark.parametrize("who", ["lender", "collector"])
def test_nobody_else_reads_or_closes_alarms(world: World, who: str) -> None:
    ident = raised(world)
    for path in ("/v1/alarms", f"/v1/alarms/{ident}"):
        assert world.using(who).get(path).status_code == 403
    assert world.using(who).post(f"/v1/alarms/{ident}/closing", {}).status_code == 403
    assert world.auditor.post(f"/v1/alarms/{ident}/closing", {}).status_code == 403


def test_an_alarm_is_an_event_for_the_staff_alone(world: World) -> None:
    ident = raised(world)
    for who in (world.officer, world.auditor):
        found = who.get("/v1/events?kind=alarm-raised/3&limit=200").json["items"]
        assert [set(one) for one in found if one["id"] == ident] == [{"index", "kind", "id", "at", "about"}]
    for who in (world.lender, world.collector):
        assert who.get("/v1/events?kind=alarm-raised/3").json["items"] == []


def test_an_alarm_is_closed_in_two_steps_with_a_sealed_note_and_only_once(world: World) -> None:
    ident = raised(world)
    path, body = f"/v1/alarms/{ident}/closing", {"note": "invented words of an officer"}
    assert world.officer.post(path, body).status_code == 403
    before = size(world)
    done = world.done(path, body)
    assert (done.status_code, done.json["alarm"]) == (201, ident), done.text
    closed = world.bench.vault.call("entry", {"index": before})["entry"]
    assert (closed["kind"], closed["body"]["alarm"], len(closed["body"]["note"])) == ("alarm-closed/1", ident, 64)
    found = world.officer.get(f"/v1/alarms/{ident}").json
    assert (found["state"], found["officer"]) == ("closed", world.made["officer"].id)
    again = world.officer.post(f"{path}?draft=1", body)
    assert (again.status_code, again.json["code"]) == (409, "alarm-closed")
    assert ident in {one["id"] for one in world.officer.get("/v1/alarms?state=closed&limit=200").json["items"]}
    missing = world.officer.post(f"/v1/alarms/{new_id(os.urandom)}/closing?draft=1", {})
    assert missing.status_code == 404


def test_what_is_signed_and_repeated_is_exactly_what_was_drawn_up_note_and_all(world: World) -> None:
    path, body = f"/v1/alarms/{raised(world)}/closing", {"note": "what I found"}
    before = size(world)
    draft = world.officer.post(f"{path}?draft=1", body).json
    auth = world.vouched(draft, 1)
    other = world.officer.post(path, {"note": "what I did not find", "auth": auth})
    assert (other.status_code, other.json["code"]) == (409, "draft-missing")
    assert kinds(world, before) == []
    done = [world.officer.post(path, {**body, "auth": auth}) for _ in range(2)]
    assert [one.status_code for one in done] == [201, 201]
    assert done[0].json["log_index"] == done[1].json["log_index"]
    for changed in ({"note": "what I did not find"}, {}):
        again = world.officer.post(path, {**changed, "auth": auth})
        assert (again.status_code, again.json["code"]) == (409, "act-done" if changed else "draft-missing")
        assert "what I" not in again.text
    assert kinds(world, before) == ["alarm-closed/1"]


def test_an_officer_closes_one_on_the_pages(world: World, desk: Officer) -> None:
    ident = raised(world)
    desk.get("/officer")
    assert "1 alarm" in desk.page
    desk.get("/officer/alarms")
    assert f"/officer/alarms/{ident}" in desk.page
    desk.get(f"/officer/alarms/{ident}")
    assert "What to do:" in desk.page
    desk.send(f"/officer/alarms/{ident}/closing", note="looked at it")
    assert f"Close alarm {ident}." in desk.page
    before = size(world)
    desk.sign()
    assert (desk.path, kinds(world, before)[:1]) == ("/officer/alarms", ["alarm-closed/1"])
    desk.get("/officer/alarms?state=closed")
    assert ident[:8] in desk.page
    desk.get(f"/officer/alarms/{ident}")
    assert f"/officer/alarms/{ident}/closing" not in desk.page, "what is closed is not closed again"


def test_a_note_that_is_too_long_is_shown_again(world: World, desk: Officer) -> None:
    ident = raised(world)
    desk.get(f"/officer/alarms/{ident}")
    desk.send(f"/officer/alarms/{ident}/closing", note="x" * 501)
    assert desk.status == 422
    assert "x" * 501 in desk.page


def test_an_auditor_reads_what_each_means_and_has_nothing_to_press(world: World) -> None:
    ident = raised(world)
    auditor = by_link(world, "auditor", language="en")
    auditor.get("/auditor")
    assert "1 open" in auditor.page
    before = size(world)
    auditor.get("/auditor/alarms")
    assert ident[:8] in auditor.page
    assert "Reports that came in are not in the log yet." in auditor.page
    assert "/closing" not in auditor.page
    assert kinds(world, before) == ["viewed/3"]


def test_others_do_not_see_the_pages(world: World, desk: Officer) -> None:
    assert desk.get("/auditor/alarms").status_code == 403
    assert by_link(world, "auditor").get("/officer/alarms").status_code == 403
    stranger = Visitor(world.app)
    stranger.get("/officer/alarms")
    assert stranger.path.startswith("/sign-in")


def test_open_alarms_are_a_gauge_by_name_and_nothing_else(world: World) -> None:
    raised(world)
    lines = [one for one in world.app.test_client().get("/metrics").text.splitlines()
             if one.startswith("consentry_alarms_open{")]
    found: dict[str, Any] = dict(one.removeprefix('consentry_alarms_open{alarm="').split('"} ') for one in lines)
    assert set(found) == set(ALARMS)
    assert float(found["inbox-waiting"]) == 1
