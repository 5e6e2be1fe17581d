"""One pack: a named, versioned, sourced set of parameters (POLICY section 4), read from its canonical text.

The text is TOML and travels in the log (`genesis/1`, `pack-activated/1`), so the log alone replays.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from registry.errors import MalformedError
from registry.policy.parameters import BY_NAME, PURPOSES, SOURCE_GRADES, YOUNGER

FLOOR = "floor"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z", re.ASCII)
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*\Z", re.ASCII)
HEADER = {"pack", "version", "title", "regions", "parameters", "scripts", "messages", "within", "must_not_say"}
ROW = {"value", "unit", "source", "grade", "merge"}
# What a relayed message may say of the occasion: everything else is the pack's own words.
PLACES = frozenset(("given_name", "institution", "link"))


@dataclass(frozen=True, slots=True)
class PackName:
    """What a decision entry says of a pack. `sha256` is of the pack's text in UTF-8, in hex."""

    name: str
    version: str
    sha256: str

    def value(self) -> dict[str, str]:
        """The form inside an entry."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter as a pack sets it: the value, where it comes from, and how good that source is (P, S, W, H).
    `source_zh`: the source in Chinese, where the pack says it so."""

    value: Any
    source: str
    grade: str
    source_zh: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A pack as read. `scripts`: purpose -> language -> what is said to the person called. `messages`: the same for
    what is written to him, with places for `PLACES`. `must_not_say`: language -> words that no text to a contact may
    have, beside the product's own. `within`: the pack of the larger country, which holds in these regions too;
    without it the finer pack stands in its place. `text`: the pack as it stands in the log."""

    id: PackName
    title: str
    regions: tuple[str, ...]
    settings: Mapping[str, Setting]
    scripts: Mapping[str, Mapping[str, str]]
    messages: Mapping[str, Mapping[str, str]]
    text: str = field(repr=False)
    within: str | None = None
    must_not_say: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.id.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pack) and other.id == self.id


_SILENT = {name: Setting(value, "not said by this floor, which is older than the parameter", "H")
           for name, value in YOUNGER.items()}


def digest(text: str) -> str:
    """The SHA-256 of a pack's or table's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_pack(text: str) -> Pack:
    """The pack in a text. Raises MalformedError (code `pack-malformed`) naming the first thing that is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad("the pack is not TOML") from error
    name, version, title, regions = (data.get(key) for key in ("pack", "version", "title", "regions"))
    if set(data) - HEADER or not isinstance(title, str) or not title:
        raise _bad("a pack has pack, version, title, regions, parameters, scripts, messages, and may have within and"
                   " must_not_say, nothing else")
    if not isinstance(name, str) or NAME.match(name) is None:
        raise _bad("a pack's name is a lower-case word")
    if not isinstance(version, str) or re.match(r"[0-9]{1,6}\Z", version) is None:
        raise _bad('a pack\'s version is digits in quotes, as "1"')
    if not isinstance(regions, list) or not all(isinstance(one, str) and REGION.match(one) for one in regions):
        raise _bad("regions are country codes, as CN or US-MA")
    if bool(regions) == (name == FLOOR):
        raise _bad("every pack names its regions; the floor has none")
    settings = _settings(data.get("parameters", {}))
    if name == FLOOR:
        if missing := sorted(set(BY_NAME) - set(settings) - set(_SILENT)):
            raise _bad(f"the floor sets every parameter; missing: {', '.join(missing)}")
        settings = {one: settings.get(one) or _SILENT[one] for one in BY_NAME}
    return Pack(PackName(name, version, digest(text)), title, tuple(regions), settings, _texts(data, "scripts"),
                _messages(data), text, _within(data, name), _unsaid(data))


def _within(data: Mapping[str, Any], name: str) -> str | None:
    within = data.get("within")
    if within is None:
        return None
    if not isinstance(within, str) or NAME.match(within) is None or within in (name, FLOOR):
        raise _bad("within names the pack of the larger country")
    if not all("-" in region for region in data["regions"]):
        raise _bad("a pack within another is for parts of a country, as US-MA")
    return within


def _unsaid(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Words by language. A word that ends in `*` stands for all that begin so."""
    table = data.get("must_not_say", {})
    if not isinstance(table, dict) or not all(LANGUAGE.match(language) for language in table):
        raise _bad("must_not_say is keyed by language, as en or zh-hant")
    for language, words in table.items():
        if not isinstance(words, list) or not all(isinstance(one, str) and one.strip("* ") for one in words):
            raise _bad(f"must_not_say.{language} is a list of words")
    return {language: tuple(words) for language, words in table.items()}


def _settings(table: object) -> dict[str, Setting]:
    if not isinstance(table, dict):
        raise _bad("parameters is a table")
    return {name: _setting(name, row) for name, row in table.items()}


def _setting(name: str, row: object) -> Setting:
    parameter = BY_NAME.get(name)
    if parameter is None:
        raise _bad(f"no such parameter: {name}")
    if not isinstance(row, dict) or set(row) - {"source_zh"} != ROW:
        raise _bad(f"{name}: needs value, unit, source, grade and merge, nothing else")
    if row["unit"] != parameter.unit or row["merge"] != parameter.merge:
        raise _bad(f"{name}: its unit is {parameter.unit!r}, its merge {parameter.merge!r}")
    source, grade, chinese = row["source"], row["grade"], row.get("source_zh", "")
    if not isinstance(chinese, str):
        raise _bad(f"{name}: source_zh is a text")
    if not isinstance(source, str) or not source.strip() or grade not in SOURCE_GRADES:
        raise _bad(f"{name}: needs a source and its grade, one of {', '.join(SOURCE_GRADES)}")
    try:
        return Setting(parameter.read(row["value"]), source, grade, chinese)
    except MalformedError as error:
        raise _bad(f"{name}: {error.detail}") from error


def _texts(data: Mapping[str, Any], table: str) -> dict[str, dict[str, str]]:
    texts = data.get(table, {})
    if not isinstance(texts, dict) or not set(texts) <= set(PURPOSES):
        raise _bad(f"{table} are keyed by purpose")
    for languages in texts.values():
        if not isinstance(languages, dict) or not all(isinstance(one, str) and one for one in languages.values()):
            raise _bad(f"a purpose's {table} are keyed by language")
    return texts


def _messages(data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Every message to a contact names the way to stop it, and has places for nothing but `PLACES`."""
    messages = _texts(data, "messages")
    for purpose, languages in messages.items():
        for language, text in languages.items():
            places = frozenset(_places(f"messages.{purpose}.{language}", text))
            if "link" not in places or not places <= PLACES:
                raise _bad(f"messages.{purpose}.{language}: needs {{link}}; else {{given_name}} and {{institution}}")
    return messages


def _places(where: str, text: str) -> Iterator[str]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise _bad(f"{where}: a brace that is no place is written twice") from error
    for _, place, form, conversion in parts:
        if form or conversion:
            raise _bad(f"{where}: a place has a name, nothing else")
        if place is not None:
            yield place


def _bad(detail: str) -> MalformedError:
    return MalformedError(detail, code="pack-malformed")
