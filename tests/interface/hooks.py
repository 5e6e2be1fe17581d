"""What schemathesis is told beside the document: things that exist, and when a refusal of good data is right.

Loaded by schemathesis in a process of its own (SCHEMATHESIS_HOOKS). `INTERFACE_THINGS`: a JSON object of path
parameters by name, each a list of ids that exist in the served world.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis

THINGS: dict[str, list[str]] = json.loads(os.environ.get("INTERFACE_THINGS", "{}"))
# What a field refuses although its schema allows it: to JSON Schema 1.0 is an integer; to a log without floats it
# is none.
MEANINGS = {"a time lies in the years 1970 to 9999", "give an integer, without quotes or fraction"}
# Given and family name together are as long as one name may be.
WHOLE_NAME = ("/name", "Length must be between 1 and 40.")
SHAPE = "the request has another shape than this path takes"


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Every other well-formed id becomes one that exists: else all is 404 and nothing behind it is seen."""
    for name, value in (path_parameters or {}).items():
        known = THINGS.get(name)
        if known and isinstance(value, str):
            dice = zlib.crc32(value.encode())
            if dice % 2:
                path_parameters[name] = known[dice // 2 % len(known)]
    return path_parameters


@schemathesis.check
def refused_for_its_meaning(ctx: Any, response: Any, case: Any) -> None:
    """In place of positive_data_acceptance: data that the document allows is never refused for its shape. It may be
    for what it means, which no schema says: a number that cannot exist, a region nobody knows, a wrong code."""
    mode = case.meta.generation.mode if case.meta else None
    if mode is None or not mode.is_positive or response.status_code not in (400, 415, 422):
        return
    said = response.json()
    wrong = [one for one in said.get("errors", ()) if one["detail"] not in MEANINGS and (
        one["pointer"], one["detail"]) != WHOLE_NAME]
    if said.get("errors") and not wrong:
        return
    assert not str(said.get("detail", "")).startswith(SHAPE), f"refused for its shape: {said.get('errors')}"
    assert said.get("code") not in ("json-malformed", "unsupported-media-type"), said
