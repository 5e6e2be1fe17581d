"""Default deny: the open endpoints are one list, and everything else needs a token with a scope."""

from __future__ import annotations

import re

import pytest

from registry.usecases.tokens import SCOPES
from registry.web.auth import LOOPBACK, OPEN, scopes_of
from registry.web.documentation import operations_of
from tests.web.demo import Demo
from tests.web.world import As, World

# CONTRACT section 0, word for word; nothing else may ever be open.
OPEN_PATHS = {
    "/healthz", "/readyz", "/v1/openapi.json", "/docs", "/v1/keys", "/log/checkpoint", "/log/tile/{place}",
    "/v1/attempts/{provider}", "/v1/consents/{consent}/code", "/r/{token}",
}
ALL_SCOPES = {scope for scopes in SCOPES.values() for scope in scopes}


def concrete(path: str) -> str:
    """A path with its parameters filled in."""
    filled = {"feed": "payments", "provider": "demo-dialler", "name": "demo-dialler", "place": "0/000"}
    return re.sub(r"{(\w+)}", lambda match: filled.get(match[1], "0" * 32), path)


def guarded(world: World) -> list[tuple[str, str, str]]:
    return [one for one in operations_of(world.app) if one[0] not in OPEN | LOOPBACK]


def test_the_open_endpoints_are_those_of_the_contract(world: World) -> None:
    assert {path for endpoint, _, path in operations_of(world.app) if endpoint in OPEN} == OPEN_PATHS
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
    for _, method, path in guarded(world):
        answer = forged.send(method.upper(), concrete(path))
        assert (path, answer.status_code, answer.json["code"]) == (path, 401, "token-unknown")


def test_every_other_route_needs_a_scope_that_is_given_out(world: World) -> None:
    for endpoint, _, path in guarded(world):
        needed = scopes_of(world.app, endpoint)
        assert needed, f"{path} names no scope: nobody could use it"
        assert needed <= ALL_SCOPES, path


def test_every_other_route_is_403_for_a_token_without_its_scope(world: World) -> None:
    for endpoint, method, path in guarded(world):
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
