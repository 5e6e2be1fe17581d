"""The words of every page, in Chinese and English: one file an audience in `pages/`, one table a key.

    ["me.contacts.title"]
    zh = "我的联系人"
    en = "My contacts"
    en_one = "…"      # instead of `en` where `count` is 1; optional

Places are `{name}`; what they are given is shown as text, never read as markup.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from registry.errors import ConsentryError

LANGUAGES = ("zh", "en")
FORMS = frozenset({"zh", "en", "en_one"})
FOLDER = "pages"


class TextMissingError(ConsentryError):
    """A page asks for words that nobody wrote, or gives them other places than they have: a fault of ours."""

    code = "page-text"


def text(key: str, language: str, params: Mapping[str, object]) -> str:
    """The words of a key in `zh` or `en`. Raises TextMissingError for an unknown key or a place without its value."""
    forms = texts().get(key)
    if forms is None:
        raise TextMissingError(f"no page has the text {key}")
    chosen = "en_one" if language == "en" and params.get("count") in (1, "1") and "en_one" in forms else language
    try:
        return forms[chosen].format_map(params)
    except (KeyError, IndexError, ValueError) as error:
        raise TextMissingError(f"the text {key} has other places than it is given") from error


def known(key: str) -> bool:
    """Whether there are words of that key."""
    return key in texts()


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """All words by key and form. Raises TextMissingError where a key lacks a language or stands in two files."""
    found: dict[str, Mapping[str, str]] = {}
    for name in files():
        for key, forms in _load(name).items():
            if key in found or not {*LANGUAGES} <= set(forms) <= FORMS:
                raise TextMissingError(f"{name}.toml: {key} is not given once, in both languages")
            found[key] = forms
    return found


def files() -> list[str]:
    """The names of the files, without their ending."""
    folder = resources.files("registry.texts").joinpath(FOLDER)
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def _load(name: str) -> dict[str, dict[str, str]]:
    folder = resources.files("registry.texts").joinpath(FOLDER)
    return tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8"))
