"""The OpenAPI 3.1 document and the page made from it. Both are ours: nothing comes from a CDN."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, current_app, render_template
from flask_smorest import Api  # type: ignore[import-untyped]

from registry.web.api.routing import Blueprint, IdConverter, WordConverter
from registry.web.auth import LOOPBACK, OPEN, PORTAL, needs_of, scopes_of
from registry.web.bodies import answer
from registry.web.naming import operation_id
from registry.web.pages import STYLE
from registry.web.refinements import refine
from registry.web.schemas.common import ProblemSchema

blueprint = Blueprint("docs", __name__, description="This documentation.")
EXTENSION = "consentry-openapi"
VERSION = "1"  # as in the paths
NEEDS_KEY = frozenset({
    "collector.look_up", "collector.report_outcome", "collector.request_notice", "consents.give",
})
PROBLEM = {
    "description": "A problem document (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# Sent as a form from the page of a link, these answer with a page, also where they refuse.
PAGES = frozenset({"person.answer_link"})
PAGE = {"schema": {"type": "string"}}
MOST_INT32 = 2**31 - 1
PYTHON_END = r"\Z"
DESCRIPTION = (
    "A contact directory that opens only when it must. Send `Authorization: Bearer` and your token, or a person's "
    "session. Times are RFC 3339 with an offset; ids are 32 lower-case hex digits; unknown members are refused; "
    "lists are oldest first and continue at `next`. A new `Idempotency-Key` for each intention, the same for its "
    "repetitions, also after 503. What is wrong with a request is a problem document (RFC 9457); a lookup that is "
    "refused is none: 201 and `verdict` deny."
)


@blueprint.route("/v1/openapi.json", methods=["GET"])
@blueprint.response(200, {"type": "object"}, description="An OpenAPI 3.1 document.")
def openapi() -> Response:
    """This API as an OpenAPI 3.1 document."""
    return answer(current_app.extensions[EXTENSION], headers={"Cache-Control": "no-cache"})


@blueprint.route("/docs", methods=["GET"])
@blueprint.response(200, {"type": "string"}, content_type="text/html", description="A page for people.")
def docs() -> Response:
    """This API as a page."""
    text = render_template("docs.html", spec=current_app.extensions[EXTENSION], style=STYLE)
    return Response(text, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})


def api_of(app: Flask) -> Api:
    """The API whose blueprints document themselves. Its own error handling and pages are left out."""
    app.config.update(API_TITLE="Consentry", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None)
    api = _Api(app)
    api.register_converter(IdConverter, lambda _: {"type": "string", "pattern": "^[0-9a-f]{32}$"})
    api.register_converter(WordConverter, lambda _: {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"})
    return api


class _Api(Api):  # type: ignore[misc]
    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """`problems` has them: this library's would drop Allow from a 405."""


def publish(app: Flask, api: Api) -> None:
    """Completes the document with security, keys and problems, and keeps it."""
    spec = json.loads(json.dumps(api.spec.to_dict()))
    spec["info"]["description"] = DESCRIPTION
    components = spec.setdefault("components", {})
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "cny_<id>_<secret>"},
        "session": {"type": "http", "scheme": "bearer", "bearerFormat": "cns_<secret>"},
    }
    # The library's own errors and pages are not ours.
    del components["responses"], components["schemas"]["PaginationMetadata"]
    _complete(spec)
    refine(components["schemas"])
    for endpoint, method, path in operations_of(app):
        operation = spec["paths"][path][method]
        operation["operationId"] = operation_id(endpoint)
        own = {status: one for status, one in sorted(operation["responses"].items()) if status != "422"}
        operation["responses"] = {**own, "default": PROBLEM}
        if endpoint in PAGES:
            operation["responses"] = {status: _as_page_too(one) for status, one in operation["responses"].items()}
        _loosen(operation, components["schemas"])
        if endpoint in OPEN:
            operation["security"] = []
            continue
        needs = needs_of(app, endpoint)
        if needs is not None:
            operation["security"] = [{"session": []}]
            operation["x-roles"] = sorted(needs.roles)
            operation["x-strong"] = needs.strong
            if method != "get":
                operation.setdefault("parameters", []).append(_key_parameter(endpoint))
            continue
        operation["security"] = [{"token": []}, {}] if endpoint in LOOPBACK else [{"token": []}]
        operation["x-scopes"] = sorted(scopes_of(app, endpoint))
        if method != "get":
            operation.setdefault("parameters", []).append(_key_parameter(endpoint))
    app.extensions[EXTENSION] = spec
    app.jinja_env.filters["shape"] = lambda content: _shape(content.get("schema", {}), components["schemas"])


def _complete(value: Any) -> None:
    """Says of each schema what its field leaves out, so that generated code takes what we do.

    Our patterns match from the start and end in Python's own way; JSON Schema's search, and end in `$`. An integer
    is of 32 bits to a generator unless it is told: log indexes and amounts are not.
    """
    if isinstance(value, list):
        for inner in value:
            _complete(inner)
    elif isinstance(value, dict):
        pattern, kind = value.get("pattern"), value.get("type")
        if isinstance(pattern, str) and not pattern.startswith("^"):
            value["pattern"] = f"^(?:{pattern.replace(PYTHON_END, '')})$"
        if kind in ("integer", ["integer", "null"]) and value.get("maximum", MOST_INT32 + 1) > MOST_INT32:
            value["format"] = "int64"
        for inner in value.values():
            _complete(inner)


def _as_page_too(response: Mapping[str, Any]) -> dict[str, Any]:
    return {**response, "content": {**response["content"], "text/html": PAGE}}


def _loosen(operation: dict[str, Any], known: Mapping[str, Any]) -> None:
    """Where every member of the body may be absent, so may the body."""
    body = operation.get("requestBody", {})
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        named = known[schema["$ref"].rpartition("/")[2]]
        body["required"] = bool(named.get("required") or named.get("minProperties") or named.get("if"))


def operations_of(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every (endpoint, method, path) that the app serves to programs, in OpenAPI's spelling."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(PORTAL):
            continue
        path = re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method.lower(), path


def _key_parameter(endpoint: str) -> dict[str, Any]:
    return {
        "name": "Idempotency-Key", "in": "header", "required": endpoint in NEEDS_KEY,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    }


def _shape(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    return json.dumps(_example(schema, known), indent=1, ensure_ascii=False)


def _example(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """A schema in a few words: members that may be absent end in `?`."""
    if "$ref" in schema:
        return _example(known[schema["$ref"].rpartition("/")[2]], known)
    if "allOf" in schema:
        return _example(schema["allOf"][0], known)
    if "properties" in schema:
        needed = schema.get("required", [])
        return {name if name in needed else f"{name}?": _example(one, known)
                for name, one in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}), known)]
    if "enum" in schema:
        return "|".join(str(one) for one in schema["enum"])
    return schema.get("format") or schema.get("type") or "anything"
