"""Every lookup about me, in plain words, and the proof that my own browser checks."""

from __future__ import annotations

from flask import Response, request

from registry.usecases.me import lookups
from registry.usecases.paging import Page, read_cursor
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import language
from registry.web.portal.borrower_base import BORROWER, blueprint, people
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

A_PAGE = 20
# What came of it → how it is marked: a refusal is good news to whoever is afraid.
TONES = {"denied": "good", "stopped": "good", "withheld": "good"}


@blueprint.get("/lookups")
@signed_in(BORROWER, strong=True)
def lookups_page() -> Response:
    """Newest first."""
    people()
    cursor = request.args.get("cursor")
    after = -1 if cursor is None else read_cursor(cursor)
    found = lookups.listed(ports(), current(), Page(A_PAGE, after), newest=True)
    return show("borrower/lookups.html", lookups=[_told(one) for one in found["items"]], next=found["next"],
                first=cursor is None)


@blueprint.get("/lookups/<id:lookup>")
@signed_in(BORROWER, strong=True)
def lookup_page(lookup: str) -> Response:
    """One of them, with its proof."""
    people()
    return show("borrower/lookup.html", one=_told(lookups.shown(ports(), current(), lookup)))


def _told(one: Record) -> Record:
    result = result_of(one)
    return {**one, "result": result, "tone": TONES.get(result, "wait"), "why": one["in_words"][language.language()]}


def result_of(one: Record) -> str:
    """What came of a lookup, as the end of a text's key."""
    if one["verdict"] == "deny":
        return "denied"
    if "message" in one:
        return str(one["message"])
    if one["opening"] == "refused":
        return "stopped"
    if one["about"] == "visit":
        return "visit"
    if one["mode"] == "call":
        return "called" if one["opening"] == "allowed" else "to-be-called"
    return "own" if one["about"] == BORROWER else "number"
