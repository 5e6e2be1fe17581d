"""Whether a pack's own words keep to what must not be said, and whether ours keep to what the pack adds to that list.

Asked before anybody signs (`packs check`) and again by the vault when a pack is put in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.policy.pack import Pack
from registry.policy.unsaid import said, spoken
from registry.texts import TEMPLATES, forbidden, template
from registry.texts.notices import current


def unspeakable(pack: Pack) -> list[str]:
    """Each place where a third person would hear or read what must not be said, as one line; empty where none."""
    return [*_own(pack), *_ours(pack)]


def ours_to_contacts() -> dict[str, Mapping[str, str]]:
    """Every text of our own that a contact may be sent, or reads before a consent: name -> language -> text."""
    templates = {name: template(name) for name in TEMPLATES}
    notice = current("contact")
    return {
        **{name: one.texts for name, one in templates.items() if one.audience == "contact"},
        notice.id: notice.texts,
    }


def _own(pack: Pack) -> Iterator[str]:
    for what, texts in (("scripts", pack.scripts), ("messages", pack.messages)):
        for purpose, by_language in texts.items():
            for language, text in by_language.items():
                heard = spoken(text)
                for word in dict.fromkeys((*forbidden([heard]), *said(heard, language, pack.must_not_say))):
                    yield f"{what}.{purpose}.{language}: says {word!r}, which a third person must not hear"


def _ours(pack: Pack) -> Iterator[str]:
    for name, texts in ours_to_contacts().items():
        for language, text in texts.items():
            for word in dict.fromkeys(said(text, language, pack.must_not_say)):
                yield f"must_not_say.{language}: forbids {word!r}, which our own {name} says"
