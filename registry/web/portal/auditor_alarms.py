"""Alarms as an auditor reads them: the same list, nothing to press."""

from __future__ import annotations

from flask import Response, request

from registry.usecases import alarms as raised
from registry.usecases.paging import cursor_at, read_cursor
from registry.web.context import ports
from registry.web.portal import pages
from registry.web.portal.auditor_shared import PAGE, blueprint, me
from registry.web.portal.sessions import signed_in


@blueprint.get("/alarms")
@signed_in("auditor")
def alarms() -> Response:
    """Open alarms, or with `?state=closed` the closed ones and who closed them."""
    state = "closed" if request.args.get("state") == "closed" else "open"
    cursor = request.args.get("cursor", "")
    found = raised.newest(ports(), me(), state, read_cursor(cursor) if cursor else -1, PAGE + 1)
    return pages.show("auditor/alarms.html", alarms=found[:PAGE], state=state, names=raised.names(ports(), found),
                      still=raised.stand_still(ports()),
                      next=cursor_at(found[PAGE - 1]["place"]) if len(found) > PAGE else None)
