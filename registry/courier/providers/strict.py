"""Strict JSON: one object, UTF-8, no duplicate keys, no NaN, no lone surrogates. What is doubtful is refused."""

from __future__ import annotations

import json
from typing import Any

from registry.courier.providers.event import RefusedEvent


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises RefusedEvent.

    RFC 8259 leaves duplicate keys to the reader; two readers of one signed body must not disagree, so they are
    refused. The body is decoded as UTF-8 here because `json.loads` would also guess UTF-16 and UTF-32.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError) as error:
        raise RefusedEvent("the body is not strict JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise RefusedEvent("the body is not a JSON object")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedEvent("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise RefusedEvent("NaN and Infinity are not JSON")
