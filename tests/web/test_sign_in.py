"""Signing in as JSON: what the pages do, for a lender's app."""

from __future__ import annotations

import re

import pytest

from registry.model.times import HOUR, MINUTE, parse_stamp
from tests.portal.visitor import code_of, somebody
from tests.web.world import As, World

NETWORKS = iter(range(1, 250))


def app_of(world: World) -> As:
    """A lender's app in a network of its own."""
    client = world.app.test_client()
    client.environ_base["REMOTE_ADDR"] = f"198.51.100.{next(NETWORKS)}"
    return As(client)


def session(world: World, token: str) -> As:
    return As(world.app.test_client(), token)


@pytest.mark.parametrize("role", ["borrower", "contact"])
def test_a_code_opens_a_weak_session_of_half_an_hour(world: World, role: str) -> None:
    person, app = somebody(world), app_of(world)
    address = person.number if role == "borrower" else person.contact_number
    asked = app.post("/v1/sign-in", {"role": role, "address": address})
    assert asked.status_code == 202
    assert set(asked.json) == {"request"}
    opened = app.post(f"/v1/sign-in/{asked.json['request']}/code", {"code": code_of(world, address)})
    assert opened.status_code == 201
    assert re.fullmatch(r"cns_[A-Za-z0-9_-]{43}", opened.json["session"])
    assert (opened.json["role"], opened.json["strength"]) == (role, "code")
    assert abs(parse_stamp(opened.json["expires_at"]) - world.clock.wall() - 30 * MINUTE) < MINUTE
    assert "Set-Cookie" not in opened.headers
    shown = session(world, opened.json["session"]).get("/v1/session")
    assert shown.json == {name: opened.json[name] for name in ("role", "strength", "expires_at")}
    world.clock.move_to(world.clock.now() + 31 * MINUTE)
    world.settle()
    over = session(world, opened.json["session"]).get("/v1/session")
    assert (over.status_code, over.json["code"]) == (401, "session-unknown")


def test_a_voice_code_goes_to_a_line_that_speaks(world: World) -> None:
    person, app = somebody(world), app_of(world)
    asked = app.post("/v1/sign-in", {"role": "borrower", "address": person.number, "medium": "voice"})
    assert asked.status_code == 202


def test_the_answer_is_the_same_whether_anybody_is_known(world: World) -> None:
    person, app = somebody(world), app_of(world)
    answers = [app.post("/v1/sign-in", {"role": role, "address": address}) for role in ("borrower", "contact")
               for address in (person.number, person.contact_number, world.number(), "nobody@demo.invalid")]
    assert {(one.status_code, tuple(one.json), len(one.data)) for one in answers} == {
        (202, ("request",), len(answers[0].data))}
    refused = [app.post(f"/v1/sign-in/{one.json['request']}/code", {"code": code}) for one in answers
               for code in ("000000", "nonsense", "")]
    assert {(one.status_code, one.json["code"], one.json["detail"]) for one in refused} == {
        (422, "code-refused", refused[0].json["detail"])}


@pytest.mark.parametrize(("body", "code"), [
    ({"role": "officer", "address": "+8610000009400"}, "malformed"), ({"role": "contact"}, "malformed"),
    ({"role": "contact", "address": "12"}, "number-invalid"),
    ({"role": "contact", "address": "+8610000009400", "medium": "post"}, "malformed"),
    ({"role": "contact", "address": "+8610000009400", "code": "1"}, "malformed"),
])
def test_what_is_no_request_is_422(world: World, body: dict[str, str], code: str) -> None:
    answer = app_of(world).post("/v1/sign-in", body)
    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_a_link_of_the_lender_opens_a_strong_session_once_within_a_day(world: World) -> None:
    person, app = somebody(world), app_of(world)
    made = world.lender.post(f"/v1/borrowers/{person.ids['borrower']}/portal-links")
    assert made.status_code == 201
    assert made.json["url"] == f"http://localhost:8000/sign-in/link/{made.json['token']}"
    assert abs(parse_stamp(made.json["expires_at"]) - world.clock.wall() - 24 * HOUR) < MINUTE
    opened = app.post("/v1/sign-in/link", {"token": made.json["token"]})
    assert (opened.status_code, opened.json["role"], opened.json["strength"]) == (201, "borrower", "link")
    again, unknown, no_link = (app.post("/v1/sign-in/link", {"token": token}) for token in (
        made.json["token"], f"cnl_{'A' * 43}", "nothing-like-it"))
    assert again.status_code == unknown.status_code == no_link.status_code == 404
    assert again.json["detail"] == unknown.json["detail"] == no_link.json["detail"]


def test_a_lender_makes_links_for_its_own_borrowers_only(world: World) -> None:
    assert world.lender.post(f"/v1/borrowers/{'0' * 32}/portal-links").status_code == 404
    person = world.someone()
    for name in ("collector", "officer", "auditor"):
        assert world.using(name).post(f"/v1/borrowers/{person['borrower']}/portal-links").status_code == 403
    other = world.token("lender", "7" * 32)
    answer = As(world.app.test_client(), other).post(f"/v1/borrowers/{person['borrower']}/portal-links")
    assert answer.status_code == 404


def test_a_closed_session_is_over_at_once_and_closing_needs_it(world: World) -> None:
    person, app = somebody(world), app_of(world)
    link = world.lender.post(f"/v1/borrowers/{person.ids['borrower']}/portal-links").json["token"]
    mine = session(world, app.post("/v1/sign-in/link", {"token": link}).json["session"])
    assert mine.get("/v1/session").status_code == 200
    assert mine.delete("/v1/session").status_code == 200
    assert (mine.get("/v1/session").status_code, mine.delete("/v1/session").status_code) == (401, 401)


def test_a_passkeys_challenge_is_fresh_and_names_a_host_and_an_answer_that_does_not_hold_is_refused(
    world: World,
) -> None:
    app = app_of(world)
    one, other = (app.post("/v1/sign-in/passkey/options") for _ in range(2))
    assert one.status_code == 201
    assert one.json["challenge"] != other.json["challenge"]
    assert len(one.json["challenge"]) == 43
    assert one.json["rp_id"] == "localhost"
    part = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {}, "response": {
        "clientDataJSON": "AAAA", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": None}}
    refused = app.post("/v1/sign-in/passkey", {"assertion": part})
    assert (refused.status_code, refused.json["code"]) == (403, "passkey-refused")
    assert app.post("/v1/sign-in/passkey", {"assertion": {"id": "AAAA"}}).status_code == 422
