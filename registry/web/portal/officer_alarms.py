"""Alarms: what is open, newest first, what each means and what to do; closing one is a signed act."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from registry.model.alarms import TOGETHER
from registry.usecases import alarms as raised
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import pages
from registry.web.portal.officer_shared import PAGE, blueprint, form_of, me, next_cursor, page_after, to_act
from registry.web.portal.sessions import signed_in
from registry.web.schemas.common import NotedActSchema


@blueprint.get("/alarms")
@signed_in("officer")
def alarms() -> Response:
    """Open alarms, or with `?state=closed` the closed ones."""
    state = "closed" if request.args.get("state") == "closed" else "open"
    found = raised.newest(ports(), me(), state, page_after(request.args.get("cursor", "")), PAGE + 1)
    return pages.show("officer/alarms.html", alarms=found[:PAGE], state=state, next=next_cursor(found),
                      names=raised.names(ports(), found), still=raised.stand_still(ports()))


@blueprint.get("/alarms/<id:alarm>")
@signed_in("officer")
def alarm(alarm: str) -> Response:
    """One alarm, and the form to close it."""
    return _page(raised.alarm(ports(), me(), alarm), {})


@blueprint.post("/alarms/<id:alarm>/closing")
@signed_in("officer")
def close_alarm(alarm: str) -> Response:
    """Draws up the closing of an alarm."""
    form, once = form_of(optional=("note",))
    body = {name: value for name, value in form.items() if value}
    if NotedActSchema().validate(body):
        return _page(raised.alarm(ports(), me(), alarm), {"note": "officer.error.note"}, form)
    return to_act(raised.closing_draft(ports(), me(), alarm, body, once))


def _page(found: Record, errors: Mapping[str, str], typed: Mapping[str, str] | None = None) -> Response:
    whole = {**dict.fromkeys((*raised.SHOWN, "closed_at")), **found}
    return pages.show("officer/alarm.html", 422 if errors else 200, alarm=whole, names=raised.names(ports(), [found]),
                      errors=errors, typed=typed or {}, together=found["alarm"] in TOGETHER)
