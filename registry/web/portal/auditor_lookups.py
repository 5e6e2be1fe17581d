"""Searching lookups; one with everything that is known of it, and as a package of evidence to take away."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response
from marshmallow import ValidationError

from registry.errors import MalformedError
from registry.texts import reasons
from registry.texts.facts import flat
from registry.usecases import auditing, cases
from registry.usecases.ports import Record
from registry.web.api.audit import packed
from registry.web.api.routing import page
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.auditor_shared import PAGE, asked, blueprint, me
from registry.web.portal.sessions import signed_in
from registry.web.schemas.auditor import LookupQuerySchema

CHOICES = {
    "verdict": ("permit", "deny"), "mode": ("message", "call", "number"),
    "about": ("contact", "borrower", "visit"),
    "purpose": ("confirm-whereabouts", "location-information", "restore-contact", "obtain-contact-details",
                "relay-message", "contact-borrower"),
}
TYPED = ("account", "borrower", "contact", "client", "agent", "lookup", "index", "since", "until")
MEMBERS = (*TYPED, "reason", *CHOICES)


@blueprint.get("/lookups")
@signed_in("auditor")
def lookups() -> Response:
    """What was searched for, newest first."""
    typed, cursor = asked(*MEMBERS), asked("cursor")
    try:
        query: dict[str, Any] = LookupQuerySchema().load({**typed, **cursor})
        found = auditing.lookups(ports(), me(), page({**query, "limit": PAGE}), newest=True)
    except ValidationError as error:
        return _searched(typed, {"items": [], "next": None}, {name: f"auditor.error.{name}" for name in
                                                               error.messages_dict if name in typed})
    except MalformedError as error:
        wrong = (error.pointer or "").strip("/")
        return _searched(typed, {"items": [], "next": None}, {wrong: f"auditor.error.{wrong}"})
    return _searched(typed, found, {})


def _searched(typed: dict[str, str], found: Record, errors: dict[str, str]) -> Response:
    following = None if found["next"] is None else f"?{urlencode({**typed, 'cursor': found['next']})}"
    return pages.show(
        "auditor/lookups.html", 422 if errors else 200, items=found["items"], following=following, typed=typed,
        errors=errors, choices=CHOICES, reasons=sorted(code for code in reasons.table() if code != "contact-side"),
        names=auditing.names(ports()),
    )


@blueprint.get("/lookups/<id:lookup>")
@signed_in("auditor")
def lookup(lookup: str) -> Response:
    """One lookup: facts, reasons in words, attempts, the decision made again, and the proof."""
    found = auditing.whole(ports(), me(), lookup)
    codes = [*found["view"].get("system", ()), *found["reasons"]]
    tongue = language.language()
    return pages.show(
        "auditor/lookup.html", found=found, one=found["view"], body=found["entry"]["body"],
        reasons=[(code, reasons.plain(code, tongue)) for code in codes], timeline=found["timeline"],
        waiting=reasons.in_the_way(found["timeline"]["earliest"], tongue), zone=found["timeline"]["zone"],
        facts=flat(found["facts"]), names=auditing.names(ports()),
    )


@blueprint.post("/lookups/<id:lookup>/case.zip")
@signed_in("auditor", "officer")
def take_out_case(lookup: str) -> Response:
    """The evidence of one lookup, signed by the registry, with the words of complaints where that is ticked."""
    form = forms.read(optional=("open",))
    return packed(cases.case(ports(), me(), lookup, opened=form["open"] == "complaints"), lookup)
