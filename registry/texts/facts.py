"""Facts of a decision as people read them: rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(facts: Any, name: str = "") -> list[tuple[str, str]]:
    """Facts as rows of a table: (where, what), lists and objects opened."""
    if isinstance(facts, Mapping):
        return [row for key, value in facts.items() for row in flat(value, f"{name}.{key}" if name else str(key))]
    if isinstance(facts, list) and any(isinstance(one, dict | list) for one in facts):
        return [row for place, value in enumerate(facts) for row in flat(value, f"{name}.{place}")]
    if isinstance(facts, list):
        return [(name, ", ".join(str(one) for one in facts) or "–")]
    return [(name, str(facts))]
