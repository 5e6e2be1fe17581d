"""Every text that the product ships, wherever it stands: in both languages, with the same places, and rendered.

What is checked of one kind of text alone is beside it: pages in test_texts.py, messages in tests/courier, notices and
reasons in tests/me.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from registry.texts import LANGUAGES, forbidden
from tests.contract.client import ROOT

TEXTS = ROOT / "registry" / "texts"
PACKS = sorted((ROOT / "registry" / "policy" / "packs").glob("*.toml"))
BRACKETS = re.compile(r"（[^）]*）|\([^)]*\)")
FILES = sorted(path for path in TEXTS.rglob("*.toml") if path.name != "must-not-say.toml")
# What reaches a contact: files by their name. `sign-in-code` goes to borrowers and contacts alike.
TO_CONTACTS = ("contact", "common", "contact-*", "use-contact", "sign-in-code")
BEHIND_LINKS = ("message.html", "person.html", "relay.html")
NAMED = re.compile(r"(?:(.*)_)?(zh|en)\Z")
CODE = re.compile(r"{#.*?#}|{%.*?%}|<!doctype[^>]*>|</?[a-z][^>]*>", re.DOTALL)


def pairs(found: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, {language: text or table}) of everything that is said in a language."""
    if not isinstance(found, dict):
        return
    said: dict[str, dict[str, Any]] = {}
    for name, value in found.items():
        named = NAMED.match(name)
        if named is None:
            yield from pairs(value, f"{where}/{name}")
        else:
            said.setdefault(named[1] or "", {})[named[2]] = value
    for name, forms in said.items():
        yield f"{where}/{name}", forms


def words(value: Any) -> list[str]:
    """All texts in a text or table."""
    return [value] if isinstance(value, str) else [one for part in value.values() for one in words(part)]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def wrong(found: Any) -> list[str]:
    """What is not there in both languages, or has other places in one than in the other."""
    problems = []
    for where, forms in pairs(found):
        if set(forms) != set(LANGUAGES):
            problems.append(f"{where} is in {sorted(forms)} alone")
            continue
        zh, en = (words(forms[language]) for language in ("zh", "en"))
        if len(zh) != len(en) or any(places(one) != places(other) for one, other in zip(zh, en, strict=False)):
            problems.append(f"{where} has other places in one language")
        for one in (*zh, *en):
            rendered = one.format_map(dict.fromkeys(places(one), "示例"))
            if not rendered.strip():
                problems.append(f"{where} says nothing")
    return problems


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_is_there_in_both_languages_with_the_same_places(path: Path) -> None:
    found = tomllib.loads(path.read_text("utf-8"))
    assert list(pairs(found)), "a file of texts says something"
    assert wrong(found) == []


@pytest.mark.parametrize(("found", "why"), [
    ({"a": {"zh": "是"}}, "alone"), ({"a": {"zh": "{x}", "en": "{y}"}}, "other places"),
    ({"a": {"zero_zh": "没有", "zh": "是", "en": "yes"}}, "alone"),
    ({"zh": {"text": " "}, "en": {"text": "a"}}, "nothing"),
])
def test_a_text_that_is_not_whole_is_found(found: Any, why: str) -> None:
    assert why in " ".join(wrong(found))


def test_nothing_that_reaches_a_contact_says_what_must_not_be_said() -> None:
    said = {path.stem: [text for _, forms in pairs(tomllib.loads(path.read_text("utf-8")))
                        for form in forms.values() for text in words(form)]
            for path in FILES if any(path.match(f"{name}.toml") for name in TO_CONTACTS)}
    assert {"contact", "common", "contact-listed", "contact-invitation", "contact-consent@1", "use-contact",
            "sign-in-code"} <= set(said)
    assert {name: forbidden(texts) for name, texts in said.items() if forbidden(texts)} == {}


@pytest.mark.parametrize("name", BEHIND_LINKS)
def test_no_page_behind_a_link_of_a_message_says_it_either(name: str) -> None:
    source = (ROOT / "registry" / "web" / "templates" / name).read_text("utf-8")
    shown = CODE.sub(" ", source)
    assert len(shown) > 100
    assert forbidden([shown]) == []


def test_no_words_of_a_shipped_pack_to_a_contact_say_it() -> None:
    packs = [tomllib.loads(path.read_text("utf-8")) for path in PACKS]
    spoken = [text for pack in packs for name in ("scripts", "messages")
              for said in pack.get(name, {}).values() for text in words(said)]
    assert len(spoken) >= 4
    # What stands in brackets is not said: whoever calls puts a name in its place.
    assert forbidden([BRACKETS.sub(" ", text) for text in spoken]) == []
