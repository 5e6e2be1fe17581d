"""Tokens: their form, what is stored of them, their end."""

from __future__ import annotations

import hashlib
import re

import pytest

from registry.errors import MalformedError
from registry.usecases import tokens
from registry.usecases.tokens import SCOPES
from registry.web import auth
from tests.databases import everything_in
from tests.web.world import As, World


def asked(world: World, token: str | None) -> tuple[int, str]:
    answer = As(world.app.test_client(), token).get("/v1/borrowers")
    return answer.status_code, answer.json.get("code", "")


def test_a_token_has_the_contracts_form_and_only_its_sha256_is_stored(world: World) -> None:
    token = world.token("lender", world.made["lender"].id or "")
    assert re.fullmatch(r"cny_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", token)
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    stored = everything_in(url)
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    assert token[-43:] not in stored


def test_the_scopes_are_those_of_the_contract() -> None:
    assert {role: " ".join(scopes) for role, scopes in SCOPES.items()} == {
        "agency": "lookups accounts:read outcomes notices",
        "lender": "borrowers contacts accounts placements feeds holds signs consents notices",
        "officer": "providers approvals agencies packs holds:lift",
        "auditor": "audit:read entries:read",
    }


def test_a_token_with_another_secret_is_unknown(world: World) -> None:
    token = world.token("lender", world.made["lender"].id or "")
    assert asked(world, token)[0] == 200
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert asked(world, other) == (401, "token-unknown")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Bearer  ", "cny_x"])
def test_anything_but_a_bearer_token_is_missing(world: World, header: str) -> None:
    answer = world.app.test_client().get("/v1/borrowers", headers={"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, "token-missing")


def test_an_expired_token_is_401(world: World) -> None:
    token = world.token("lender", world.made["lender"].id or "", life=0)
    assert asked(world, token) == (401, "token-expired")


def test_a_revoked_token_is_403_once_the_cache_is_cold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = "2" * 32
    token = world.token("lender", client)
    assert asked(world, token)[0] == 200
    assert world.bench.store.revoke_tokens(client, world.clock.wall()) == 1
    later = auth.monotonic() + auth.CACHE_SECONDS
    monkeypatch.setattr(auth, "monotonic", lambda: later)
    assert asked(world, token) == (403, "key-revoked")


def test_a_token_cannot_be_issued_with_another_roles_scope(world: World) -> None:
    with pytest.raises(MalformedError):
        tokens.issue(world.bench.store, bytes, "agency", "3" * 32, expires_at=1, at=0, scopes=["packs"])
