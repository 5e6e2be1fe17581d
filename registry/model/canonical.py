"""Canonical JSON: the one byte form of a value (RFC 8785, restricted; CONTRACT section 0).

Objects, arrays, strings, booleans and integers within ±(2^53-1). No floats, no null (absent instead),
keys `[a-z][a-z0-9_]*`, strings in NFC without control characters but line feed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import orjson

from registry.errors import MalformedError

MAX_INTEGER = 2**53 - 1
KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
MOST_KNOWN = 1_024
_KNOWN: set[str] = set()


class CanonicalError(MalformedError):
    """The value has no canonical form, or the bytes are not it."""

    code = "not-canonical"


def encode(value: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an object. Raises CanonicalError."""
    try:
        _check(value)
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError, RecursionError) as error:  # orjson stops at 254 levels
        raise CanonicalError("the value has no canonical form") from error


def encode_again(value: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an object made of parts that `decode` gave: nothing of them is checked again."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def decode(data: bytes) -> dict[str, Any]:
    """The object whose canonical form is exactly `data`. Raises CanonicalError on any other bytes."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError("not JSON") from error
    if not isinstance(value, dict):
        raise CanonicalError("not an object")
    # Re-encoding catches what a parser forgives: duplicate keys, spaces, 1.0, escapes, key order.
    if encode(value) != data:
        raise CanonicalError("not the canonical form of its value")
    return value


def _check(value: object) -> None:
    # Exact types, commonest first: bool is an int in Python, and a subclass could lie about itself.
    kind = type(value)
    if kind is str:
        if not (value.isascii() and value.isprintable()):  # type: ignore[attr-defined]
            _check_text(value)  # type: ignore[arg-type]
    elif kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not (key in _KNOWN or _is_key(key)):
                raise CanonicalError("keys are lower-case words: [a-z][a-z0-9_]*")
            if type(item) is not str or not (item.isascii() and item.isprintable()):  # most are, and need no call
                _check(item)
    elif kind is int:
        if abs(value) > MAX_INTEGER:  # type: ignore[arg-type]
            raise CanonicalError("integers lie within ±(2^53-1)")
    elif kind is list or kind is tuple:
        for item in value:  # type: ignore[attr-defined]
            _check(item)
    elif kind is not bool:
        raise CanonicalError("only objects, arrays, strings, integers and booleans; leave out what is absent")


def _is_key(key: str) -> bool:
    """Whether a key has the form of one. Those of the kinds come again in every entry: they are remembered."""
    if KEY.match(key) is None:
        return False
    if len(_KNOWN) < MOST_KNOWN:
        _KNOWN.add(key)
    return True


def _check_text(text: str) -> None:
    if CONTROL.search(text) is None and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return
    raise CanonicalError("strings are NFC without control characters but line feed")
