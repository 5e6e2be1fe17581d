"""An act in words, before anybody signs it: one sentence, then every member of the entry, hiding nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from registry.model.entries import Draft
from registry.texts.pages import known, text

OTHER = "other"


def sentence(draft: Draft, language: str = "en", names: Mapping[str, str] | None = None) -> str:
    """The act as one sentence in `en` or `zh`. `names`: what institutions are called, by id; the id is said too."""
    said = _words().get(draft.kind, _words()[OTHER])[language]
    called = names or {}
    values = {"kind": draft.kind}
    for name, value in draft.body.items():
        shown = _shown(value)
        if language == "zh" and name in ("role", "owner", "result", "verdict", "remedy"):
            shown = _words()["values"].get(shown, shown)
        values[name] = f"{_shown(called[shown])} ({shown})" if shown in called else shown
    return said.format_map(values)


def members(draft: Draft) -> list[tuple[str, str]]:
    """Every member of the act's body, (name, value), in order. Nothing is left out or cut short."""
    return [(name, _shown(value)) for name, value in sorted(draft.body.items())]


def in_words(draft: Draft, request: Mapping[str, Any] | None = None) -> str:
    """The act as lines of plain text. Characters that a terminal would obey or reorder are shown escaped.

    `request`: of an approval, what the registry says is asked for; the act itself names the request's id alone.
    """
    by = draft.by.role if draft.by.id is None else f"{draft.by.role} {draft.by.id}"
    lines = [sentence(draft), f"  kind: {draft.kind}", f"  by: {by}", f"  id: {draft.id}"]
    lines += [f"  {name}: {value}" for name, value in members(draft)]
    if isinstance(request, Mapping) and "approval" in draft.body:
        lines += _requested(draft.body["approval"], request)
    return "\n".join(lines)


def _requested(approval: str, request: Mapping[str, Any]) -> list[str]:
    """What is approved, by the registry's word: the signature pins the request, whose entry anybody can read."""
    about, mode = (_shown(request.get(name, "?")) for name in ("about", "mode"))
    key = f"course.kind.contact.{mode}" if about == "contact" else f"course.kind.{about}"
    lines = [f"What is asked for, as the registry says (the log's entry {approval} has it):",
             f"  {text(key, 'en', {}) if known(key) else f'{about}, {mode}'}"]
    return lines + [f"  {name}: {_shown(request[name])}" for name in ("visitors", "purpose", "account", "client")
                    if name in request]


def kinds() -> frozenset[str]:
    """The kinds of entries that have a sentence of their own."""
    return frozenset(_words()) - {OTHER, "values"}


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("registry.texts").joinpath("acts.toml").read_text("utf-8")
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(text)
    return found


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return "".join(_mark(mark) for mark in value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in sorted(value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mark(mark: str) -> str:
    if mark == "\n":
        return "\n    "
    return mark if mark.isprintable() else f"\\u{ord(mark):04x}"
