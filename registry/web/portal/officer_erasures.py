"""Erasures that wait: who asked, when the keys go, and cancelling one, which is a signed act."""

from __future__ import annotations

from flask import Response, request

from registry.model.times import HOUR, parse_stamp
from registry.usecases import erasures as waiting
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, pages
from registry.web.portal.officer_shared import PAGE, blueprint, borrowers, me, names, parties, to_act
from registry.web.portal.sessions import signed_in


@blueprint.get("/erasures")
@signed_in("officer")
def erasures() -> Response:
    """All that wait, the oldest first: its keys go first. The vault itself says so, whatever the projections know."""
    found = waiting.waiting(ports(), PAGE, request.args.get("cursor") or None)
    return pages.show(
        "officer/erasures.html", erasures=[{**one, "left": _left(one, found["at"])} for one in found["items"]],
        next=found["next"], burst=found["burst"], alarm=found.get("alarm"), names=names(parties()),
        people=borrowers(found["items"]),
    )


@blueprint.post("/erasures/<id:subject>/cancellation")
@signed_in("officer")
def cancel_erasure(subject: str) -> Response:
    """Draws up the cancellation of one."""
    forms.read()
    return to_act(waiting.cancel_draft(ports(), me(), subject, {}))


def _left(one: Record, at: str) -> int:
    """Whole hours until its keys are destroyed."""
    return max(0, parse_stamp(one["destroyed_at"]) - parse_stamp(at)) // HOUR
