"""What those who visit a borrower are bound to, in words they read."""

from __future__ import annotations

from typing import Any

from registry import texts
from registry.model.entries import Entry
from registry.vault.desk import Desk

CONDUCT = "visit-conduct"


def conduct(desk: Desk, permit: Entry) -> dict[str, Any]:
    """{conduct}: speak only to the borrower, leave nothing readable; in the language of where he lives, as his first
    language tells it."""
    languages = desk.relations.lives(permit.body["borrower"])["languages"]
    return {"conduct": texts.render(CONDUCT, texts.language_for(languages[0]), {})}
