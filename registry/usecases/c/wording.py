"""What a contact is asked for and told, in plain sentences in both languages. No account, no agency, no debt."""

from __future__ import annotations

from registry.texts import forbidden
from registry.texts.pages import LANGUAGES, text
from registry.usecases.c.listed import Listing
from registry.usecases.ports import Record


def terms(consent: Record, one: Listing, party: str | None, language: str) -> Record:
    """What a consent allows: `{by, purposes: [], ways: [], times, hours?}`. `party`: name of the one it is for."""
    scope = consent["scope"]
    found = {
        "by": _by(scope["grantee"]["role"], one, party, language),
        "purposes": [_said(f"c.purpose.{each}", language, name=name(one, language)) for each in scope["purposes"]],
        "ways": [_said(f"c.way.{each}", language) for each in scope["modes"]],
        "times": _said("c.times", language, count=str(scope["max_uses"])),
    }
    if "hours" in scope:
        found["hours"] = _said("c.hours", language, start=scope["hours"][0], end=scope["hours"][1])
    return found


def in_words(consent: Record, one: Listing, party: str | None) -> Record:
    """The same in each language."""
    return {language: terms(consent, one, party, language) for language in LANGUAGES}


def used(use: Record, one: Listing, day: str, language: str) -> str:
    """What happened with the number, in one sentence. `day` in the reader's own form."""
    way = use["mode"]
    return _said(f"c.use.{way}", language, day=day, name=name(one, language), institution=one.institution)


def name(one: Listing, language: str) -> str:
    """The given name, or what stands in its place."""
    return one.given_name or _said("c.somebody", language)


def _by(role: str, one: Listing, party: str | None, language: str) -> str:
    """Who may ask. A party is named, unless its name is of the kind that no contact is told."""
    if party == one.institution or (party is not None and not forbidden([party])):
        return party
    return _said(f"c.grantee.{role}", language, institution=one.institution)


def _said(key: str, language: str, **params: object) -> str:
    return text(key, language, params)
