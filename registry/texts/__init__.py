"""The words of every message, in Chinese and English: one file for each template, closed parameters, nothing else.

The vault gives the parameters of one message; no text that anybody typed for the occasion ever goes out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from types import MappingProxyType
from typing import Any

from registry.errors import MalformedError
from registry.policy.unsaid import as_read, said

TEMPLATES = (
    "contact-listed", "contact-invitation", "borrower-notice", "use-borrower", "use-borrower-message", "use-contact",
    "sign-in-code", "borrower-consent-code", "borrower-told-consent", "borrower-told-consent-passkey",
    "borrower-told-passkey", "contact-renewal", "borrower-renewal",
    "use-borrower-call", "use-borrower-visit", "use-contact-call", "visit-conduct",
    "borrower-assigned", "borrower-assigned-to",
    "agreement-ended", "borrower-erasure-cancelled", "contact-erasure-cancelled",
)
LANGUAGES = ("zh", "en")
NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
# An officer's signature brought an institution's name into the log; a contact must learn who sends.
VOUCHED = frozenset(("institution", "agency", "link", "code", "day", "account", "assignee"))


@dataclass(frozen=True, slots=True)
class Template:
    """One message. `audience` is contact or borrower; `texts` by language."""

    id: str
    audience: str
    params: frozenset[str]
    texts: Mapping[str, str]


@cache
def template(name: str) -> Template:
    """The template of that id. Raises MalformedError code `template-unknown`."""
    if name not in TEMPLATES:
        raise MalformedError("there is no such message template", code="template-unknown")
    value = _load(name)
    texts = {language: " ".join(value[language]["text"].split()) for language in LANGUAGES}
    return Template(name, value["audience"], frozenset(value["params"]), texts)


def language_for(wanted: str) -> str:
    """The language a message to a reader of `wanted` (BCP 47) goes out in: Chinese, or else English."""
    return "zh" if wanted.lower().split("-", 1)[0] in ("zh", "yue", "cmn") else "en"


def render(name: str, language: str, params: Mapping[str, str]) -> str:
    """The text. `language` is one of LANGUAGES.

    Raises MalformedError when a parameter is missing or surplus, or, in a message to a contact, when a person's name
    says what a contact must never be told (code `text-forbidden`): a name is typed by the lender.
    """
    found = template(name)
    if set(params) != found.params:
        raise MalformedError("the parameters are not exactly the template's", code="text-parameters")
    typed = [value for param, value in params.items() if param not in VOUCHED]
    if found.audience == "contact" and forbidden(typed):
        raise MalformedError("a name says what a contact must not be told", code="text-forbidden")
    return found.texts[language].format(**params)


def fill(
    script: str, params: Mapping[str, str], language: str = "", must_not_say: Mapping[str, Sequence[str]] = NOTHING,
) -> str:
    """The text of a relayed message: a pack's own words with their places filled.

    Raises MalformedError when a place has no parameter, or when text or name say what a contact must not be told: a
    pack is an officer's word, but that list is nobody's to loosen. `must_not_say`: what the packs add to it.
    """
    if not {place for _, place, _, _ in Formatter().parse(script) if place is not None} <= set(params):
        raise MalformedError("a place in the pack's text has no parameter", code="text-parameters")
    typed = (script, params.get("given_name", ""))
    if forbidden(typed) or any(said(one, language, must_not_say) for one in typed):
        raise MalformedError("a message says what a contact must not be told", code="text-forbidden")
    return script.format(**params)


def forbidden(texts: Iterable[str]) -> list[str]:
    """What these texts say of the list that no message to a contact may contain, however it is spelled."""
    latin, chinese = _must_not_say()
    found = []
    for text in texts:
        plain = as_read(text)
        found += latin.findall(plain)
        found += chinese.findall("".join(plain.split()))
    return found


@cache
def _must_not_say() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = _load("must-not-say")
    latin = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words["en"])
    return re.compile(rf"\b(?:{latin})\b", re.IGNORECASE), re.compile("|".join(words["zh"]))


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("registry.texts").joinpath(f"{name}.toml").read_text("utf-8"))
