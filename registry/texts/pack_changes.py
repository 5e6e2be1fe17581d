"""Two versions of a pack beside each other, in words: what changes, and whether it tightens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.policy.pack import Pack, Setting
from registry.policy.parameters import BY_NAME, MERGES, PARAMETERS
from registry.texts.pack_words import sentence, with_unit

STRICTER, LOOSER, OTHER, SOURCE = "stricter", "looser", "other", "source"


@dataclass(frozen=True, slots=True)
class Said:
    """What a pack says of a parameter: the sentence, the value, where that comes from."""

    sentence: str
    value: str
    source: str

    def shown(self) -> dict[str, str]:
        """The form in JSON."""
        return {"sentence": self.sentence, "value": self.value, "source": self.source}


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that two packs say differently. `before` or `after` is None where one is silent. `effect`: whether
    the new one is stricter, looser, neither by itself, or has only another source."""

    name: str
    effect: str
    before: Said | None
    after: Said | None


def changes(old: Pack | None, new: Pack, language: str) -> Iterator[Change]:
    """Every parameter that `new` says differently from `old`, in the order of the table of parameters."""
    settings: Mapping[str, Setting] = {} if old is None else old.settings
    for parameter in PARAMETERS:
        name = parameter.name
        before, after = settings.get(name), new.settings.get(name)
        if before == after:
            continue
        yield Change(name, _effect(name, before, after), _said(name, before, language), _said(name, after, language))


def text_changes(old: Pack | None, new: Pack) -> Iterator[dict[str, str]]:
    """Scripts and messages that are not the same: `{what, purpose, language, before?, after?}`."""
    for what in ("scripts", "messages"):
        was: Mapping[str, Mapping[str, str]] = {} if old is None else getattr(old, what)
        will: Mapping[str, Mapping[str, str]] = getattr(new, what)
        for purpose in sorted({*was, *will}):
            for language in sorted({*was.get(purpose, {}), *will.get(purpose, {})}):
                pair = {"before": was.get(purpose, {}).get(language), "after": will.get(purpose, {}).get(language)}
                if pair["before"] != pair["after"]:
                    yield {"what": what, "purpose": purpose, "language": language,
                           **{name: text for name, text in pair.items() if text is not None}}


def _effect(name: str, before: Setting | None, after: Setting | None) -> str:
    """A pack that is silent leaves a parameter to the others: to say something can only tighten."""
    if before is None:
        return STRICTER
    if after is None:
        return LOOSER
    if before.value == after.value:
        return SOURCE
    merged: Any = MERGES[BY_NAME[name].merge](before.value, after.value)
    if merged == after.value:
        return STRICTER
    return LOOSER if merged == before.value else OTHER


def _said(name: str, one: Setting | None, language: str) -> Said | None:
    if one is None:
        return None
    source = one.source_zh if language == "zh" and one.source_zh else one.source
    return Said(sentence(name, one.value, language), with_unit(name, one.value), f"{one.grade}: {source}")
