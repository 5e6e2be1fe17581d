"""Checks an answer against what the OpenAPI document says of it: the part of JSON Schema that our document uses."""

from __future__ import annotations

import re
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "boolean": (bool,),
    "number": (int, float), "null": (type(None),),
}


def violations(value: Any, schema: dict[str, Any], known: dict[str, Any], at: str = "") -> list[str]:
    """What in a value is not as its schema says; members that no schema mentions are violations too."""
    if "$ref" in schema:
        return violations(value, known[schema["$ref"].removeprefix("#/components/schemas/")], known, at)
    found = []
    types = schema.get("type")
    allowed = [types] if isinstance(types, str) else types or list(TYPES)
    numeric = not isinstance(value, bool)  # true is an int to Python, not to JSON
    if not any(isinstance(value, TYPES[one]) and (numeric or one == "boolean") for one in allowed):
        return [f"{at}: is {type(value).__name__}, not {types}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: not one of {schema['enum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{at}: does not match")
    for one in schema.get("allOf", []):
        found += violations(value, one, known, at)
    if isinstance(value, dict) and "properties" in schema:
        found += [f"{at}/{name}: missing" for name in schema.get("required", []) if name not in value]
        for name, inner in value.items():
            if name in schema["properties"]:
                found += violations(inner, schema["properties"][name], known, f"{at}/{name}")
            elif schema.get("additionalProperties", False) is False:
                found.append(f"{at}/{name}: not documented")
    if isinstance(value, list):
        for place, inner in enumerate(value):
            found += violations(inner, schema.get("items", {}), known, f"{at}/{place}")
    return found


def undocumented(
    spec: dict[str, Any], operation: dict[str, Any], status: int, content_type: str, body: Any
) -> list[str]:
    """What an answer has that its operation does not document."""
    responses = operation["responses"]
    response = responses.get(str(status)) or responses["default"]
    content = response.get("content", {})
    if not content and body is None:
        return []
    mimetype = content_type.partition(";")[0]
    if mimetype not in content:
        return [f"{status} {mimetype} is not documented"]
    schema = content[mimetype].get("schema", {})
    return violations(body, schema, spec["components"]["schemas"]) if mimetype.endswith("json") else []
