"""Agencies: who they are, approved until when, rated how; approve, rate, suspend at once."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from registry.usecases import evaluations, governance
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, pages
from registry.web.portal.officer_shared import blueprint, form_of, loaded, me, names, parties, to_act
from registry.web.portal.sessions import signed_in
from registry.web.schemas.officer import AgencySchema
from registry.web.schemas.staff import RESULTS, EvaluationSchema

RATED = ("lender", "from", "until", "score", "result", "licence", "licence_until")
END_OF_DAY = "T23:59:59Z"


@blueprint.get("/agencies")
@signed_in("officer")
def agencies() -> Response:
    """Every agency."""
    return pages.show("officer/agencies.html", agencies=evaluations.register(ports()), names=names(parties()))


@blueprint.get("/agencies/<id:agency>")
@signed_in("officer")
def agency(agency: str) -> Response:
    """One agency, and what can be decided about it."""
    return _page(agency)


@blueprint.post("/agencies/<id:agency>/approval")
@signed_in("officer")
def approve(agency: str) -> Response:
    """Draws up an approval until the end of a day (UTC)."""
    form = forms.read("lender", "role", "approved_until")
    sent = {"agency": agency, "lender": form["lender"], "role": form["role"],
            "until": form["approved_until"] and form["approved_until"] + END_OF_DAY}
    body, errors = loaded(AgencySchema, sent)
    if errors:
        return _page(agency, {name.replace("until", "approved_until"): text for name, text in errors.items()}, form)
    return to_act(governance.agency_draft(ports(), me(), body))


@blueprint.post("/agencies/<id:agency>/evaluation")
@signed_in("officer")
def evaluate(agency: str) -> Response:
    """Draws up a rating."""
    form, once = form_of(*RATED, optional=("note",))
    body, errors = loaded(EvaluationSchema, form, ("score",))
    if not errors and body["until"] < body["from"]:
        errors = {"until": "officer.error.until"}
    if errors:
        return _page(agency, errors, form)
    return to_act(evaluations.draft(ports(), me(), agency, body, once))


@blueprint.post("/agencies/<id:agency>/suspension")
@signed_in("officer")
def suspend(agency: str) -> Response:
    """Suspends at once: whoever may sign in may tighten."""
    forms.read()
    governance.suspend(ports(), me(), agency)
    return pages.go("portal.officer.agency", agency=agency, said="officer.said.suspended")


def _page(agency: str, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None) -> Response:
    found: Record = evaluations.of_agency(ports(), agency)
    everybody = parties()
    lenders = [(one["id"], one["name"]) for one in everybody if one["role"] == "lender"]
    return pages.show(
        "officer/agency.html", 422 if errors else 200, agency=found, names=names(everybody), lenders=lenders,
        results=RESULTS, errors=errors or {}, typed=typed or {},
    )
