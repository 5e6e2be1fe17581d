"""Writes docs/providers.md from the data files: `python -m scripts.providers.page`. A test compares the two."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry.courier.providers.adapters import ADAPTERS
from registry.model.providers import KINDS, ProviderKind
from registry.policy.outcomes import OutcomeTable
from registry.shipped import shipped_outcomes

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "providers.md"
ABOUT = ROOT / "registry" / "courier" / "providers"
INTRO = Path(__file__).with_name("intro.md")


def page() -> str:
    """The whole page."""
    sections = [line for kind in KINDS for line in _section(kind)]
    return "\n".join([INTRO.read_text("utf-8"), *_table(), *sections]) + "\n"


def _table() -> Iterator[str]:
    yield "| kind | provider | grade | media | numbered by | own record |"
    yield "|---|---|---|---|---|---|"
    for kind, one in KINDS.items():
        yield (f"| `{kind}` | {one.title} | {_grades(one)} | {', '.join(one.media)} | "
               f"{'the provider' if ADAPTERS[kind].numbers else 'the courier'} | "
               f"{'asked for' if one.pull else '-'} |")
    yield ""


def _grades(one: ProviderKind) -> str:
    given = ((one.secret, "secret"), (one.public_key, "public key"))
    return ", ".join(f"{grade} (`{name.replace(' ', '_')}`)" for grade, name in given if grade is not None)


def _section(kind: str) -> Iterator[str]:
    about: dict[str, Any] = tomllib.loads((ABOUT / f"{kind}.toml").read_text("utf-8"))
    yield f"## {about['title']}"
    yield f"Kind `{kind}`. **Signed**: {about['signed']}"
    yield ""
    yield f"- Credential: {about['given']}"
    yield f"- Counts: {about['counts']}"
    if about["pull"]:
        yield f"- Own record: {about['pull']}"
    yield f"- Set up: {about['setup']}"
    for trap in about["traps"]:
        yield f"- Mind: {trap}"
    yield ""
    yield from _outcomes(shipped_outcomes(kind))


def _outcomes(table: OutcomeTable) -> Iterator[str]:
    """Its own words where it has any, else the codes; whatever stands in no row is unknown."""
    yield "| it says | class |"
    yield "|---|---|"
    if table.said:
        for word, said in table.said.items():
            yield f"| `{word}` | {table.classify(said.cause, table.min_ring_seconds)} |"
    else:
        for (field, value), meant in table.classes.items():
            needs = ", by the callee" if (field, value) in table.needs_callee else ""
            alone = ", says nothing beside another" if (field, value) in table.alone else ""
            yield f"| {field} `{value}`{needs}{alone} | {meant} |"
    yield "| anything else | unknown |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
