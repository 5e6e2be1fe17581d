"""Reading JSON bodies strictly, and writing answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Request, Response
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from registry.errors import MalformedError
from registry.web.at_first_sight import PlainSchema
from registry.web.bodies_first import BODY
from registry.web.problems import BadRequestError

MOST_BYTES = 16 * 1024


class Parser(FlaskParser):
    """webargs, but: unknown members are refused everywhere, and JSON is read strictly."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012 - as webargs declares it

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **options: Any) -> Any:
        """The arguments, checked. Raises as the loaders do; ValidationError."""
        if isinstance(argmap, PlainSchema) and location in (None, "json"):
            body = self.load_json(req or self.get_default_request(), argmap)
            if argmap.takes_as_it_is(body):
                return body
        return super().parse(argmap, req, location=location, **options)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body's object; `{}` for an empty body. Raises BadRequestError, UnsupportedMediaType (415)."""
        data = received(req)
        if not data:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType
        return read_json(data)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query as an object. Raises BadRequestError where a parameter comes twice."""
        values = req.args.to_dict(flat=False)
        if any(len(many) > 1 for many in values.values()):
            raise BadRequestError("a query parameter is given once")
        return {name: many[0] for name, many in values.items()}

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> Any:
        """The location (`json`, `query`) is no part of a pointer."""
        messages = error.messages
        if isinstance(messages, dict) and len(messages) == 1:
            messages = next(iter(messages.values()))
        raise ValidationError(messages)


def received(req: Request) -> bytes:
    """The whole body. Raises RequestEntityTooLarge (413), never a body cut short.

    The framework's own reading would cut a chunked body at the limit and say nothing.
    """
    data: bytes | None = req.environ.get(BODY)
    if data is None:
        return req.get_data()  # there is none, or its length says that it is too long
    if req.max_content_length is not None and len(data) > req.max_content_length:
        raise RequestEntityTooLarge
    return data


def read_json(data: bytes) -> dict[str, Any]:
    """An object. Raises BadRequestError for what is no JSON or gives a member twice, MalformedError for no object."""
    try:
        # orjson refuses what the standard library lets by: NaN, lone surrogates, bytes that are not UTF-8.
        value = orjson.loads(data)
        if isinstance(value, dict):
            ONCE.decode(data.decode())
            return value
    except (ValueError, RecursionError) as error:
        raise BadRequestError("the body is not JSON: check quotes, commas and encoding, and give each member once",
                              code="json-malformed") from error
    raise MalformedError("the body is JSON of another shape: send an object, in braces")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


ONCE = json.JSONDecoder(object_pairs_hook=_unique)  # ready: making one takes longer than reading a body


def answer(value: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return _Whole(orjson.dumps(value), status, headers=headers, content_type="application/json")


class _Whole(Response):
    """A body in one piece, its length known: sent as it is, without what the framework does for streams."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response
