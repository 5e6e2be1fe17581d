"""For collectors: lookups, what became of them, notices, dial checks."""

from __future__ import annotations

from flask import Response

from registry.usecases import collecting, dialling
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, created
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, dial_checked, idem, judged, needed_idem, ports
from registry.web.schemas.collector import (
    LookupSchema,
    NoticeWrittenSchema,
    OutcomeSchema,
    OutcomeWrittenSchema,
    VerdictSchema,
)
from registry.web.schemas.common import EmptySchema
from registry.web.schemas.dials import DialCheckedSchema, DialCheckSchema

blueprint = Blueprint("collector", __name__, url_prefix="/v1", description="Collectors: ask, and report.")


@blueprint.route("/lookups", methods=["POST"])
@scopes("lookups")
@blueprint.arguments(LookupSchema)
@blueprint.response(201, VerdictSchema)
def look_up(body: Body) -> Response:
    """Ask for a contact. 201 for both verdicts: a record was made."""
    return created(judged(collecting.look_up(ports(), actor(), body, needed_idem(body))))


@blueprint.route("/lookups/<id:lookup>", methods=["GET"])
@scopes("lookups")
@blueprint.response(200, VerdictSchema)
def lookup(lookup: str) -> Response:
    """A lookup as it was answered, without the number."""
    return answer(collecting.status(ports(), actor(), lookup))


@blueprint.route("/lookups/<id:lookup>/outcomes", methods=["POST"])
@scopes("outcomes")
@blueprint.arguments(OutcomeSchema)
@blueprint.response(201, OutcomeWrittenSchema)
def report_outcome(body: Body, lookup: str) -> Response:
    """What became of a number. Several are allowed; the strictest stays."""
    return created(collecting.report_outcome(ports(), actor(), lookup, body, needed_idem(body)))


@blueprint.route("/accounts/<id:account>/notices", methods=["POST"])
@scopes("notices")
@blueprint.arguments(EmptySchema)
@blueprint.response(201, NoticeWrittenSchema)
def request_notice(body: Body, account: str) -> Response:
    """Have a notice sent to the borrower, at most one a day. Whether it counts is judged later."""
    return created(collecting.request_notice(ports(), actor(), account, needed_idem(body)))


@blueprint.route("/dial-checks", methods=["POST"])
@scopes("lookups")
@blueprint.arguments(DialCheckSchema)
@blueprint.response(201, DialCheckedSchema)
def check_dial(body: Body) -> Response:
    """Ask whether a channel of a borrower's may be dialled now: hours, caps, holds, callbacks, in one answer. 201 for
    both: a record was made."""
    return created(dial_checked(dialling.check(ports(), actor(), body, idem(body))))
