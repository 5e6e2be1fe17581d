"""Default deny: the open endpoints are one list, and everything else needs a token with a scope."""

from __future__ import annotations

import re

import pytest

from registry.usecases.tokens import SCOPES
from registry.web.auth import LOOPBACK, OPEN, PORTAL, needs_of, scopes_of
from registry.web.documentation import operations_of
from tests.web.demo import Demo
from tests.web.world import As, World

# CONTRACT section 0, word for word; nothing else may ever be open.
OPEN_PATHS = {
    "/healthz", "/readyz", "/v1/openapi.json", "/docs", "/v1/keys", "/log/checkpoint", "/log/tile/{place}",
    "/v1/attempts/{provider}", "/v1/attempts/{provider}/batch", "/v1/consents/{consent}/code", "/r/{token}",
}
# How somebody who has no session yet comes by one; each is limited for a network and tells nobody who is known.
SIGN_IN_PATHS = {
    "/v1/sign-in", "/v1/sign-in/{request}/code", "/v1/sign-in/link", "/v1/sign-in/passkey/options",
    "/v1/sign-in/passkey", "/v1/sign-in/invitation",
}
ALL_SCOPES = {scope for scopes in SCOPES.values() for scope in scopes}


def concrete(path: str) -> str:
    """A path with its parameters filled in."""
    filled = {"feed": "payments", "provider": "demo-dialler", "name": "demo-dialler", "place": "0/000"}
    return re.sub(r"{(\w+)}", lambda match: filled.get(match[1], "0" * 32), path)


def guarded(world: World) -> list[tuple[str, str, str]]:
    return [one for one in operations_of(world.app) if one[0] not in OPEN | LOOPBACK]


def with_token(world: World) -> list[tuple[str, str, str]]:
    """Those for a client with a token."""
    return [one for one in guarded(world) if needs_of(world.app, one[0]) is None]


def with_session(world: World) -> list[tuple[str, str, str]]:
    """Those for a person who signed in."""
    return [one for one in guarded(world) if needs_of(world.app, one[0]) is not None]


def test_the_open_endpoints_are_those_of_the_contract(world: World) -> None:
    open_paths = {path for endpoint, _, path in operations_of(world.app) if endpoint in OPEN}
    assert open_paths == OPEN_PATHS | SIGN_IN_PATHS
    assert {path for endpoint, _, path in operations_of(world.app) if endpoint in LOOPBACK} == {"/metrics"}


def test_the_routes_of_a_demo_are_guarded_too_and_absent_elsewhere(world: World, demo: Demo) -> None:
    only = {one[0] for one in operations_of(demo.app)} - {one[0] for one in operations_of(world.app)}
    assert only
    for endpoint, method, path in operations_of(demo.app):
        if endpoint in only:
            assert path.startswith("/v1/demo/")
            assert scopes_of(demo.app, endpoint) <= ALL_SCOPES
            assert As(demo.app.test_client()).send(method.upper(), path).status_code == 401
            assert demo.using("auditor").send(method.upper(), path).status_code == 403
            assert world.lender.send(method.upper(), path).status_code == 404


def test_the_list_names_only_endpoints_that_exist(world: World) -> None:
    assert set(world.app.view_functions) >= OPEN | LOOPBACK


