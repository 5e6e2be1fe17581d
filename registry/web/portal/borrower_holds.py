"""What stops everything, why it was lifted, and saying it; what my institution changed about me."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases.me import holding
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.borrower_base import BORROWER, blueprint, date_of, institutions, open_people, people
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.schemas.persons import OWN_HOLDS

TONES = {"placed": "wait", "lifted": ""}
MOST_CHANGES = 20


@blueprint.get("/holds")
@signed_in(BORROWER)
def holds_page() -> Response:
    """Every hold, the newest first, and the way to say one more."""
    return _page({}, {})


@blueprint.post("/holds")
@signed_in(BORROWER)
def say_hold() -> Response:
    """Stops everything at once."""
    form = forms.read(optional=("type", "borrower", "once"))
    own = {one["id"] for one in open_people()}
    errors = {} if form["type"] in OWN_HOLDS else {"type": "me.error.choose"}
    if len(own) > 1 and form["borrower"] not in own:
        errors["borrower"] = "me.error.choose"
    if errors:
        return _page(form, errors)
    body = {"type": form["type"], **({"borrower": form["borrower"]} if form["borrower"] else {})}
    holding.place(ports(), current(), body, forms.once(form))
    return go("portal.borrower.holds_page", said="me.said.paused")


def changes_in_words() -> list[dict[str, Any]]:
    """What was changed, each in one sentence with its time, the newest first."""
    found = holding.changes(ports(), current())[:MOST_CHANGES]
    return [{"at": one["at"], "said": _said(one)} for one in found]


def _said(one: Record) -> str:
    what = one["what"]
    if what == "assigned" and "assignee" in one:
        what = "assigned-to"
    members = ("institution", "assignee", "residence", "time_zone")
    named: dict[str, str] = {name: one[name] for name in members if name in one}
    named |= {name: date_of(one[name]) for name in ("before", "after") if name in one}
    if "liability" in one:
        named["liability"] = language.t(f"me.changes.as.{one['liability']}")
    return language.t(f"me.changes.{what}", **named)


def _page(typed: dict[str, str], errors: dict[str, str]) -> Response:
    people()
    own = open_people()
    rows = list(reversed(holding.listed(ports(), current())))
    names = institutions(own)
    options = {
        "type": [(one, language.t(f"me.holds.type.{one}")) for one in OWN_HOLDS],
        "borrower": list(names.items()) if len(own) > 1 else [],
    }
    return show("borrower/holds.html", 422 if errors else 200, holds=rows, options=options, typed=typed,
                errors=errors, tones=TONES, possible=bool(own), once=forms.fresh())
