"""Signing in as pages: by a code, a link, a token. Who tries learns nothing of whom we know."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from registry.model.times import DAY, HOUR, MINUTE
from registry.usecases.ports import Record
from registry.web.portal.pacing import EXTENSION, Pace
from tests.portal.visitor import Person, Visitor, by_code, by_link, code_of, somebody
from tests.web.world import World

VARYING = re.compile(r"[0-9a-f]{32,64}")


@pytest.fixture
def person(world: World) -> Person:
    return somebody(world)


def asked(world: World, role: str, address: str, **options: Any) -> Visitor:
    """Somebody at the page that asks for the code."""
    visitor = Visitor(world.app, **options)
    visitor.get("/sign-in")
    visitor.send("/sign-in", role=role, address=address)
    return visitor


def link(world: World, role: str, subject: str) -> str:
    """The path of a fresh link."""
    by = world.made["lender"].value() if role == "borrower" else {"role": "web"}
    made = world.bench.vault.call("make-link", {"by": by, "role": role, "subject": subject})
    return f"/sign-in/link/{made['token']}"


@pytest.mark.parametrize(("role", "home"), [("borrower", "/me"), ("contact", "/c")])
def test_a_code_to_the_number_signs_in(world: World, person: Person, role: str, home: str) -> None:
    visitor = by_code(world, role, person.number if role == "borrower" else person.contact_number)
    assert visitor.path == home


def test_a_code_to_the_mailbox_signs_a_borrower_in(world: World, person: Person) -> None:
    assert by_code(world, "borrower", person.email, language="en").path == "/me"


def test_a_code_is_read_with_spaces_dashes_and_in_full_width(world: World, person: Person) -> None:
    visitor = asked(world, "borrower", person.number)
    code = code_of(world, person.number)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    visitor.send("/sign-in/code", code=f" {wide[:3]}-{wide[3:]} ")
    assert visitor.path == "/me"


def normal(page: str) -> str:
    """A page without what differs between any two: ids and form tokens."""
    return VARYING.sub("…", page)


def test_how_long_the_answer_took_is_a_whole_number_of_steps_known_or_not(
    world: World, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    took = iter((0.004, 0.011, 0.26, 0.25, 0.0, 0.1))
    now = [100.0]

    def clock() -> float:
        return now[0]

    class Slow:
        """The vault, each of whose answers takes another time."""

        def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
            now[0] += next(took) if op == "ask-code" else 0
            return world.bench.vault.call(op, args)

    ports = world.app.extensions["consentry"]
    monkeypatch.setattr(world.app, "extensions", {
        **world.app.extensions, "consentry": replace(ports, vault=Slow()), EXTENSION: Pace(clock, waited.append)})
    for address in (person.number, world.number()):
        asked(world, "borrower", address)
        world.nobody.post("/v1/sign-in", {"role": "borrower", "address": address})
        world.nobody.post("/v1/sign-in", {"role": "borrower", "address": address, "medium": "voice"})
    assert [round(one, 3) for one in waited] == [0.246, 0.239, 0.24, 0.0, 0.0, 0.15]


@pytest.mark.parametrize("role", ["borrower", "contact"])
def test_known_and_unknown_get_the_same_page_the_same_way(world: World, person: Person, role: str) -> None:
    known = person.number if role == "borrower" else person.contact_number
    other = person.contact_number if role == "borrower" else person.number
    found = [asked(world, role, address) for address in (known, other, world.number(), "nobody@demo.invalid")]
    assert {(one.status, normal(one.path), normal(one.page)) for one in found} == {
        (200, "/sign-in/code?request=…", normal(found[0].page))}
    refused = [one.send("/sign-in/code", code="000000") for one in found[1:]]
    wrong = wrong_code(code_of(world, known))
    refused.append(found[0].send("/sign-in/code", code=wrong))
    assert {(one.status_code, normal(one.text)) for one in refused} == {(422, normal(refused[0].text))}


def wrong_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_wrong_code_is_refused_with_a_sentence_and_never_shown_again(world: World, person: Person) -> None:
    visitor = asked(world, "contact", person.contact_number)
    code = code_of(world, person.contact_number)
    for typed in (wrong_code(code), "12", "<b>no</b>", ""):
        visitor.send("/sign-in/code", code=typed)
        assert visitor.status == 422
        assert 'aria-invalid="true"' in visitor.page
        assert 'value=""' in visitor.page
        assert not typed or f'value="{typed}"' not in visitor.page
        assert "<b>" not in visitor.page
    assert visitor.send("/sign-in/code", code=code).status_code == 200


def test_after_five_wrong_codes_the_right_one_is_refused_too(world: World, person: Person) -> None:
    visitor = asked(world, "borrower", person.number)
    code = code_of(world, person.number)
    for _ in range(5):
        assert visitor.send("/sign-in/code", code=wrong_code(code)).status_code == 422
    assert visitor.send("/sign-in/code", code=code).status_code == 422
    assert visitor.cookie("consentry") is None


def test_a_code_works_once_and_for_ten_minutes(world: World, person: Person) -> None:
    visitor = asked(world, "borrower", person.number)
    path, code = visitor.path, code_of(world, person.number)
    visitor.send("/sign-in/code", code=code)
    assert visitor.path == "/me"
    again = Visitor(world.app)
    again.get(path)
    assert again.send("/sign-in/code", code=code).status_code == 422
    late = asked(world, "contact", person.contact_number)
    code = code_of(world, person.contact_number)
    world.clock.move_to(world.clock.now() + 10 * MINUTE + 1)
    assert late.send("/sign-in/code", code=code).status_code == 422
    world.settle()


@pytest.mark.parametrize("typed", [
    {"role": "officer", "address": "+8610000009009"}, {"address": "+8610000009009"},
    {"role": "contact", "address": ""}, {"role": "contact", "address": "12"},
    {"role": "borrower", "address": "a@b@c"},
    {"role": "borrower", "address": "x" * 300}, {"role": "contact", "address": "\"><script>alert(1)</script>"},
])
def test_a_form_that_cannot_be_right_comes_back_as_it_was_typed(world: World, typed: dict[str, str]) -> None:
    visitor = Visitor(world.app)
    visitor.get("/sign-in")
    visitor.send("/sign-in", **typed)
    assert visitor.status == 422
    assert visitor.page.count("aria-invalid") == 1
    assert "<script>alert" not in visitor.page
    assert visitor.form("/sign-in").members["address"] == typed["address"]
    assert "<title>请修改" in visitor.page


def test_looking_at_a_link_does_not_use_it_up_and_pressing_its_button_does(world: World, person: Person) -> None:
    path = link(world, "borrower", person.ids["borrower"])
    for _ in range(2):
        scanner = Visitor(world.app)
        assert scanner.get(path).status_code == 200
        assert scanner.cookie("consentry") is None
    visitor = Visitor(world.app)
    visitor.get(path)
    visitor.send(path)
    assert visitor.path == "/me"
    scanner.send(path)
    assert (scanner.status, scanner.cookie("consentry")) == (404, None)
    assert "不能用了" in scanner.page


def test_used_expired_unknown_and_foreign_links_are_told_alike(world: World, person: Person) -> None:
    used, late = (link(world, "borrower", person.ids["borrower"]) for _ in range(2))
    visitor = Visitor(world.app)
    visitor.get(used)
    visitor.send(used)
    world.clock.move_to(world.clock.now() + DAY + 1)
    world.settle()
    pages = set()
    for path in (used, late, f"/sign-in/link/cnl_{'A' * 43}", "/sign-in/link/x", f"/sign-in/link/{'A' * 200}"):
        visitor = Visitor(world.app)
        assert visitor.get(path).status_code == 200, "whether it is any good is told when the button is pressed"
        visitor.send(path)
        pages.add((visitor.status, normal(visitor.page)))
    assert len(pages) == 1
    assert pages.pop()[0] == 404


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_staff_sign_in_with_a_link_or_a_token(world: World, role: str) -> None:
    assert by_link(world, role).path == f"/{role}"
    visitor = Visitor(world.app, language="en")
    visitor.get("/sign-in/staff")
    visitor.send("/sign-in/token", token=world.issued[role])
    assert visitor.path == f"/{role}"


def test_a_token_of_others_expired_revoked_or_unknown_does_not_sign_in(world: World) -> None:
    revoked, expired = world.token("auditor", world.made["auditor"].id), world.token(
        "officer", world.made["officer"].id, life=-1)
    gone = "4" * 32
    revoked = world.token("auditor", gone)
    world.bench.store.revoke_tokens(gone, world.clock.wall())
    pages = set()
    for token in (world.issued["lender"], world.issued["collector"], revoked, expired, "cny_x", "",
                  f"cny_{'0' * 32}_{'A' * 43}"):
        visitor = Visitor(world.app)
        visitor.get("/sign-in/staff")
        visitor.send("/sign-in/token", token=token)
        assert not token or token not in visitor.page
        assert visitor.cookie("consentry") is None
        pages.add((visitor.status, normal(visitor.page)))
    assert len(pages) == 1
    assert pages.pop()[0] == 422


@pytest.mark.parametrize("assertion", [
    "", "{}", "[]", "not json", '{"id": 1}', json.dumps({
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": {"clientDataJSON": "AAAA", "authenticatorData": "AAAA", "signature": "AAAA"}}),
])
@pytest.mark.parametrize("page", ["/sign-in", "/sign-in/staff"])
def test_a_passkey_that_does_not_hold_is_one_sentence(world: World, assertion: str, page: str) -> None:
    visitor = Visitor(world.app)
    visitor.get(page)
    visitor.send("/sign-in/passkey", assertion=assertion)
    assert visitor.status == 422
    assert "没有登录成功" in visitor.page
    assert ("/sign-in/token" in visitor.page) == (page == "/sign-in/staff"), "on the page where the button was"


def test_the_code_page_without_a_request_leads_back(world: World) -> None:
    for query in ("", "?request=x", f"?request={'g' * 32}"):
        assert Visitor(world.app).get(f"/sign-in/code{query}").request.path == "/sign-in"


def test_every_sign_in_is_in_the_log_and_names_no_address(world: World, person: Person) -> None:
    by_code(world, "contact", person.contact_number)
    entries: list[Record] = []
    following = ""
    while following is not None:
        found = world.auditor.get(f"/v1/audit/entries?limit=200{following and f'&cursor={following}'}").json
        entries += found["items"]
        following = found["next"]
    [opened] = [one["entry"]["body"] for one in entries if one["entry"]["kind"] == "signed-in/1"
                and one["entry"]["body"].get("contact") == person.ids["contact"]]
    assert (opened["role"], opened["strength"]) == ("contact", "code")
    assert person.contact_number[1:] not in json.dumps(entries)


def test_an_address_asked_about_too_often_gets_the_same_page_and_no_more_codes(world: World, person: Person) -> None:
    pages = set()
    for _ in range(5):
        pages.add(normal(asked(world, "contact", person.contact_number).page))
    world.settle()
    codes = [one for one in world.messages(person.contact_number) if one["template"] == "sign-in-code"]
    assert len(pages) == 1
    assert len(codes) == 3
    world.clock.move_to(world.clock.now() + HOUR)
    world.settle()
