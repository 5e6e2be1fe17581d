"""Reasons of refusals in plain words, in Chinese and English (`reasons.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

CONTACT_SIDE = "contact-side"
# A complaint may be the contact's own: to the borrower it looks like everything else on that side.
_HIDDEN = ("contact-", "line-")
_HIDDEN_TOO = frozenset({"hold-complaint"})


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Words by code and language; under `contact-side` the one sentence for all that a borrower is not told."""
    return tomllib.loads(resources.files("registry.texts").joinpath("reasons.toml").read_text("utf-8"))


def is_contact_side(code: str) -> bool:
    """Whether a code says something about a contact, which is the contact's own business."""
    return code.startswith(_HIDDEN) or code in _HIDDEN_TOO


def to_borrower(codes: Iterable[str]) -> list[str]:
    """Codes as a borrower may read them, in their order: every one of the contact's side is `contact-side`, once."""
    return list(dict.fromkeys(CONTACT_SIDE if is_contact_side(code) else code for code in codes))


def plain(code: str, language: str) -> str:
    """One code in words; `language` is zh or en. Raises KeyError for what is no code."""
    return table()[code][language]


def in_the_way(earliest: Mapping[str, Any], language: str) -> dict[str, str]:
    """Words by code of what an earliest permit waits for, and of what bars it."""
    codes = (*earliest["bars"], *(one["code"] for one in earliest["waits"]))
    return {code: plain(code, language) for code in codes}


def sentences(codes: Iterable[str], language: str) -> list[str]:
    """Codes in words, a sentence that says the same given once."""
    return list(dict.fromkeys(plain(code, language) for code in codes))
