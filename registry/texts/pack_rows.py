"""A pack's parameters for people, row by row: what is said of each, its value, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from registry.policy.merging import Effective
from registry.policy.pack import Pack, Setting
from registry.policy.parameters import BY_NAME
from registry.texts.pack_words import sentence, with_unit


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter for people: what is said of it, and every pack's source for the value in force."""

    name: str
    sentence: str
    value: str
    sources: tuple[str, ...]


def own_rows(pack: Pack, language: str) -> Iterator[Row]:
    """What one pack sets by itself. `language` is one of LANGUAGES."""
    for name, one in pack.settings.items():
        said = sentence(name, one.value, language)
        yield Row(name, said, with_unit(name, one.value), (f"{one.grade}: {source_of(one, language)}",))


def merged_rows(merged: Effective, chosen: Sequence[Pack], language: str) -> Iterator[Row]:
    """What holds once the chosen packs are merged, each value with the packs that it comes from."""
    for name, origins in merged.origins.items():
        value = value_of(merged, name)
        sources = tuple(
            f"{pack.id.name}, {pack.settings[name].grade}: {source_of(pack.settings[name], language)}"
            for pack in chosen if pack.id.name in origins
        ) or origins    # a derogation stands in no pack
        yield Row(name, sentence(name, value, language), with_unit(name, value), sources)


def source_of(setting: Setting, language: str) -> str:
    """Where a value comes from, in Chinese where the pack says it so."""
    return setting.source_zh if language == "zh" and setting.source_zh else setting.source


def value_of(merged: Effective, name: str) -> Any:
    """A parameter's merged value, as rules read it."""
    return getattr(merged.params, BY_NAME[name].field)
