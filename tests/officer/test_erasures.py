"""Officers read on a page who is to be erased, on whose word and when, and cancel it there by their signature."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from registry.model.times import DAY, HOUR, MINUTE, stamp
from registry.web.portal import officer_erasures
from tests.officer.desk import Officer, kinds, size
from tests.portal.visitor import by_link
from tests.web.world import World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One of this file's own: its clock moves by days."""
    with make_world(tmp_path_factory.mktemp("erasures")) as made:
        yield made


@pytest.fixture(autouse=True)
def nobody_waits(world: World) -> Iterator[None]:
    """Every test begins with nobody to be erased."""
    yield
    for one in world.officer.get("/v1/erasures").json["items"]:
        world.done(f"/v1/erasures/{one['subject']}/cancellation", {})
    assert world.officer.get("/v1/erasures").json["waiting"] == 0
    world.clock.move_to(world.clock.now() + 2 * HOUR)


def asked(world: World, role: str = "borrower", ids: dict[str, str] | None = None) -> str:
    """Somebody whose erasure the lender passed on: the id."""
    subject = (ids or world.someone())[role]
    assert world.lender.post(f"/v1/{role}s/{subject}/erasure", {}).status_code == 201
    return subject


def signed_in(world: World) -> Officer:
    """An officer who has just signed in: a session ends before an erasure is due."""
    return Officer(world, world.keys.officers[0], language="en")


def articles(desk: Officer) -> list[str]:
    """What the page says of each."""
    return desk.page.split("<article>")[1:]


def test_a_page_with_nobody_to_be_erased_says_so_and_the_first_page_leads_there(desk: Officer) -> None:
    desk.get("/officer")
    assert "0 erasures wait" in desk.page
    desk.get("/officer/erasures")
    assert "No erasure waits." in desk.page
    assert articles(desk) == []


def test_it_says_of_whom_on_whose_word_and_when_the_keys_go_the_oldest_first(world: World) -> None:
    ids = world.someone()
    contact = asked(world, "contact", ids)
    world.clock.move_to(world.clock.now() + DAY)
    other = world.someone()["borrower"]
    by = {"role": "borrower", "id": other}
    world.bench.vault.call("append", {"entry": {
        "v": 1, "id": "ab" * 16, "kind": "erasure-requested/1", "by": by,
        "body": {"subject": other, "role": "borrower", "borrower": other}}})
    desk = signed_in(world)
    desk.get("/officer/erasures")
    first, second = articles(desk)
    assert "Contact" in first
    assert contact in first
    assert ids["borrower"] in first
    assert "passed on by the lender · " in first
    assert "in 48 hours" in first
    assert "the borrower\n" in second or "the borrower<" in second
    assert "in 72 hours" in second
    listed = world.officer.get("/v1/erasures").json["items"]
    assert [one["by"]["role"] for one in listed] == ["lender", "borrower"]
    assert listed[1]["by"] == by
    assert listed[1]["destroyed_at"] == stamp(world.clock.now() + 3 * DAY)


def test_an_officer_cancels_one_by_a_signature_and_sending_the_form_again_makes_no_second_draft(
    world: World, desk: Officer,
) -> None:
    subject = asked(world)
    drawn = []
    for _ in range(2):
        desk.get("/officer/erasures")
        desk.send(f"/officer/erasures/{subject}/cancellation")
        drawn.append(desk.drafted())
    assert drawn[0] == drawn[1]
    assert f"Cancel the erasure of borrower {subject}, who is told" in desk.page
    before = size(world)
    desk.sign()
    assert (desk.path, kinds(world, before)) == ("/officer/erasures", ["erasure-cancelled/1"])
    assert subject not in desk.page
    assert "No erasure waits." in desk.page


def test_what_is_over_is_not_offered_and_a_signature_that_comes_too_late_is_told_so(world: World) -> None:
    subject = asked(world)
    world.clock.move_to(world.clock.now() + 72 * HOUR - MINUTE)
    late = signed_in(world)
    late.get("/officer/erasures")
    assert "within the hour" in late.page
    late.send(f"/officer/erasures/{subject}/cancellation")
    draft = late.path
    world.clock.move_to(world.clock.now() + 2 * MINUTE)
    late.get("/officer/erasures")
    assert "being destroyed now" in late.page
    assert "/cancellation" not in late.page
    late.get(draft)
    late.sign()
    assert late.status == 422
    assert "its 72 hours are over" in late.page
    world.bench.vault.call("keep-house", {})
    late.get("/officer/erasures")
    assert subject not in late.page


