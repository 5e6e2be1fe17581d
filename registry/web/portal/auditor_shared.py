"""What an auditor's pages share: the blueprint, and dates as people type them."""

from __future__ import annotations

from flask import Blueprint, request

from registry.model.entries import Actor
from registry.web.portal import language
from registry.web.portal.sessions import current

blueprint = Blueprint("auditor", __name__, url_prefix="/auditor")
PAGE = 25  # rows of a page


def me() -> Actor:
    """The auditor who signed in (for resolutions, or an officer)."""
    return current().actor()


def asked(*names: str) -> dict[str, str]:
    """Members of the query that are not empty, without the white space around them; others are passed over."""
    given = {name: request.args.get(name, "").strip() for name in names}
    return {name: value for name, value in given.items() if value}


def say(key: str, /, **params: object) -> str:
    """Words of the auditor's pages in the reader's language."""
    return language.t(f"auditor.{key}", **params)
