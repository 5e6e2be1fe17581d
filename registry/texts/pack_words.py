"""Parameters of packs in words: what a value means, as one plain sentence in English or Chinese."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from registry.policy.parameters import BY_NAME, DAYS, MOST, WEEK

LANGUAGES = ("en", "zh")
IDLE = {"en": "never takes effect beside the floor", "zh": "底线更严，此项不会生效"}
UNBACKED = {"en": "No primary legal text backs", "zh": "以下各项没有一手法律文本支持"}
_JOINED = {"en": " or ", "zh": "、"}
_DAYS = {"en": ", ", "zh": "、"}
_TO = {"en": " to ", "zh": " 至 "}


def sentence(name: str, value: Any, language: str = "en") -> str:
    """What the parameter says, `value` being as rules read it. `language` is one of LANGUAGES."""
    said: Mapping[str, str] = _words()[name]
    if not value and f"zero_{language}" in said:
        return said[f"zero_{language}"]
    if value == MOST and f"most_{language}" in said:
        return said[f"most_{language}"]
    if value == frozenset(WEEK) and f"all_{language}" in said:
        return said[f"all_{language}"]
    text = said[language].replace("{value}", in_words(name, value, language))
    # "1 times", "1 officers": the sentences are written for many.
    return text if language != "en" else re.sub(r"\b1 (\w+?)s\b", r"1 \1", text.replace("1 times", "once"))


def in_words(name: str, value: Any, language: str = "en") -> str:
    """The value alone: codes in words, hours as from–to, numbers as they are."""
    parameter, codes = BY_NAME[name], _words()["codes"]
    shown = parameter.show(value)
    if parameter.unit == "local time" and isinstance(shown, list):
        return _TO[language].join(str(one) for one in shown)
    if name == "unreachable.min_grade":
        return str(_words()["reach"][str(shown)][language])
    many = shown if isinstance(shown, list) else [shown]
    joined = _DAYS[language] if parameter.unit == DAYS else _JOINED[language]
    return joined.join(codes[one][language] if one in codes else str(one) for one in many)


def with_unit(name: str, value: Any) -> str:
    """The value as a pack writes it, with its unit where that says more."""
    parameter = BY_NAME[name]
    shown = parameter.show(value)
    if isinstance(shown, bool):
        return str(shown).lower()
    text = ", ".join(str(one) for one in shown) if isinstance(shown, list) else str(shown)
    if parameter.unit in ("set", "grade", "flag", DAYS):
        return text
    unit = re.sub(r"s\b", "", parameter.unit, count=1) if shown == 1 else parameter.unit
    return f"{text} {unit}"


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files("registry.texts").joinpath("parameters.toml").read_text("utf-8"))
