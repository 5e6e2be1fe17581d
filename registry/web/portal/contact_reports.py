"""That is not me, I am a minor; who listed me has died, or cannot decide any more."""

from __future__ import annotations

from flask import Response

from registry.usecases.c import leaving
from registry.usecases.c.listed import Listing
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.contact_base import CONTACT, blueprint, listings, who
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.schemas.persons import OF_A_CONTACT


@blueprint.get("/report")
@signed_in(CONTACT)
def report() -> Response:
    """What can be said, and what follows."""
    return _page({}, {})


@blueprint.post("/report")
@signed_in(CONTACT)
def say_report() -> Response:
    """Stops at once what it concerns."""
    form = forms.read(optional=("says", "contact", "once"))
    left = _left()
    errors = {} if form["says"] in OF_A_CONTACT else {"says": "c.error.choose"}
    if len(left) > 1 and form["contact"] not in left:
        errors["contact"] = "c.error.choose"
    if errors:
        return _page(form, errors)
    body = {"says": form["says"], **({"contact": form["contact"]} if form["contact"] else {})}
    leaving.report(ports(), current(), body, forms.once(form))
    return go("portal.contact.home", said="c.said.reported")


def _left() -> dict[str, Listing]:
    return {contact: one for contact, one in listings().items() if not one.erased}


def _page(typed: dict[str, str], errors: dict[str, str]) -> Response:
    left = _left()
    options = {"says": [(one, language.t(f"c.report.{one}")) for one in OF_A_CONTACT],
               "contact": who(left) if len(left) > 1 else []}
    return show("contact/report.html", 422 if errors else 200, options=options, typed=typed, errors=errors,
                possible=bool(left), once=forms.fresh())
