"""A pack as a lawyer reads it: each rule one numbered sentence under a heading, with its source and how good that is.

Everything that holds where the pack holds is said: its own rules, and the floor's where it is silent or milder.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from registry.policy.merging import MUST_NOT_SAY, Effective, merge
from registry.policy.pack import FLOOR, Pack
from registry.texts.pack_rows import source_of, value_of
from registry.texts.pack_words import in_words, sentence


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in words. `said_by`: the pack whose value it is; `source` in the reader's language where it is given;
    `instead`: what the pack itself says, where another is stricter, `instead_source` where it has that from."""

    number: str
    parameter: str
    sentence: str
    said_by: str
    grade: str
    source: str
    instead: str = ""
    instead_grade: str = ""
    instead_source: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its rules."""

    title: str
    rules: tuple[Rule, ...]


def sections(pack: Pack, among: Mapping[str, Pack], language: str) -> list[Section]:
    """All rules that hold where the pack holds. `among`: packs by name, the floor is one. `language`: zh or en."""
    chosen = beside(pack, among)
    merged = merge(chosen, None if pack.id.name == FLOOR else pack)
    by_name = {one.id.name: one for one in chosen}
    return [
        Section(one[language], tuple(
            _rule((f"{place}.{number}", name), pack, by_name, merged, language)
            for number, name in enumerate(one["rules"], 1)))
        for place, one in enumerate(_texts()["section"], 1)
    ]


def beside(pack: Pack, among: Mapping[str, Pack]) -> tuple[Pack, ...]:
    """What is merged where nothing but this pack holds: the floor, the larger country's pack, and itself."""
    outer = [among[pack.within]] if pack.within is not None and pack.within in among else []
    return (among[FLOOR], *outer, pack) if pack.id.name != FLOOR else (pack,)


def as_text(pack: Pack, among: Mapping[str, Pack], language: str) -> Iterator[str]:
    """The whole page, line by line."""
    say = _texts()["phrases"][language]
    yield f"{title_of(pack, language)} · {pack.id.name}@{pack.id.version} · {say['digest']} {pack.id.sha256}"
    yield f"{say['holds']}: {' '.join(pack.regions) or say['everywhere']}"
    if pack.within is not None:
        yield f"{say['within']}: {pack.within}"
    yield say["lead"]
    for place, section in enumerate(sections(pack, among, language), 1):
        yield f"\n{place}. {section.title}"
        for rule in section.rules:
            yield from _lines(rule, pack, say, language)
    yield from _words(pack, among, say, language)
    against = _against(pack, among, say, language)
    yield f"\n{say['contradicts']}: {'' if against else say['none']}".rstrip()
    yield from (f"    {line}" for line in against)
    unbacked = ", ".join(name for name, one in pack.settings.items() if one.grade != "P")
    yield f"\n{say['unbacked']}: {unbacked or say['none']}"


def title_of(pack: Pack, language: str) -> str:
    """A pack's title: its own, or of those that are shipped in Chinese."""
    return str(_texts()["titles"].get(pack.id.name, pack.title)) if language == "zh" else pack.title


def grade_in_words(grade: str, language: str) -> str:
    """P, S, W or H, spelled out."""
    return str(_texts()["grades"][grade][language])


def _rule(
    numbered: tuple[str, str], pack: Pack, by_name: Mapping[str, Pack], merged: Effective, language: str,
) -> Rule:
    number, name = numbered
    origins = merged.origins[name]
    said_by = pack.id.name if pack.id.name in origins else origins[-1]
    setting = by_name[said_by].settings[name]
    own, value = pack.settings.get(name), value_of(merged, name)
    rule = Rule(number, name, sentence(name, value, language), said_by, setting.grade, source_of(setting, language))
    if own is None or own.value == value:
        return rule
    return replace(rule, instead=sentence(name, own.value, language), instead_grade=own.grade,
                   instead_source=source_of(own, language))


def _lines(rule: Rule, pack: Pack, say: Mapping[str, str], language: str) -> Iterator[str]:
    yield f"{rule.number} {rule.sentence}"
    whose = f"{rule.said_by}: " if rule.said_by != pack.id.name else ""
    yield f"    {whose}{say['source']} ({rule.grade}, {grade_in_words(rule.grade, language)}): {rule.source}"
    if rule.instead:
        yield f"    {say['floor' if rule.said_by == FLOOR else 'stricter']}"
        yield f"    {pack.id.name}: {rule.instead}"
        yield (f"    {pack.id.name}: {say['source']} ({rule.instead_grade},"
               f" {grade_in_words(rule.instead_grade, language)}): {rule.instead_source}")
    elif rule.said_by == FLOOR != pack.id.name:
        yield f"    {say['silent']}"
    elif rule.said_by != pack.id.name:
        yield f"    {say['outer']} {rule.said_by}"


def _words(pack: Pack, among: Mapping[str, Pack], say: Mapping[str, str], language: str) -> Iterator[str]:
    merged = merge(beside(pack, among), None if pack.id.name == FLOOR else pack)
    for heading, texts in (("spoken", merged.scripts), ("written", merged.messages)):
        for purpose, by_language in texts.items():
            for tongue, text in by_language.items():
                digest = hashlib.sha256(text.encode()).hexdigest()
                yield f"\n{say[heading]} ({in_words('purposes', frozenset((purpose,)), language)}, {tongue})"
                yield f"    {text}\n    {say['digest']} {digest}"
    if merged.must_not_say:
        yield f"\n{say['unsaid']}"
        for tongue, words in merged.must_not_say.items():
            yield f"    {tongue}: {', '.join(words)}"


def _against(pack: Pack, among: Mapping[str, Pack], say: Mapping[str, str], language: str) -> Sequence[str]:
    if pack.id.name == FLOOR:
        return ()
    found = []
    for other in among.values():
        if other.id.name in (FLOOR, pack.id.name, pack.within) or other.within == pack.id.name:
            continue
        both = (among[FLOOR], *sorted((pack, other), key=lambda one: one.id.name))
        for name in dict.fromkeys((*merge(both, pack).conflicts, *merge(both, other).conflicts)):
            rule = say["mustnot"] if name == MUST_NOT_SAY else " / ".join(
                f"{one.id.name}: {sentence(name, one.settings[name].value, language)}"
                for one in (pack, other) if name in one.settings)
            found.append(say["contradiction"].format(other=other.id.name, rule=rule))
    return tuple(found)


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(resources.files("registry.texts").joinpath("explained.toml").read_text("utf-8"))
