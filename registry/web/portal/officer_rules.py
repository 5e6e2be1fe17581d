"""What is in force: the packs in plain words, the stop switch, holds to lift."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, request

from registry.errors import NotFoundError
from registry.usecases import derogations, governance, persons, writing
from registry.usecases import holds as held
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.officer_shared import (
    PAGE,
    blueprint,
    form_of,
    me,
    names,
    next_cursor,
    page_after,
    parties,
    to_act,
    zones,
)
from registry.web.portal.sessions import signed_in
from registry.web.schemas.persons import LiftSchema


@blueprint.get("/packs")
@signed_in("officer")
def packs() -> Response:
    """Which packs are in force, since when, what is to come, and where the floor yields for a while."""
    found, called = _in_words(), names(parties())
    granted = derogations.listed(ports(), me(), language.language())["derogations"]
    return pages.show("officer/packs.html", packs=found["packs"], coming=found["coming"], derogations=granted,
                      called=called)


@blueprint.get("/packs/<word:name>")
@signed_in("officer")
def pack(name: str) -> Response:
    """All that one pack says, with where each of it comes from."""
    found = next((one for one in _in_words()["packs"] if one["name"] == name), None)
    if found is None:
        raise NotFoundError("no such pack is in force")
    return pages.show("officer/pack.html", pack=found)


@blueprint.get("/releases")
@signed_in("officer")
def releases() -> Response:
    """Whether numbers are released at all."""
    return pages.show("officer/releases.html", stopped=ports().vault.call("status", {})["stopped"])


@blueprint.post("/releases/stop")
@signed_in("officer")
def stop() -> Response:
    """Stops everything at once: whoever may sign in may tighten."""
    forms.read()
    governance.stop(ports(), me())
    return pages.go("portal.officer.releases", said="officer.said.stopped")


@blueprint.post("/releases/resume")
@signed_in("officer")
def resume() -> Response:
    """Draws up that releases go on."""
    forms.read()
    return to_act(governance.resume_draft(ports(), me(), {}))


@blueprint.get("/holds")
@signed_in("officer")
def holds() -> Response:
    """Holds in place, oldest first."""
    return _holds({})


@blueprint.post("/holds/<id:hold>/lift")
@signed_in("officer")
def lift(hold: str) -> Response:
    """Draws up the lifting of a hold."""
    return _lifting(lambda body, once: held.lift_draft(ports(), me(), hold, body, once))


@blueprint.post("/contact-reports/<id:report>/lift")
@signed_in("officer")
def lift_report(report: str) -> Response:
    """Draws up the lifting of a report of a contact."""
    return _lifting(lambda body, once: persons.lift_report_draft(ports(), me(), report, body, once))


def _lifting(draft: Callable[[Record, str | None], Record]) -> Response:
    """The draft of lifting something, with the reason that it needs."""
    form, once = form_of(optional=("note",))
    body = {name: value for name, value in form.items() if value}
    if LiftSchema().validate(body):
        return _holds({"note": "officer.error.reason" if "note" not in body else "officer.error.note"})
    return to_act(draft(body, once))


def _in_words() -> Record:
    return governance.in_words(ports(), language.language())


def _holds(errors: Mapping[str, str]) -> Response:
    writing.catch_up(ports())
    found = ports().store.records(
        "holds", {"state": "placed"}, after=page_after(request.args.get("cursor", "")), limit=PAGE + 1)
    reports = ports().store.records("contact_reports", {"state": "placed"}, limit=PAGE, newest=True)
    return pages.show("officer/holds.html", 422 if errors else 200, holds=found[:PAGE], next=next_cursor(found),
                      reports=reports, zones=zones([*found, *reports]), errors=errors, typed={})
