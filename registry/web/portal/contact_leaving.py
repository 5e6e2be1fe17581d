"""Never again, and having everything erased."""

from __future__ import annotations

from flask import Response

from registry.usecases.c import leaving, listed
from registry.usecases.c.listed import Listing
from registry.web.context import ports
from registry.web.portal import forms
from registry.web.portal.contact_base import CONTACT, blueprint, done, listings, named, receipt_file, who
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in

ALL = "all"


@blueprint.get("/objection")
@signed_in(CONTACT)
def objection() -> Response:
    """What it means, and the one button; afterwards, since when."""
    found = list(listings().values())
    return show("contact/objection.html", objected=bool(found) and all(one.objected for one in found),
                possible=any(not one.erased for one in found), named=named,
                receipts=[one for one in found if one.receipt is not None])


@blueprint.post("/objection")
@signed_in(CONTACT)
def object_for_ever() -> Response:
    """One click."""
    forms.read()
    said = leaving.object_(ports(), current())
    return done("objected", [one["receipt"] for one in said["objections"]])


@blueprint.get("/objection/<id:contact>/receipt")
@signed_in(CONTACT)
def objection_receipt(contact: str) -> Response:
    """The receipt as a file."""
    one = listed.chosen(listings(), contact)
    if one.receipt is None:
        raise listed.nothing()
    return receipt_file(one.receipt, f"receipt-{contact[:8]}-objected")


@blueprint.get("/data")
@signed_in(CONTACT)
def data() -> Response:
    """What is kept of this number, and the way to have it erased."""
    return _page({}, {})


@blueprint.post("/erase")
@signed_in(CONTACT)
def erase() -> Response:
    """Erases, once it was confirmed."""
    form = forms.read(optional=("confirm", "contact"))
    if form["confirm"] != "yes":
        return _page(form, {"confirm": "c.error.confirm"})
    chosen = form["contact"]
    leaving.erase(ports(), current(), {} if chosen in ("", ALL) else {"contact": chosen})
    return go("portal.contact.data", said="c.said.erased")


def _page(typed: dict[str, str], errors: dict[str, str]) -> Response:
    found = listings()
    left: dict[str, Listing] = {contact: one for contact, one in found.items() if not one.erased}
    gone = [one for one in found.values() if one.erased]
    return show("contact/data.html", 422 if errors else 200, left=list(left.values()), gone=gone, typed=typed,
                errors=errors, named=named, choices=who(left) if len(left) > 1 else [])
