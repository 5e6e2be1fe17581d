"""What is in force: the packs in plain words, the stop switch, holds to lift."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from registry.errors import NotFoundError
from registry.usecases import governance, writing
from registry.usecases import holds as held
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.officer_shared import PAGE, blueprint, me, next_cursor, page_after, to_act
from registry.web.portal.sessions import signed_in
from registry.web.schemas.common import NotedActSchema


@blueprint.get("/packs")
@signed_in("officer")
def packs() -> Response:
    """Which packs are in force, since when, and what is to come."""
    return pages.show("officer/packs.html", packs=_in_words()["packs"])


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
    form = forms.read(optional=("note",))
    body = {name: value for name, value in form.items() if value}
    if NotedActSchema().validate(body):
        return _holds({"note": "officer.error.note"})
    return to_act(held.lift_draft(ports(), me(), hold, body))


def _in_words() -> Record:
    return governance.in_words(ports(), language.language())


def _holds(errors: Mapping[str, str]) -> Response:
    writing.catch_up(ports())
    found = ports().store.records(
        "holds", {"state": "placed"}, after=page_after(request.args.get("cursor", "")), limit=PAGE + 1)
    return pages.show("officer/holds.html", 422 if errors else 200, holds=found[:PAGE], next=next_cursor(found),
                      errors=errors, typed={})
