"""Errors at the edge: problem documents (RFC 9457) with stable codes. Details never repeat a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from registry.errors import (
    ConflictError,
    ConsentryError,
    IntegrityError,
    MalformedError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from registry.logs import unexpected
from registry.usecases.callbacks import TooManyError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1
# A member's name may be repeated in a pointer only if it looks like a name: an unknown one could hold a number.
MEMBER = re.compile(r"[a-z][a-z_]{0,31}[0-9]{0,3}\Z", re.ASCII)


class BadRequestError(ConsentryError):
    """The request cannot be read at all (HTTP 400)."""

    code = "bad-request"


class UnauthenticatedError(ConsentryError):
    """No token, or one that is unknown or expired (HTTP 401)."""

    code = "token-missing"


STATUS: dict[type[ConsentryError], int] = {
    BadRequestError: 400, UnauthenticatedError: 401, UnauthorizedError: 403, NotFoundError: 404, ConflictError: 409,
    MalformedError: 422, TooManyError: 429, UnavailableError: 503, IntegrityError: 503,
}
# Codes of the system that come without a class of their own.
UNAVAILABLE_CODES = frozenset({"clock-untrusted", "log-unavailable", "log-inconsistent", "vault-unavailable"})
# A session that ended between the look at it and an op that looks again.
SESSION_OVER = "session-unknown"
SHAPE_CODES = {"Unknown field.": "unknown-member", "Missing data for required field.": "missing"}
# The schema library says what is wrong; we say what to change.
SHAPE_DETAILS = {
    "Unknown field.": "this path takes no such member: leave it out",
    "Missing data for required field.": "this member is needed: add it",
    "Field may not be null.": "null is not taken: give a value or leave the member out",
    "Not a valid string.": "give a string, in quotes",
    "Not a valid integer.": "give an integer, without quotes or fraction",
    "Not a valid boolean.": "give true or false, without quotes",
    "Not a valid list.": "give a list",
    "Invalid input type.": "give an object",
}
# Where the vault found it: in the entry that it made of the body.
IN_ENTRY = "/body/"
KEPT_HEADERS = frozenset({"Allow", "Retry-After", "WWW-Authenticate"})
HTTP_CODES = {
    400: ("bad-request", "the request cannot be read"),
    404: ("not-found", "there is nothing at this path"),
    405: ("method-not-allowed", "this path takes other methods: see Allow"),
    408: ("request-timeout", "the request did not arrive in time"),
    413: ("too-large", "the body is larger than this path takes"),
    414: ("uri-too-long", "the path is too long"),
    415: ("unsupported-media-type", "send the body as application/json"),
    431: ("headers-too-large", "the headers are too large"),
}


def install(app: Flask) -> None:
    """Makes every error of the app a problem document."""
    app.register_error_handler(ConsentryError, consentry)
    app.register_error_handler(ValidationError, _shape)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, _unexpected)


def problem(
    status: int, code: str, detail: str, *, errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document."""
    body: dict[str, Any] = {
        "type": f"urn:consentry:problem:{code}", "title": HTTPStatus(status).phrase, "status": status,
        "detail": detail, "code": code,
    }
    if errors:
        body["errors"] = errors
    g.problem = code
    return Response(orjson.dumps(body), status, headers=headers, content_type=MEDIA_TYPE)


def status_of(error: ConsentryError) -> int:
    """The HTTP status of an error; 500 for what is none of the caller's business."""
    if error.code == SESSION_OVER:
        return 401
    if error.code in UNAVAILABLE_CODES:
        return 503
    return next((status for family, status in STATUS.items() if isinstance(error, family)), 500)


def consentry(error: ConsentryError) -> Response:
    """The problem document of one of our errors."""
    status = status_of(error)
    if status == 500:
        return _unexpected(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="consentry"'
    if status in (429, 503):
        headers["Retry-After"] = str(getattr(error, "seconds", RETRY_SECONDS))
    errors = None
    if error.pointer:
        place = "/" + error.pointer.removeprefix(IN_ENTRY) if error.pointer.startswith(IN_ENTRY) else error.pointer
        errors = [{"pointer": _safe(place), "code": error.code, "detail": error.detail}]
    return problem(status, error.code, error.detail, errors=errors, headers=headers)


def _shape(error: ValidationError) -> Response:
    errors = [
        {"pointer": pointer or "/", "code": code, "detail": detail}
        for pointer, code, detail in _flat(error.messages, "")
    ]
    return problem(422, "malformed", "the request has another shape than this path takes: see errors", errors=errors)


def http(error: HTTPException) -> Response:
    """A problem document of an error of the framework, with the headers that belong to it (Allow, Retry-After)."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    code, detail = HTTP_CODES.get(status, ("http-error", "the request cannot be served"))
    kept = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    return problem(status, code, detail, headers=kept)


def _unexpected(error: Exception) -> Response:
    unexpected("web", error)
    return problem(500, "internal", "something went wrong here; nothing is known to have been recorded")


def _flat(messages: Any, pointer: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, pointer if name == "_schema" else f"{pointer}/{_member(name)}")
        return
    for message in messages if isinstance(messages, list) else [messages]:
        text = str(message)
        yield pointer, SHAPE_CODES.get(text, "invalid"), SHAPE_DETAILS.get(text, text)


def _member(name: object) -> str:
    text = str(name)
    return text if isinstance(name, int) or MEMBER.match(text) else "(member)"


def _safe(pointer: str) -> str:
    parts = pointer.split("/")[1:]
    return "".join(f"/{part if part.isdecimal() and len(part) < 4 else _member(part)}" for part in parts) or "/"
