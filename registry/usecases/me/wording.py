"""Consents in one plain sentence, in both languages, for pages and for a lender's own app."""

from __future__ import annotations

from collections.abc import Mapping

from registry.texts.pages import LANGUAGES, text
from registry.usecases.ports import Record

JOINTS = {"zh": ("、", "或"), "en": (", ", " or ")}


def sentence(consent: Record, names: Mapping[str, str], relation: str | None, language: str) -> str:
    """Who may be asked, by whom, in which ways, for what, how often."""
    scope = consent["scope"]
    grantee = scope["grantee"]
    by = names.get(grantee.get("party", ""), "") or _said(
        f"me.grantee.{grantee['role']}", language, institution=names[consent["lender"]])
    whom = _said(f"me.whom.{relation}" if relation else "me.whom.any", language)
    return _said(
        "me.consent.sentence", language, by=by, whom=whom, count=scope["max_uses"],
        modes=joined([_said(f"me.way.{one}", language) for one in scope["modes"]], language),
        purposes=joined([_said(f"me.purpose.{one}", language) for one in scope["purposes"]], language))


def in_words(consent: Record, names: Mapping[str, str], relation: str | None) -> dict[str, str]:
    """The sentence in each language."""
    return {language: sentence(consent, names, relation, language) for language in LANGUAGES}


def joined(parts: list[str], language: str) -> str:
    """Parts of which any may be: `a, b or c`."""
    comma, last = JOINTS[language]
    return parts[0] if len(parts) == 1 else comma.join(parts[:-1]) + last + parts[-1]


def _said(key: str, language: str, **params: object) -> str:
    return text(key, language, params)