def test_every_other_route_is_401_without_a_token(world: World) -> None:
    for _, method, path in guarded(world):
        answer = world.nobody.send(method.upper(), concrete(path))
        assert (path, answer.status_code, answer.json["code"]) == (path, 401, "token-missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_other_route_is_401_with_a_token_nobody_issued(world: World) -> None:
    forged = As(world.app.test_client(), f"cny_{'0' * 32}_{'A' * 43}")
    for _, method, path in with_token(world):
        answer = forged.send(method.upper(), concrete(path))
        assert (path, answer.status_code, answer.json["code"]) == (path, 401, "token-unknown")
    for _, method, path in with_session(world):
        answer = forged.send(method.upper(), concrete(path))
        assert (path, answer.status_code, answer.json["code"]) == (path, 401, "session-unknown")


def test_a_clients_token_opens_nothing_of_a_persons_nor_the_other_way_round(world: World) -> None:
    person = world.someone()
    made = world.lender.post(f"/v1/borrowers/{person['borrower']}/portal-links").json["token"]
    session = world.nobody.post("/v1/sign-in/link", {"token": made}).json["session"]
    for _, method, path in with_session(world):
        for name in ("lender", "officer"):
            assert world.using(name).send(method.upper(), concrete(path)).status_code == 401, path
    for _, method, path in with_token(world):
        answer = As(world.app.test_client(), session).send(method.upper(), concrete(path))
        assert (path, answer.status_code, answer.json["code"]) == (path, 401, "token-unknown")


def sessions(world: World) -> dict[str, As]:
    """A session of each role."""
    person = world.someone()
    called = [("borrower", world.made["lender"].value(), person["borrower"])] + [
        (role, {"role": "web"}, str(world.made[role].id)) for role in ("officer", "auditor")]
    found = {}
    for role, by, subject in called:
        link = world.bench.vault.call("make-link", {"by": by, "role": role, "subject": subject})["token"]
        opened = world.nobody.post("/v1/sign-in/link", {"token": link})
        assert opened.json["role"] == role
        found[role] = As(world.app.test_client(), opened.json["session"])
    return found


def test_no_path_for_people_takes_a_session_of_another_role(world: World) -> None:
    people = sessions(world)
    assert with_session(world)
    for endpoint, method, path in with_session(world):
        needs = needs_of(world.app, endpoint)
        assert needs is not None
        assert needs.roles <= {"borrower", "contact", "officer", "auditor"}
        for role in set(people) - needs.roles:
            answer = people[role].send(method.upper(), concrete(path))
            assert (path, answer.status_code, answer.json["code"]) == (path, 403, "session-role")


def test_a_view_that_names_roles_and_scopes_would_be_two_gates(world: World) -> None:
    for endpoint, _, path in with_session(world):
        assert not scopes_of(world.app, endpoint), path
    assert not [one for one in OPEN if not one.startswith(PORTAL) and needs_of(world.app, one) is not None]


def test_every_other_route_needs_a_scope_that_is_given_out(world: World) -> None:
    for endpoint, _, path in with_token(world):
        needed = scopes_of(world.app, endpoint)
        assert needed, f"{path} names no scope: nobody could use it"
        assert needed <= ALL_SCOPES, path


def test_every_other_route_is_403_for_a_token_without_its_scope(world: World) -> None:
    for endpoint, method, path in with_token(world):
        needed = scopes_of(world.app, endpoint)
        role, scopes = next((role, set(scopes) - needed) for role, scopes in SCOPES.items() if set(scopes) - needed)
        token = world.token(role, "1" * 32, tuple(sorted(scopes)))
        answer = As(world.app.test_client(), token).send(method.upper(), concrete(path))
        assert (path, answer.status_code, answer.json["code"]) == (path, 403, "scope-missing")


@pytest.mark.parametrize(("name", "method", "path"), [
    ("collector", "GET", "/v1/borrowers"), ("collector", "POST", "/v1/consents"),
    ("collector", "GET", "/v1/approvals"),
    ("lender", "POST", "/v1/lookups"), ("lender", "GET", "/v1/audit/entries"), ("lender", "POST", "/v1/packs"),
    ("officer", "POST", "/v1/lookups"), ("officer", "GET", "/v1/borrowers"), ("officer", "GET", "/v1/audit/lookups"),
    ("auditor", "GET", "/v1/approvals"), ("auditor", "POST", "/v1/borrowers"), ("auditor", "GET", "/v1/accounts"),
])
def test_no_role_reaches_into_another(world: World, name: str, method: str, path: str) -> None:
    answer = world.using(name).send(method, path)
    assert (answer.status_code, answer.json["code"]) == (403, "scope-missing")


def test_a_view_that_names_no_scope_is_closed_to_everybody(world: World) -> None:
    view = world.app.view_functions["lender.list_borrowers"]
    scopes = view.scopes  # type: ignore[attr-defined]
    del view.scopes  # type: ignore[attr-defined]
    try:
        assert world.lender.get("/v1/borrowers").status_code == 403
    finally:
        view.scopes = scopes  # type: ignore[attr-defined]


def test_open_endpoints_need_no_token_and_none_is_looked_at(world: World) -> None:
    forged = As(world.app.test_client(), "nonsense")
    for path in ("/healthz", "/v1/openapi.json", "/docs", "/v1/keys", "/log/checkpoint"):
        assert world.nobody.get(path).status_code == 200, path
        assert forged.get(path).status_code == 200, path
