"""The README of a package, in Chinese and English: steps to check it by hand, their commands the same in both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("zh", "en")


def readme(kind: str, language: str, places: Mapping[str, str], *without: str) -> str:
    """The README of a `case` or a `bundle`. `places` are written `@NAME@`; steps that need one of `without` (as
    `signed`) are left out."""
    words = _steps()[kind]
    parts = [f"# {words['title'][language]}", words["intro"][language].strip()]
    number = 0
    for step in words["steps"]:
        if step.get("needs") in without:
            continue
        number += 1
        parts += [f"## {number}. {step['title'][language]}", step[language].strip()]
        parts += [f"```{name}\n{step[name].strip()}\n```" for name in ("sh", "console") if name in step]
    text = "\n\n".join(parts) + "\n"
    for name, value in places.items():
        text = text.replace(f"@{name}@", value)
    return text


def readmes(kind: str, places: Mapping[str, str], *without: str) -> dict[str, str]:
    """Both, by file name."""
    return {f"README.{one}.md": readme(kind, one, places, *without) for one in LANGUAGES}


@cache
def _steps() -> dict[str, Any]:
    return tomllib.loads(resources.files("registry.casefile").joinpath("readme.toml").read_text("utf-8"))
