"""Fields that take exactly the JSON type and form they say: no "5" for 5, no 1 for true."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from registry.errors import MalformedError
from registry.model.names import whole_name
from registry.model.times import parse_rfc3339
from registry.web import shapes

IN_A_QUERY = "give a whole number from 0 on, in digits alone"
# What becomes of 09:30:00+08:00 in a query whose plus was not encoded.
PLUS_LOST = re.compile(r" \d\d:\d\d\Z", re.ASCII)


class Integer(fields.Integer):
    """An integer, and no boolean, string or fraction."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return value


class Count(fields.Integer):
    """A small number in a query: plain ASCII digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 6:
            raise ValidationError(IN_A_QUERY)
        return int(value)


class Boolean(fields.Boolean):
    """true or false, and no word or number for it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


class Time(fields.String):
    """RFC 3339 with an offset; kept as it was written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parse_rfc3339(text)
        except MalformedError as error:
            lost = PLUS_LOST.search(text) is not None
            raise ValidationError("in a query the + of an offset is written %2B" if lost else error.detail) from error
        return text


class PersonName(fields.Field):  # type: ignore[type-arg]
    """A name as one string, as `{given, family?}`, which is put together as its script does, or as `{jwe}`."""

    default_error_messages = {"invalid": "Not a valid string."}  # noqa: RUF012 - as marshmallow declares it

    def __init__(self, parts: type[Schema], longest: int, **kwargs: Any) -> None:
        string = {"type": "string", "minLength": 1, "maxLength": longest}
        either = {"anyOf": [string, {"$ref": f"#/components/schemas/{parts.__name__.removesuffix('Schema')}"}]}
        super().__init__(metadata=either, **kwargs)
        self._parts = parts
        self._length = validate.Length(1, longest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | dict[str, str]:
        if isinstance(value, dict):
            name: dict[str, str] = self._parts().load(value)
            if "jwe" in name:
                return name
            value = whole_name(name["given"], name.get("family"))
        if not isinstance(value, str):
            raise self.make_error("invalid")
        self._length(value)
        return value


def pattern(compiled: re.Pattern[str], expected: str, **kwargs: Any) -> fields.String:
    """A string of a pattern; `expected` says which, in words."""
    return fields.String(validate=validate.Regexp(compiled, error=f"Expected {expected}."), **kwargs)


def identifier(**kwargs: Any) -> fields.String:
    """An id."""
    return pattern(shapes.ID, "an id of 32 lower-case hex digits", **kwargs)


def date(**kwargs: Any) -> fields.String:
    """A date."""
    return pattern(shapes.DATE, "a date YYYY-MM-DD", **kwargs)


def time(**kwargs: Any) -> Time:
    """A time."""
    return Time(metadata={"format": "date-time"}, **kwargs)


def word(*allowed: str, **kwargs: Any) -> fields.String:
    """One of a closed list."""
    return fields.String(validate=validate.OneOf(allowed), **kwargs)


def text(longest: int, **kwargs: Any) -> fields.String:
    """A string that is not empty."""
    return fields.String(validate=validate.Length(1, longest), **kwargs)


def integer(low: int, high: int, **kwargs: Any) -> Integer:
    """An integer within inclusive bounds."""
    return Integer(validate=validate.Range(low, high), **kwargs)


def languages(**kwargs: Any) -> fields.List[str]:
    """BCP 47 tags."""
    inner = pattern(shapes.LANGUAGE, "a language tag (BCP 47)")
    return fields.List(inner, validate=validate.Length(1, 8), **kwargs)


def region(**kwargs: Any) -> fields.String:
    """A country, or a part of one (ISO 3166)."""
    return pattern(shapes.REGION, "a region (ISO 3166), as in CN or US-MA", **kwargs)


def jwe(**kwargs: Any) -> fields.String:
    """A compact JWE."""
    return pattern(shapes.JWE, "a compact JWE", **kwargs)
