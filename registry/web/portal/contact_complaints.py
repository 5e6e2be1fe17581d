"""A contact's complaints."""

from __future__ import annotations

from flask import Response, request

from registry.errors import ConflictError, NotFoundError
from registry.usecases.c import complaints, uses, wording
from registry.usecases.c.listed import Listing
from registry.web import shapes
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.borrower_base import date_of, money
from registry.web.portal.contact_base import CONTACT, blueprint, listings, named
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.schemas.me_writes import LONGEST_TEXT

INSTITUTION = "institution"  # a contact's page says it so, its source too
TONES = {"open": "wait", "settled": "good"}


@blueprint.get("/complaints")
@signed_in(CONTACT)
def complaints_page() -> Response:
    """What I complained of, until when I get an answer, and what was decided."""
    found = listings()
    rows = [{**one, "name": named(found[one["contact"]])}
            for one in reversed(complaints.of_all(ports(), current(), found))]
    return show("contact/complaints.html", complaints=rows, tones=TONES, money=money, date_of=date_of)


@blueprint.get("/complaints/new")
@signed_in(CONTACT)
def new_complaint() -> Response:
    """About what, and what happened; `?use=` says about which use."""
    asked = request.args.get("use", "")
    return _form({"use": asked if shapes.ID.match(asked) else "", "about": "", "text": ""}, {})


@blueprint.post("/complaints/new")
@signed_in(CONTACT)
def complain() -> Response:
    """Seals and files it."""
    typed = forms.read("text", optional=("about", "use", "once"))
    errors = {} if 0 < len(typed["text"]) <= LONGEST_TEXT else {"text": "c.error.text"}
    found = listings()
    if not typed["use"] and typed["about"] not in dict(_about(found)):
        errors["about"] = "c.error.choose"
    if errors:
        return _form(typed, errors)
    try:
        complaints.file(ports(), current(), found, _body(typed), forms.once(typed))
    except ConflictError as error:
        if error.code != "idempotency-conflict":
            raise
        return _form(typed, {"text": "c.error.sent"})
    return go("portal.contact.complaints_page", said="c.said.complained")


def _body(typed: dict[str, str]) -> dict[str, str]:
    """The form as a body: `about` is `institution:<contact>` or `registry:<contact>`."""
    if typed["use"]:
        if shapes.ID.match(typed["use"]) is None:
            raise NotFoundError("there is nothing of yours with this id")
        return {"about": "lookup", "use": typed["use"], "text": typed["text"]}
    about, _, contact = typed["about"].partition(":")
    return {"about": "lender" if about == INSTITUTION else about, "contact": contact, "text": typed["text"]}


def _form(typed: dict[str, str], errors: dict[str, str]) -> Response:
    found = listings()
    sentence = ""
    if typed["use"] and shapes.ID.match(typed["use"]):
        one = uses.one_of(ports(), current(), found, typed["use"])
        sentence = wording.used(one, found[one["contact"]], language.day(one["at"]), language.language())
    return show("contact/complain.html", 422 if errors else 200, typed=typed, errors=errors, longest=LONGEST_TEXT,
                once=forms.fresh(), sentence=sentence, options=[] if sentence else _about(found))


def _about(every: dict[str, Listing]) -> list[tuple[str, str]]:
    """What this contact may complain of besides a use: each institution that has the number, and we."""
    found = {contact: one for contact, one in every.items() if not one.erased}
    institutions = [(f"{INSTITUTION}:{one.contact}", language.t("c.who", name=named(one), institution=one.institution)
                     if len(found) > 1 else one.institution) for one in found.values()]
    ours = [(f"registry:{contact}", language.t("c.complaints.about.registry")) for contact in [*found][:1]]
    return [*institutions, *ours]
