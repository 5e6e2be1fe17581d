"""Every form is taken from our own pages only, in the browser that they were shown to, and is read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from registry.web.auth import PORTAL, needs_of
from tests.portal.visitor import Person, Visitor, by_code, by_link, somebody
from tests.web.world import World

HOST = "localhost"


@pytest.fixture(scope="module")
def person(world: World) -> Person:
    return somebody(world)


@pytest.fixture
def visitor(world: World) -> Visitor:
    found = Visitor(world.app)
    found.get("/sign-in")
    return found


def asking(visitor: Visitor, **changes: str) -> dict[str, str]:
    """The members of the form that asks for a code, as the page gave it to this browser."""
    return {**visitor.form("/sign-in").members, "role": "contact", "address": "+8610000009001", **changes}


def writes(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(PORTAL) and (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            yield rule


def filled(rule: Rule) -> str:
    return re.sub(r"<(?:[^<>]*:)?[^<>]+>", "a" * 32, rule.rule)


def test_a_form_of_our_page_in_the_browser_that_it_was_shown_to_is_taken(visitor: Visitor) -> None:
    assert visitor.post("/sign-in", asking(visitor), sec_fetch_site="same-origin").status_code == 200
    assert visitor.path.startswith("/sign-in/code?request=")


@pytest.mark.parametrize("changes", [{"form": ""}, {"form": "0" * 64}, {"form": "é" * 64}, {"form": "a" * 10_000}])
def test_a_form_with_another_token_is_403(visitor: Visitor, changes: dict[str, str]) -> None:
    assert visitor.post("/sign-in", asking(visitor, **changes)).status_code == 403
    assert "text/html" in visitor.answer.content_type


def test_a_form_without_a_token_or_with_two_is_403(visitor: Visitor) -> None:
    members = asking(visitor)
    token = members.pop("form")
    assert visitor.post("/sign-in", members).status_code == 403
    assert visitor.post("/sign-in", {**members, "form": [token, token]}).status_code == 403


def test_a_token_of_another_browser_is_403(world: World, visitor: Visitor) -> None:
    other = Visitor(world.app)
    other.get("/sign-in")
    assert asking(other)["form"] != asking(visitor)["form"]
    assert visitor.post("/sign-in", asking(visitor, form=asking(other)["form"])).status_code == 403


def test_a_browser_without_our_cookie_is_403_with_any_token(world: World, visitor: Visitor) -> None:
    assert Visitor(world.app).post("/sign-in", asking(visitor)).status_code == 403


def test_a_token_from_before_signing_in_or_of_another_session_is_403(world: World, person: Person) -> None:
    one, other = (by_link(world, "borrower", person.ids["borrower"]) for _ in range(2))
    before = Visitor(world.app)
    before.get("/sign-in")
    for token in (before.form("/sign-in").members["form"], other.form("/sign-out").members["form"]):
        assert one.post("/sign-out", {"form": token}).status_code == 403
        assert one.get("/me").status_code == 200, "nobody was signed out"
    assert one.send("/sign-out").status_code == 200
    assert one.path == "/sign-in"


@pytest.mark.parametrize("headers", [
    {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "none"},
    {"sec_fetch_site": "cross-site", "origin": f"http://{HOST}"},
    {"origin": "https://elsewhere.example"}, {"origin": "null"}, {"origin": f"http://{HOST}.elsewhere.example"},
    {"origin": f"http://{HOST}:1"}, {"origin": ""},
], ids=str)
def test_a_form_that_the_browser_says_comes_from_elsewhere_is_403_with_the_right_token(
    visitor: Visitor, headers: dict[str, str]
) -> None:
    assert visitor.post("/sign-in", asking(visitor), **headers).status_code == 403


@pytest.mark.parametrize("headers", [
    {}, {"sec_fetch_site": "same-origin"}, {"origin": f"http://{HOST}"},
    {"sec_fetch_site": "same-origin", "origin": f"http://{HOST}"},
], ids=str)
def test_a_form_from_here_is_taken_also_of_an_older_browser(visitor: Visitor, headers: dict[str, str]) -> None:
    assert visitor.post("/sign-in", asking(visitor), **headers).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_what_is_no_form_is_415(visitor: Visitor, content_type: str) -> None:
    answer = visitor.client.post("/sign-in", data="{}", content_type=content_type)
    assert answer.status_code == 415


@pytest.mark.parametrize("changes", [
    {"surplus": "1"}, {"address": ["+8610000009001", "+8610000009002"]}, {"role": ["contact", "borrower"]},
])
def test_a_form_with_unknown_or_double_members_is_400(visitor: Visitor, changes: dict[str, str]) -> None:
    assert visitor.post("/sign-in", asking(visitor) | changes).status_code == 400


def test_a_form_without_a_member_or_with_a_file_is_400(visitor: Visitor) -> None:
    members = asking(visitor)
    assert visitor.client.post("/sign-in", data=members | {"photo": (__file__, "a.txt")}).status_code == 400
    del members["address"]
    assert visitor.post("/sign-in", members).status_code == 400


def test_no_write_of_any_page_is_done_without_the_token_whoever_is_signed_in(world: World, person: Person) -> None:
    signed_in = {
        "borrower": by_link(world, "borrower", person.ids["borrower"]),
        "contact": by_code(world, "contact", person.contact_number),
        "officer": by_link(world, "officer"), "auditor": by_link(world, "auditor"),
    }
    found = list(writes(world.app))
    assert len(found) >= 6
    for rule in found:
        needs = needs_of(world.app, rule.endpoint)
        for role in signed_in if needs is None else needs.roles:
            for headers in ({}, {"sec_fetch_site": "cross-site"}):
                answer = signed_in[role].post(filled(rule), {"form": "0" * 64}, follow=False, **headers)
                assert (rule.rule, role, answer.status_code) == (rule.rule, role, 403)


def test_no_page_changes_anything_when_it_is_opened(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint.startswith(PORTAL):
            methods = (rule.methods or set()) - {"HEAD"}
            assert methods in ({"GET"}, {"POST"}), f"{rule.rule} takes {methods}: one view reads, another writes"
