"""Whether a text says what a contact must not be told: one way to look, for the product's own list and for packs'.

Words of languages that are written with spaces match whole words in any case; one that ends in `*` stands for all
that begin so. Others match anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

UNSPACED = frozenset(("zh", "ja", "th", "km", "lo", "my"))
# What a script tells the caller to do or to fill in; it is not said.
_DIRECTION = re.compile(r"\([^()]*\)|（[^（）]*）")

Words = Mapping[str, Sequence[str]]


def said(text: str, language: str, words: Words) -> list[str]:
    """What a text in this language says of the words for it, with or without its region, however it is spelled."""
    tongue = language.lower()
    found: list[str] = []
    for wanted in dict.fromkeys((tongue, tongue.split("-", maxsplit=1)[0])):
        if wanted in words:
            found += find(text, wanted, tuple(words[wanted]))
    return found


def find(text: str, language: str, words: tuple[str, ...]) -> list[str]:
    """The same for one list of words."""
    plain = as_read(text)
    unspaced = language.split("-", maxsplit=1)[0] in UNSPACED
    return _pattern(words, unspaced).findall("".join(plain.split()) if unspaced else plain) if words else []


def spoken(script: str) -> str:
    """What of a script is said aloud: without the directions in brackets."""
    return _DIRECTION.sub(" ", script)


def in_texts(texts: Iterable[Mapping[str, str]], words: Words) -> list[str]:
    """What any of these, each by language, says of the words: scripts as they are spoken."""
    return [one for by_language in texts for language, text in by_language.items()
            for one in said(spoken(text), language, words)]


def as_read(text: str) -> str:
    """A text as its reader sees it: full-width letters as others, no invisible marks, an underscore as a space."""
    folded = unicodedata.normalize("NFKC", text).replace("_", " ")
    return "".join(one for one in folded if unicodedata.category(one) != "Cf")


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...], unspaced: bool) -> re.Pattern[str]:
    folded = [unicodedata.normalize("NFKC", word) for word in words]
    if unspaced:
        return re.compile("|".join(re.escape("".join(word.rstrip("*").split())) for word in folded))
    # Not \b: a word of Hindi may end in a vowel sign, which is no letter.
    return re.compile(r"(?<!\w)(?:" + "|".join(_word(word) for word in folded) + r")(?!\w)", re.IGNORECASE)


def _word(word: str) -> str:
    parts = re.escape(word.rstrip("*")).replace(r"\ ", r"\s+")
    return parts + (r"\w*" if word.endswith("*") else "")
