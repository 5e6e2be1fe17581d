"""Who is signed in: the cookie, what it is worth, and when it ends. Default deny for every page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from registry.model.times import MINUTE
from registry.web.auth import OPEN, PORTAL, needs_of
from registry.web.factory import create_app
from registry.web.settings import WebSettings
from tests.portal.test_limits import database
from tests.portal.visitor import Person, Visitor, by_code, by_link, somebody
from tests.web.world import World

TOKEN = re.compile(r"cns_[A-Za-z0-9_-]{43}")
# Pages that anybody may open. A new one needs its reason beside it in `auth.OPEN`, and its line here.
OPEN_PAGES = {
    "/", "/assets/<name>", "/sign-in", "/sign-in/code", "/sign-in/link/<token>", "/sign-in/staff", "/sign-in/token",
    "/sign-in/passkey", "/sign-out",
}
# The link that a borrower forwards: CONTACT 5, the code is asked for before any name is shown.
INVITATIONS = re.compile(r"/c/i(/|$)")


@pytest.fixture(scope="module")
def person(world: World) -> Person:
    return somebody(world)


@pytest.fixture
def borrower(world: World, person: Person) -> Visitor:
    return by_link(world, "borrower", person.ids["borrower"])


def test_every_page_is_open_by_name_or_for_roles_that_there_are(world: World) -> None:
    pages = [rule for rule in world.app.url_map.iter_rules() if rule.endpoint.startswith(PORTAL)]
    opened = {rule.rule for rule in pages if rule.endpoint in OPEN}
    assert {path for path in opened if not INVITATIONS.match(path)} == OPEN_PAGES
    for rule in pages:
        needs = needs_of(world.app, rule.endpoint)
        assert (needs is None) == (rule.endpoint in OPEN), rule.rule
        assert needs is None or set() < needs.roles <= {"borrower", "contact", "officer", "auditor"}, rule.rule


def test_every_other_page_leads_a_stranger_to_the_sign_in_page(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint.startswith(PORTAL) and rule.endpoint not in OPEN:
            path = re.sub(r"<[^<>]+>", "a" * 32, rule.rule)
            for visitor in (Visitor(world.app), with_cookie(world, f"cns_{'A' * 43}"), with_cookie(world, "x")):
                method = "GET" if "GET" in (rule.methods or ()) else "POST"
                answer = visitor.client.open(path, method=method, headers=visitor.headers)
                assert (rule.rule, answer.status_code) == (rule.rule, 303)
                assert re.fullmatch(r"/sign-in(\?next=[a-z_.]+)?", answer.headers["Location"])


def with_cookie(world: World, value: str) -> Visitor:
    """A browser that somebody gave a cookie."""
    visitor = Visitor(world.app)
    visitor.client.set_cookie("consentry", value, domain="localhost")
    return visitor


def test_a_page_that_names_nobody_is_for_nobody(world: World, borrower: Visitor) -> None:
    view = world.app.view_functions["portal.borrower.home"]
    needs = view.needs  # type: ignore[attr-defined]
    del view.needs  # type: ignore[attr-defined]
    try:
        assert borrower.get("/me").status_code == 500
    finally:
        view.needs = needs  # type: ignore[attr-defined]


def test_the_cookie_before_signing_in_is_not_the_one_after(world: World, person: Person) -> None:
    planted = f"cns_{'B' * 43}"
    visitor = with_cookie(world, planted)
    visitor.get("/sign-in")
    token = world.bench.vault.call("make-link", {
        "by": world.made["lender"].value(), "role": "borrower", "subject": person.ids["borrower"]})["token"]
    visitor.get(f"/sign-in/link/{token}")
    before = visitor.cookie("consentry-form")
    visitor.send(f"/sign-in/link/{token}")
    session = visitor.cookie("consentry")
    assert session is not None
    assert TOKEN.fullmatch(session)
    assert session not in (planted, before)
    assert with_cookie(world, planted).get("/me").status_code == 200
    assert "/sign-in" in Visitor(world.app).get("/me").request.path, "the planted one is worth nothing"
    assert visitor.cookie("consentry-form") is None, "and the one from before is gone"


def test_who_signs_in_over_somebody_elses_session_ends_it(world: World, borrower: Visitor, person: Person) -> None:
    planted = borrower.cookie("consentry")
    token = world.bench.vault.call("make-link", {
        "by": world.made["lender"].value(), "role": "borrower", "subject": person.ids["borrower"]})["token"]
    borrower.get(f"/sign-in/link/{token}")
    borrower.send(f"/sign-in/link/{token}")
    assert borrower.cookie("consentry") != planted
    assert bearer(world, str(planted)) == 401


def bearer(world: World, token: str) -> int:
    """The status of asking about the session of that token."""
    return world.app.test_client().get("/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code


def test_signing_out_ends_the_session_in_every_copy_of_its_cookie(world: World, borrower: Visitor) -> None:
    token = str(borrower.cookie("consentry"))
    assert bearer(world, token) == 200
    assert "已退出" in borrower.send("/sign-out").text
    assert borrower.cookie("consentry") is None
    assert bearer(world, token) == 401
    copied = with_cookie(world, token)
    assert copied.get("/me").request.path == "/sign-in"


def test_a_session_that_is_over_says_so_once(world: World, person: Person) -> None:
    visitor = by_code(world, "contact", person.contact_number)
    world.clock.move_to(world.clock.now() + 31 * MINUTE)
    world.settle()
    assert visitor.get("/c").request.path == "/sign-in"
    assert "到期" in visitor.page
    assert "到期" not in visitor.get("/sign-in").text
    assert visitor.cookie("consentry") is None


def test_pages_take_no_bearer_and_json_takes_no_cookie(world: World, borrower: Visitor) -> None:
    token = str(borrower.cookie("consentry"))
    stranger = Visitor(world.app)
    assert stranger.get("/me", follow=False, authorization=f"Bearer {token}").status_code == 303
    assert borrower.client.get("/v1/session").status_code == 401
    assert borrower.client.delete("/v1/session").status_code == 401


@pytest.mark.parametrize("path", ["/c", "/officer", "/auditor"])
def test_a_page_of_another_role_is_403_in_words(world: World, borrower: Visitor, path: str) -> None:
    assert borrower.get(path).status_code == 403
    assert "不是给您的" in borrower.page
    assert "您是以客户身份登录的" in borrower.page


def test_a_page_that_needs_more_than_a_code_says_what_would_do(world: World, person: Person) -> None:
    weak = by_code(world, "borrower", person.number)
    view = world.app.view_functions["portal.borrower.home"]
    needs = view.needs  # type: ignore[attr-defined]
    view.needs = replace(needs, strong=True)  # type: ignore[attr-defined]
    try:
        assert weak.get("/me").status_code == 403
        assert "通行密钥" in weak.page
        assert "登录链接" in weak.page
        strong = by_link(world, "borrower", person.ids["borrower"])
        assert strong.get("/me").status_code == 200
    finally:
        view.needs = needs  # type: ignore[attr-defined]


def cookies(visitor: Visitor, path: str) -> dict[str, str]:
    """What each cookie of an answer says behind its value."""
    visitor.get(path, follow=False)
    found = (one.split("=", 1) for one in visitor.answer.headers.getlist("Set-Cookie"))
    return {name: rest.partition(";")[2] for name, rest in found}


def test_over_https_cookies_are_bound_to_this_host_and_secure(world: World) -> None:
    settings = WebSettings(database(world), Path("/nowhere"), Path("/nowhere"), "https://portal.demo.invalid")
    app = create_app(settings, vault=world.bench.vault, courier=world.bench.courier, wall=world.clock.wall)
    found = cookies(Visitor(app, host="portal.demo.invalid"), "/sign-in?lang=en")
    assert set(found) == {"__Host-consentry-form", "lang"}
    for flags in found.values():
        assert {" Secure", " HttpOnly", " Path=/", " SameSite=Lax"} <= set(flags.split(";"))
        assert "Domain" not in flags
    assert Visitor(app).get("/sign-in").headers["Strict-Transport-Security"]


def test_over_http_cookies_are_hidden_from_scripts_and_other_sites(world: World, person: Person) -> None:
    assert set(cookies(Visitor(world.app), "/sign-in")) == {"consentry-form"}
    visitor = Visitor(world.app)
    token = world.bench.vault.call("make-link", {
        "by": world.made["lender"].value(), "role": "borrower", "subject": person.ids["borrower"]})["token"]
    visitor.get(f"/sign-in/link/{token}")
    visitor.send(f"/sign-in/link/{token}", follow=False)
    [given] = [one for one in visitor.answer.headers.getlist("Set-Cookie") if one.startswith("consentry=")]
    assert TOKEN.search(given)
    assert {" HttpOnly", " Path=/", " SameSite=Lax"} == set(given.split(";")[1:]), "until the browser ends"


@pytest.mark.parametrize("wanted", [
    "https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "/me",
    "portal.assets.asset", "portal.sign_in.start", "portal.sign_in.leave", "lender.list_borrowers", "static", "",
    "\r\nX: y", "portal.officer.home",
])
def test_next_leads_to_no_place_but_a_page_of_this_role(world: World, person: Person, wanted: str) -> None:
    visitor = Visitor(world.app)
    visitor.get("/sign-in")
    visitor.client.get("/sign-in", query_string={"next": wanted})
    answer = visitor.client.post("/sign-in", query_string={"next": wanted}, data={
        **visitor.form("/sign-in").members, "role": "contact", "address": person.contact_number})
    assert re.fullmatch(r"/sign-in/code\?request=[0-9a-f]{32}(&next=portal\.officer\.home)?",
                        answer.headers["Location"])
    ready = somebody(world)
    inside = by_code_wanting(world, ready, wanted)
    assert inside.headers["Location"] == "/c"


def by_code_wanting(world: World, person: Person, wanted: str) -> object:
    from tests.portal.visitor import code_of

    visitor = Visitor(world.app)
    visitor.get("/sign-in")
    visitor.send("/sign-in", role="contact", address=person.contact_number)
    asked = visitor.path.partition("request=")[2]
    return visitor.client.post("/sign-in/code", query_string={"request": asked, "next": wanted}, data={
        **visitor.form("/sign-in/code").members, "code": code_of(world, person.contact_number)})


def test_next_leads_to_the_page_that_somebody_wanted(world: World) -> None:
    visitor = Visitor(world.app)
    visitor.get("/officer")
    assert visitor.path == "/sign-in?next=portal.officer.home"
    visitor.get("/sign-in/staff?next=portal.officer.home")
    visitor.send("/sign-in/token", token=world.issued["officer"])
    assert visitor.path == "/officer"
