"""Every page of a contact, in every state and both languages: nothing a contact must not be told, five queries."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from registry.model.times import MINUTE, stamp
from registry.texts import forbidden, notices
from registry.web.portal.contact import NAV
from tests.contact.mother import SCOPE, Invitation, Mother, invited, listed, opened, said
from tests.databases import only_sqlite
from tests.portal.visitor import Visitor
from tests.web.demo import Demo
from tests.web.watching import statements
from tests.web.world import World

PLAIN = ("/c", "/c/consents", "/c/uses", "/c/objection", "/c/complaints", "/c/complaints/new", "/c/data")
REMEDIES = [("upheld", "agency-warned"), ("upheld", "agency-suspended"), ("partly-upheld", "apology"),
            ("not-upheld", "none"), ("upheld", "correction"), ("upheld", "compensation")]
MOST_QUERIES = 5


def shown(page: str) -> list[str]:
    """All that is read out or seen of a page, what attributes say too."""
    return [said(page), *re.findall(r'\s(?:aria-label|alt|title|placeholder|value|content)="([^"]*)"', page)]


def read_all(visitor: Visitor, *more: str) -> Iterator[tuple[str, str]]:
    """(path, page) of every page, in both languages, and what a click without anything typed says."""
    for language in ("zh", "en"):
        for path in (*PLAIN, *more):
            visitor.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert visitor.status == 200, (path, visitor.page)
            yield path, visitor.page
        for path in ("/c/complaints/new", "/c/erase"):
            visitor.get("/c/data" if path == "/c/erase" else path)
            if path in {one.action for one in visitor.forms()}:
                visitor.send(path, **({} if path == "/c/erase" else {"text": ""}))
                assert visitor.status == 422
                yield path, visitor.page


def nothing_forbidden(visitor: Visitor, *more: str) -> None:
    seen = {path: forbidden(shown(page)) for path, page in read_all(visitor, *more)}
    assert len(seen) >= len(PLAIN)
    assert {path: found for path, found in seen.items() if found} == {}


def test_the_scan_finds_what_it_looks_for() -> None:
    assert forbidden(shown('<p>x</p><button aria-label="your debt">'))
    assert forbidden(shown("<title>欠款</title>"))


def consents_in_every_state(world: World) -> tuple[Invitation, list[str]]:
    """One contact with a consent in each state, the last one waiting: the last invitation, and the paths of all."""
    paths = []
    first = invited(world)
    mother = opened(world, first)
    mother.send(f"/c/consents/{first.consent}/agreement")
    paths.append(f"/c/consents/{first.consent}")
    for scope in ({**SCOPE, "modes": ["call"], "hours": ["09:00", "18:00"], "max_uses": 1},
                  {**SCOPE, "purposes": ["confirm-whereabouts", "location-information", "obtain-contact-details"]},
                  {**SCOPE, "grantee": {"role": "independent"}}, {**SCOPE, "grantee": {"role": "lender"}},
                  {**SCOPE, "grantee": {"role": "entrusted", "party": world.made["agency"].id}}):
        asked = world.lender.post("/v1/consents", world.consent(
            "contact", first.ids["borrower"], first.ids["contact"], scope=scope,
            notice=notices.current("contact").shown("en"), expires_at=stamp(world.clock.now() + 5 * MINUTE),
        ), idempotency_key=f"{first.consent[:20]}-{len(paths)}")
        paths.append(f"/c/consents/{asked.json['consent']}")
    other = world.lender.post("/v1/consents", world.consent("contact", first.ids["borrower"], first.ids["contact"]),
                              idempotency_key=f"{first.consent[:20]}-other")
    paths.append(f"/c/consents/{other.json['consent']}")
    mother.get(paths[1])
    mother.send(f"{paths[1]}/withdrawal")
    return first, paths


def test_consents_in_every_state(world: World) -> None:
    invitation, paths = consents_in_every_state(world)
    mother = Mother(world, invitation.number)
    nothing_forbidden(mother, *paths)
    world.clock.move_to(world.clock.now() + 10 * MINUTE)
    nothing_forbidden(mother, *paths)
    states = [one["state"] for one in mother.json.get("/v1/c/consents").json["items"]]
    assert {"given", "refused", "expired", "pending-code"} <= set(states)
    mother.get(paths[0])
    mother.send(f"{paths[0]}/withdrawal")
    assert forbidden(shown(mother.page)) == []
    mother.get("/c/objection")
    mother.send("/c/objection")
    assert forbidden(shown(mother.page)) == []
    nothing_forbidden(mother, *paths)
    states = [one["state"] for one in mother.json.get("/v1/c/consents").json["items"]]
    assert {"withdrawn", "refused", "closed"} <= set(states)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_invitation_before_and_after_a_wrong_code(world: World, language: str) -> None:
    invitation = invited(world)
    visitor = Visitor(world.app, language=language)
    for path in (invitation.path, "/c/i/" + "0" * 32, "/c/x"):
        assert forbidden(shown(visitor.get(path).text)) == []
    assert forbidden([said(visitor.get("/sign-in?role=contact").text)]) == []
    visitor.get(invitation.path)
    assert forbidden(shown(visitor.send(invitation.path, code="1").text)) == []
    mother = opened(world, invitation, language)
    mother.send(f"/c/consents/{invitation.consent}/agreement")
    assert forbidden(shown(mother.page)) == []


def test_complaints_with_every_outcome(world: World) -> None:
    _, number = listed(world)
    mother = Mother(world, number)
    for verdict, remedy in REMEDIES:
        filed = mother.json.post("/v1/c/complaints", {"about": "lender", "text": "x"}).json["complaint"]
        money = {"amount_minor": 5000, "currency": "CNY"} if remedy == "compensation" else {}
        body = {"verdict": verdict, "remedy": remedy, **money}
        done = world.done(f"/v1/complaints/{filed}/settlement", body)
        assert done.status_code == 201, done.text
        if money:
            paid = world.done(f"/v1/complaints/{filed}/payment", {"paid_on": "2026-09-21"})
            assert paid.status_code == 201, paid.text
    mother.json.post("/v1/c/complaints", {"about": "registry", "text": "x"})
    nothing_forbidden(mother)
    items = mother.json.get("/v1/c/complaints").json["items"]
    assert {(one.get("verdict"), one.get("remedy")) for one in items} == {*REMEDIES, (None, None)}
    assert not any("agency" in one or "borrower" in one for one in items)
    mother.get("/c/data")
    mother.send("/c/erase", confirm="yes")
    nothing_forbidden(mother)


def test_uses_with_every_answer(demo: Demo, used: Mother, use: str) -> None:
    for answer in ("will-relay", "cannot"):
        used.get(f"/c/uses/{use}")
        used.send(f"/c/uses/{use}/answer", answer=answer)
        assert forbidden(shown(used.page)) == []
        nothing_forbidden(used, f"/c/uses/{use}", f"/c/complaints/new?use={use}")
    used.json.post(f"/v1/c/uses/{use}/answer", {"answer": "gave-channel", "address": "y8@demo.invalid"})
    nothing_forbidden(used, f"/c/uses/{use}")


def test_no_page_asks_the_database_more_than_five_times(demo: Demo, used: Mother, use: str, world: World) -> None:
    invitation = invited(world)
    of_world = opened(world, invitation)
    places = [(demo, used, path) for path in (*PLAIN, f"/c/uses/{use}", f"/c/complaints/new?use={use}")]
    places += [(world, of_world, path) for path in (*PLAIN, f"/c/consents/{invitation.consent}", invitation.path)]
    for place, visitor, path in places:
        with place.app.app_context():
            engine = place.app.extensions["sqlalchemy"].engine
        visitor.get(path)
        with statements(engine) as seen:
            answer = visitor.get(path)
        found = [one for one in seen if one.lstrip().upper().startswith("SELECT")]
        assert answer.status_code == 200
        assert len(found) <= MOST_QUERIES, (path, found)
        assert len(answer.data) < 100_000


@only_sqlite("a plan in its own words")
@pytest.mark.parametrize("before", [-1, 10**6])
def test_uses_are_found_by_index_however_many_lookups_there_are(demo: Demo, use: str, before: int) -> None:
    with demo.app.app_context():
        engine = demo.app.extensions["sqlalchemy"].engine
    store = demo.bench.store
    contact = demo.person("unreachable")["contact"]
    with statements(store._engine) as seen:
        assert use in {one["id"] for one in store.uses([contact], before=before, limit=9)}
    [asked] = [one for one in seen if "lookups" in one]
    with engine.connect() as connection:
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}"))
    assert "SEARCH lookups USING INDEX lookups_by_account" in plan, plan
    assert "SCAN" not in plan, plan


def test_the_navigation_leads_to_pages_that_exist(used: Mother) -> None:
    links = set(re.findall(r'href="(/c[^"]*)"', used.get("/c").text))
    assert len(links) >= len(NAV)
    for link in links:
        assert used.get(link).status_code == 200, link
