"""Shapes of entry bodies: small checkers, composed. A shape raises MalformedError naming where it failed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from registry.errors import MalformedError
from registry.model.ids import ID
from registry.model.times import parse_date, parse_stamp

Check = Callable[[object, str], None]
MEMBER = re.compile(r"[a-z][a-z_]{0,31}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shape:
    """A named checker: `check(value, pointer)`. The name is what the committed snapshot of kinds records."""

    name: str
    check: Check


@dataclass(frozen=True, slots=True)
class Optional:
    """A member that may be absent (never null). `check` is its shape's."""

    shape: Shape
    check: Check = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "check", self.shape.check)


Fields = Mapping[str, "Shape | Optional"]


def fail(pointer: str, expected: str) -> MalformedError:
    """The error every shape raises: where, and what was expected; never the value."""
    return MalformedError(f"{pointer or '/'}: expected {expected}", pointer=pointer)


def text(pattern: str, name: str = "text") -> Shape:
    """A string that matches the whole pattern (ASCII classes)."""
    compiled = re.compile(rf"(?:{pattern})\Z", re.ASCII)

    def check(value: object, pointer: str) -> None:
        if type(value) is not str or compiled.match(value) is None:
            raise fail(pointer, name)

    return Shape(f"{name}:{pattern}", check)


def words(*allowed: str) -> Shape:
    """One of a closed list."""
    known = frozenset(allowed)

    def check(value: object, pointer: str) -> None:
        if type(value) is not str or value not in known:
            raise fail(pointer, "one of " + ", ".join(sorted(known)))

    return Shape("one of " + " ".join(sorted(known)), check)


def integer(low: int, high: int) -> Shape:
    """An integer within inclusive bounds."""

    def check(value: object, pointer: str) -> None:
        if type(value) is not int or not low <= value <= high:
            raise fail(pointer, f"an integer from {low} to {high}")

    return Shape(f"integer {low}..{high}", check)


def listing(item: Shape, most: int, least: int = 0) -> Shape:
    """An array of `least` to `most` items of one shape."""

    def check(value: object, pointer: str) -> None:
        if type(value) not in (list, tuple) or not least <= len(value) <= most:  # type: ignore[arg-type]
            raise fail(pointer, f"an array of {least} to {most} items")
        for position, one in enumerate(value):  # type: ignore[arg-type, var-annotated]
            item.check(one, f"{pointer}/{position}")

    return Shape(f"[{item.name}]{{{least},{most}}}", check)


def struct(fields: Fields) -> Shape:
    """An object with exactly these members; unknown ones are refused."""
    names = ", ".join(f"{k}{'?' if isinstance(v, Optional) else ''}: {_shape(v).name}" for k, v in fields.items())

    def check(value: object, pointer: str) -> None:
        if type(value) is not dict:
            raise fail(pointer, "an object")
        check_fields(fields, value, pointer)

    return Shape(f"{{{names}}}", check)


def check_fields(fields: Fields, value: Mapping[str, object], pointer: str = "") -> None:
    """Raises MalformedError unless `value` has exactly these members in these shapes."""
    for name, one in value.items():
        member = fields.get(name)
        if member is None:
            # What we do not know could be anything, a telephone number too: only what looks like a name is repeated.
            raise fail(f"{pointer}/{name if MEMBER.match(name) else '(member)'}", "no such member")
        member.check(one, f"{pointer}/{name}")
    if len(value) < len(fields):
        for name, member in fields.items():
            if name not in value and not isinstance(member, Optional):
                raise fail(f"{pointer}/{name}", "this member to be there")


def _shape(member: Shape | Optional) -> Shape:
    return member.shape if isinstance(member, Optional) else member


def _check_id(value: object, pointer: str) -> None:
    if type(value) is not str or ID.match(value) is None:
        raise fail(pointer, "an id of 32 lower-case hex digits")


def _check_bool(value: object, pointer: str) -> None:
    if type(value) is not bool:
        raise fail(pointer, "true or false")


def _parsed_by(parse: Callable[[str], object], expected: str) -> Check:
    def check(value: object, pointer: str) -> None:
        try:
            if type(value) is str:
                parse(value)
                return
        except MalformedError as error:
            raise fail(pointer, expected) from error
        raise fail(pointer, expected)

    return check


ID_SHAPE = Shape("id", _check_id)
BOOL = Shape("bool", _check_bool)
TIME = Shape("time", _parsed_by(parse_stamp, "a UTC time YYYY-MM-DDTHH:MM:SS.mmmZ"))
DATE = Shape("date", _parsed_by(parse_date, "a date YYYY-MM-DD"))
DIGEST = text(r"[0-9a-f]{64}", "sha256")
B64URL = text(r"[A-Za-z0-9_-]{1,4096}", "base64url")
WORD = text(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "word")
ZONE = text(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", "time zone")
LANGUAGE = text(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "language")
REGION = text(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", "region")
STAFF_CODE = text(r"[A-Za-z][A-Za-z0-9._-]{0,63}", "staff code")
