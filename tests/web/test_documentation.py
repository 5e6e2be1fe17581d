"""The OpenAPI document: complete, sound, ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from registry.usecases.tokens import SCOPES
from registry.web.auth import OPEN, needs_of, scopes_of
from registry.web.documentation import NEEDS_KEY, operations_of
from tests.web.contract import TYPES
from tests.web.world import World

KEYWORDS = {
    "type", "properties", "required", "items", "enum", "pattern", "format", "minLength", "maxLength", "minimum",
    "maximum", "minItems", "maxItems", "additionalProperties", "description", "allOf", "anyOf", "$ref",
    "contentMediaType", "default", "title", "const", "examples", "if", "then", "else", "not", "minProperties",
    "maxProperties",
}


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation), the path's own parameters taken into each operation."""
    for path, methods in spec["paths"].items():
        shared = methods.get("parameters", [])
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, {**operation, "parameters": [*shared, *operation.get("parameters", [])]}


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema object below a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "schema":
                yield from nested(inner)
            elif name != "example":
                yield from schemas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas(inner)


def nested(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("allOf", []), schema.get("items")):
        if inner is not None:
            yield from nested(inner)


def test_every_route_is_documented_and_nothing_else(world: World) -> None:
    spec = world.nobody.get("/v1/openapi.json").json
    served = {(path, method) for _, method, path in operations_of(world.app)}
    assert {(path, method) for path, method, _ in operations(spec)} == served


def test_the_document_is_sound(world: World) -> None:
    spec = world.nobody.get("/v1/openapi.json").json
    assert spec["openapi"] == "3.1.0"
    assert set(spec) <= {"openapi", "info", "paths", "components", "tags"}
    assert spec["info"]["title"]
    assert spec["info"]["version"]
    known = spec["components"]["schemas"]
    ids = [operation["operationId"] for _, _, operation in operations(spec)]
    assert len(ids) == len(set(ids))
    used = set()
    for path, method, operation in operations(spec):
        place = f"{method} {path}"
        declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), place
        assert all(one["required"] for one in operation.get("parameters", []) if one["in"] == "path"), place
        assert operation["summary"], place
        assert set(operation["tags"]) <= {tag["name"] for tag in spec["tags"]}, place
        assert operation["responses"]["default"]["content"]["application/problem+json"], place
        assert any(status.startswith("2") for status in operation["responses"]), place
        assert all(re.fullmatch(r"[1-5]\d\d|default", status) for status in operation["responses"]), place
        assert all(response["description"] for response in operation["responses"].values()), place
        assert not (method in ("get", "delete") and operation.get("requestBody", {}).get("required")), place
        used |= {one["$ref"].removeprefix("#/components/schemas/") for one in schemas(operation) if "$ref" in one}
    for name, component in known.items():
        used |= {one["$ref"].removeprefix("#/components/schemas/") for one in nested(component) if "$ref" in one}
        for one in nested(component):
            assert set(one) <= KEYWORDS, (name, set(one) - KEYWORDS)
            kinds = one.get("type", "object")
            assert set([kinds] if isinstance(kinds, str) else kinds) <= set(TYPES), name
            assert set(one.get("required", [])) <= set(one.get("properties", {})), name
    assert used == set(known), "every reference leads somewhere, and nothing lies about unused"


def test_security_is_documented_as_it_is(world: World) -> None:
    spec = world.nobody.get("/v1/openapi.json").json
    for endpoint, method, path in operations_of(world.app):
        operation = spec["paths"][path][method]
        if endpoint in OPEN:
            assert operation["security"] == [], path
        elif (needs := needs_of(world.app, endpoint)) is not None:
            assert operation["security"] == [{"session": []}], path
            assert (operation["x-roles"], operation["x-strong"]) == (sorted(needs.roles), needs.strong), path
        else:
            assert {"token": []} in operation["security"], path
            assert operation["x-scopes"] == sorted(scopes_of(world.app, endpoint)), path
    assert spec["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_bodies_take_no_unknown_members(world: World) -> None:
    spec = world.nobody.get("/v1/openapi.json").json
    for path, _, operation in operations(spec):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert spec["components"]["schemas"][name].get("additionalProperties") is False, (path, name)


def test_the_contracts_keys_are_required_where_it_says_so(world: World) -> None:
    spec = world.nobody.get("/v1/openapi.json").json
    needing = {
        (method, path) for path, method, operation in operations(spec)
        for one in operation.get("parameters", []) if one["name"] == "Idempotency-Key" and one["required"]
    }
    assert needing == {("post", "/v1/lookups"), ("post", "/v1/lookups/{lookup}/outcomes"),
                       ("post", "/v1/accounts/{account}/notices"), ("post", "/v1/consents")}
    assert set(world.app.view_functions) >= NEEDS_KEY


def test_the_page_shows_every_path_and_every_scope(world: World) -> None:
    page = world.nobody.get("/docs").text
    for _, method, path in operations_of(world.app):
        assert f"<code>{method.upper()} {path}</code>" in page
    for scopes in SCOPES.values():
        for scope in scopes:
            assert scope in page, scope