def test_a_page_holds_so_many_and_leads_to_the_next(
    world: World, desk: Officer, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(officer_erasures, "PAGE", 2)
    wanted = [asked(world) for _ in range(5)]
    shown, further = list[list[str]](), ""
    for _ in range(3):
        desk.get(f"/officer/erasures{further}")
        shown.append([one for one in wanted if one in desk.page])
        links = re.findall(r'<a role="button" data-tone="quiet" href="([^"]+)">More', desk.page)
        further = links[0] if links else "at the end"
    assert shown == [wanted[:2], wanted[2:4], wanted[4:]]
    assert further == "at the end"
    first = world.officer.get("/v1/erasures?limit=3").json
    rest = world.officer.get(f"/v1/erasures?limit=3&cursor={first['next']}").json
    assert [one["subject"] for one in (*first["items"], *rest["items"])] == wanted
    assert (rest["next"], first["waiting"]) == (None, 5)
    assert desk.get("/officer/erasures?cursor=nonsense").status_code == 422
    assert world.officer.get("/v1/erasures?cursor=nonsense").status_code == 422


def test_a_burst_says_that_nothing_is_destroyed_and_leads_to_its_alarm_and_back(world: World, desk: Officer) -> None:
    people = [world.someone() for _ in range(11)]
    wanted = [asked(world, role, ids) for ids in people for role in ("borrower", "contact")]
    desk.get("/officer/erasures")
    assert "nothing is destroyed now" in desk.page
    assert "See the alarm" not in desk.page, "the alarm is raised by the next chore"
    world.bench.vault.call("keep-house", {})
    world.clock.move_to(world.clock.now() + 80 * HOUR)
    desk = signed_in(world)
    desk.get("/officer/erasures")
    alarm = world.officer.get("/v1/erasures").json["alarm"]
    assert f'href="/officer/alarms/{alarm}"' in desk.page
    assert "held back by the alarm" in articles(desk)[0]
    desk.send(f"/officer/erasures/{wanted[0]}/cancellation")
    desk.sign()
    assert f"/officer/erasures/{wanted[0]}/cancellation" not in desk.page
    assert "takes these keys along" not in articles(desk)[0], "the borrower's own is cancelled"
    assert "takes these keys along" in articles(desk)[2]
    desk.get(f"/officer/alarms/{alarm}")
    assert 'href="/officer/erasures"' in desk.page
    for subject in wanted[1:]:
        assert world.done(f"/v1/erasures/{subject}/cancellation", {}).status_code == 201
    assert world.done(f"/v1/alarms/{alarm}/closing", {}).status_code == 201


def test_nobody_is_cancelled_who_is_unknown_and_no_auditor_sees_the_page(world: World, desk: Officer) -> None:
    subject = asked(world)
    desk.get("/officer/erasures")
    desk.post(f"/officer/erasures/{'0' * 32}/cancellation", desk.form_members(), sec_fetch_site="same-origin")
    assert desk.status == 404
    auditor = by_link(world, "auditor")
    assert auditor.get("/officer/erasures").status_code == 403
    assert subject not in auditor.page


def test_the_page_is_in_chinese_where_its_reader_is(world: World) -> None:
    asked(world)
    desk = Officer(world, world.keys.officers[0], language="zh")
    desk.get("/officer/erasures")
    assert "等待执行的删除" in desk.page
    assert "出借方转达" in desk.page
    assert "还有 72 小时" in desk.page


@pytest.mark.parametrize(("role", "template", "says"), [
    ("borrower", "borrower-erasure-cancelled", "您的资料不会被删除"),
    ("contact", "contact-erasure-cancelled", "回复 N"),
])
def test_whoever_was_to_be_erased_is_told_that_it_was_cancelled(
    world: World, role: str, template: str, says: str
) -> None:
    world.settle()
    before = len(sent(world, template))
    subject = asked(world, role)
    world.settle()
    assert len(sent(world, template)) == before, "not of what was asked"
    world.done(f"/v1/erasures/{subject}/cancellation", {})
    world.settle()
    told = sent(world, template)
    assert len(told) > before
    assert all(says in one["text"] for one in told)
    world.settle()
    assert sent(world, template) == told, "once"


def sent(world: World, template: str) -> list[dict[str, str]]:
    """The messages of this template that went out so far."""
    return [one for one in world.bench.outbox.messages() if one["template"] == template]
