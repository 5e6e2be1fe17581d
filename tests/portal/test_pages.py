"""What every page has: its headers, both languages, words when something goes wrong, and little weight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.errors import UnavailableError
from registry.web.auth import PORTAL
from registry.web.portal.assets import assets
from tests.contract.client import ROOT
from tests.portal.visitor import Person, Visitor, by_code, by_link, somebody
from tests.web.world import World

TEMPLATES = sorted((ROOT / "registry" / "web" / "templates" / "portal").rglob("*.html"))
OPEN = ["/sign-in", "/sign-in/staff", f"/sign-in/code?request={'0' * 32}", "/sign-in/link/abc"]
MOST_BYTES = 100_000
STRICT = {
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}


@pytest.fixture(scope="module")
def person(world: World) -> Person:
    return somebody(world)


def everybody(world: World, person: Person, language: str = "zh") -> dict[str, Visitor]:
    """One signed in of each role."""
    return {
        "borrower": by_link(world, "borrower", person.ids["borrower"], language=language),
        "contact": by_code(world, "contact", person.contact_number, language=language),
        "officer": by_link(world, "officer", language=language),
        "auditor": by_link(world, "auditor", language=language),
    }


def plain_pages(world: World) -> Iterator[tuple[str, str]]:
    """(role, path) of every page for somebody signed in whose address takes nothing."""
    for rule in world.app.url_map.iter_rules():
        needs = getattr(world.app.view_functions[rule.endpoint], "needs", None)
        if rule.endpoint.startswith(PORTAL) and needs and "GET" in (rule.methods or ()) and not rule.arguments:
            for role in sorted(needs.roles):
                yield role, rule.rule


def headers_hold(answer: Any) -> None:
    csp = answer.headers.getlist("Content-Security-Policy")
    assert [set(one.split("; ")) for one in csp] == [STRICT]
    assert answer.headers.getlist("X-Frame-Options") == ["DENY"]
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.getlist("Referrer-Policy") == ["same-origin"]
    assert answer.headers.getlist("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("path", [*OPEN, "/me/nothing-here", "/sign-out"])
def test_an_open_page_has_its_headers_and_weighs_little(world: World, path: str) -> None:
    answer = Visitor(world.app).get(path)
    headers_hold(answer)
    assert len(answer.data) < MOST_BYTES


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_everybody_is_whole_in_both_languages(world: World, person: Person, language: str) -> None:
    visitors = everybody(world, person, language)
    tag = {"zh": "zh-CN", "en": "en"}[language]
    seen = 0
    for role, path in plain_pages(world):
        answer = visitors[role].get(path, follow=False)
        assert (path, answer.status_code) == (path, 200)
        if answer.mimetype == "text/html" and "attachment" not in answer.headers.get("Content-Disposition", ""):
            seen += 1
            headers_hold(answer)
            assert len(answer.data) < MOST_BYTES, path
            assert f'<html lang="{tag}">' in answer.text
            assert answer.text.count("<h1") == 1, path
            assert answer.text.count("<main") == 1, path
            for number in (person.number, person.contact_number):
                assert number[1:] not in answer.text, path
    assert seen >= 4


def test_assets_are_kept_under_their_digest_and_only_there(world: World) -> None:
    visitor = Visitor(world.app)
    links = re.findall(r'(?:href|src)="(/assets/[^"]+)"', visitor.get("/sign-in").text)
    assert {link.partition("?")[0] for link in links} >= {"/assets/portal.css", "/assets/passkey-sign-in.js"}
    for link in links:
        answer = visitor.get(link)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        again = visitor.get(link, if_none_match=answer.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
    assert visitor.get("/assets/portal.css?v=0").headers["Cache-Control"] == "no-cache"
    assert visitor.get("/assets/portal.css").content_type == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["../auth.py", "..%2fauth.py", "%2e%2e/auth.py", "nothing.css", "", "portal.css/x"])
def test_nothing_but_assets_is_served_as_one(world: World, name: str) -> None:
    assert Visitor(world.app).get(f"/assets/{name}").status_code == 404


def test_a_page_with_its_style_and_scripts_weighs_less_than_a_photograph(world: World) -> None:
    assert sum(len(one.data) for one in assets().values()) < 60_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_style_script_or_handlers_or_turns_escaping_off(path: Path) -> None:
    source = path.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", source, re.IGNORECASE)
    assert not re.search(r"\|\s*safe|autoescape|Markup", source)
    assert not re.search(r'\sclass=', source), "the stylesheet has no classes"
    assert not re.search(r'(?:href|src|action)="https?:', source)
    for form in re.findall(r"<form[^>]*>.*?</form>", source, re.DOTALL):
        assert "form_field()" in form or 'method="get"' in form, path


@pytest.mark.parametrize(("headers", "tag"), [
    ("en-GB,en;q=0.9", "en"), ("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"), ("yue-HK", "zh-CN"), ("fr-FR,de;q=0.5", "zh-CN"),
    ("fr,en;q=0.1,zh;q=0.05", "en"), ("", "zh-CN"), ("en;q=0", "zh-CN"), ("x" * 500, "zh-CN"),
])
def test_a_page_is_in_the_language_that_the_browser_asks_for(world: World, headers: str, tag: str) -> None:
    assert f'<html lang="{tag}">' in Visitor(world.app, language=headers).get("/sign-in").text


def test_a_chosen_language_is_kept_and_may_be_changed_on_every_page(world: World) -> None:
    visitor = Visitor(world.app, language="zh")
    assert '<html lang="zh-CN">' in visitor.get("/sign-in?role=contact").text
    [link] = re.findall(r'<a href="(\?[^"]+)" lang="en"', visitor.page)
    assert '<html lang="en">' in visitor.get(f"/sign-in{link.replace('&amp;', '&')}").text
    assert re.search(r'value="contact"[^>]* checked', visitor.page), "and the rest of the address stays"
    assert '<html lang="en">' in visitor.get("/sign-in/staff").text
    assert '<html lang="zh-CN">' in visitor.get("/sign-in/staff?lang=zh").text
    for nonsense in ("fr", "", "../../etc", "<b>"):
        assert '<html lang="zh-CN">' in visitor.get("/sign-in", follow=True).text
        assert "<b>" not in visitor.client.get("/sign-in", query_string={"lang": nonsense}).text


def test_words_about_what_was_done_are_said_once_and_are_always_ours(world: World) -> None:
    for forged in ("sign-in.title", "<script>alert(1)</script>", "no.said.such", "x" * 4000):
        visitor = Visitor(world.app)
        visitor.client.set_cookie("consentry-said", forged, domain="localhost")
        page = visitor.get("/sign-in").text
        assert 'role="status"' not in page
        assert "<script>alert" not in page
    visitor.client.set_cookie("consentry-said", "sign-in.said.out", domain="localhost")
    assert 'role="status"' in visitor.get("/sign-in").text
    assert 'role="status"' not in visitor.get("/sign-in").text
    assert 'role="status"' not in visitor.get("/sign-in?said=sign-in.said.out").text


@pytest.mark.parametrize(("language", "words"), [("zh", "没有这个页面"), ("en", "There is no such page")])
@pytest.mark.parametrize("path", ["/me/x", "/c/x/y", "/officer/x", "/auditor/x", "/sign-in/x"])
def test_what_is_not_there_is_told_in_words_where_people_are(
    world: World, path: str, language: str, words: str
) -> None:
    answer = Visitor(world.app, language=language).get(path)
    assert (answer.status_code, words in answer.text) == (404, True)


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/mex", "/v1/me/nothing"])
def test_what_is_not_there_is_a_problem_document_everywhere_else(world: World, path: str) -> None:
    answer = world.app.test_client().get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_page_opened_another_way_is_405_with_what_it_takes(world: World) -> None:
    answer = Visitor(world.app).get("/sign-out")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert Visitor(world.app).client.put("/sign-in").status_code == 405


def test_a_form_that_is_too_large_is_413(world: World) -> None:
    visitor = Visitor(world.app)
    visitor.get("/sign-in")
    assert visitor.send("/sign-in", role="contact", address="x" * 20_000).status_code == 413
    assert "text/html" in visitor.answer.content_type


class Silent:
    """A vault that does not answer."""

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise UnavailableError("no")


class Broken:
    """A vault that answers what cannot be."""

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("+8610000006666")


@pytest.mark.parametrize(("vault", "status", "words"), [(Silent(), 503, "现在办不了"), (Broken(), 500, "出错了")])
def test_without_the_vault_a_page_says_so_and_nothing_else(
    world: World, vault: Any, status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(world.app)
    visitor.get("/sign-in")
    ports = world.app.extensions["consentry"]
    monkeypatch.setattr(world.app, "extensions", {**world.app.extensions, "consentry": replaced(ports, vault)})
    answer = visitor.send("/sign-in", role="contact", address="+8610000009301")
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "6666" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)
    visitor.client.set_cookie("consentry", f"cns_{'A' * 43}", domain="localhost")
    assert visitor.get("/me").status_code == status


def replaced(ports: Any, vault: Any) -> Any:
    from dataclasses import replace

    return replace(ports, vault=vault)


def test_a_lookup_passes_no_hook_of_the_pages(world: World) -> None:
    for hooks in (world.app.before_request_funcs, world.app.after_request_funcs, world.app.teardown_request_funcs):
        of_all = hooks.get(None, [])
        assert [one.__module__ for one in of_all if one.__module__.startswith("registry.web.portal")] == []
        assert [one.__module__ for one in of_all if one.__module__.startswith("flask_babel")] == []
        assert [name for name in hooks if name is not None and not name.startswith("portal")] == []
