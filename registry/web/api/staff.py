"""For officers besides: ratings of agencies, holds, and the passkeys of the staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import evaluations, holds, staff
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas import staff as shapes
from registry.web.schemas.common import DraftQuerySchema, DraftSchema, EmptySchema, ListQuerySchema
from registry.web.schemas.lender import HoldWrittenSchema

blueprint = Blueprint("staff", __name__, url_prefix="/v1", description="Officers: agencies, holds, passkeys.")


@blueprint.route("/agencies/<id:agency>/evaluations", methods=["GET"])
@scopes("agencies")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.EvaluationPage)
def list_evaluations(query: dict[str, Any], agency: str) -> Response:
    """How an agency was rated."""
    return answer(evaluations.listed(ports(), agency, page(query)))


@blueprint.route("/agencies/<id:agency>/evaluations", methods=["POST"])
@scopes("agencies")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.EvaluationSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.EvaluationWrittenSchema)
def evaluate_agency(query: Body, body: Body, agency: str) -> Response:
    """Rate an agency's work for a lender."""
    return act(query, body, lambda: evaluations.draft(ports(), actor(), agency, body),
               lambda key: evaluations.evaluate(ports(), actor(), agency, body, key))


@blueprint.route("/holds", methods=["GET"])
@scopes("holds:lift")
@blueprint.arguments(shapes.HoldQuerySchema, location="query")
@blueprint.response(200, shapes.AllHoldsPage)
def list_all_holds(query: dict[str, Any]) -> Response:
    """Holds of every borrower."""
    return answer(staff.holds(ports(), page(query)))


@blueprint.route("/holds", methods=["POST"])
@scopes("holds:lift")
@blueprint.arguments(shapes.HoldByOfficerSchema)
@blueprint.response(201, HoldWrittenSchema)
def place_any_hold(body: Body) -> Response:
    """Place a hold on any borrower, at once; only an officer's signature lifts it."""
    about = dict(body)
    return created(holds.place(ports(), actor(), about.pop("borrower"), about, idem(body)))


@blueprint.route("/passkeys", methods=["GET"])
@scopes("agencies")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.StaffPasskeyPage)
def list_staff_passkeys(query: dict[str, Any]) -> Response:
    """Your own passkeys."""
    return answer(staff.passkeys(ports(), actor(), page(query)))


@blueprint.route("/passkeys", methods=["POST"])
@scopes("agencies")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.StaffPasskeySchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.StaffPasskeyWrittenSchema)
def add_staff_passkey(query: Body, body: Body) -> Response:
    """A passkey for an officer or auditor: after 24 hours, or at once where two officers sign."""
    return act(query, body, lambda: staff.passkey_draft(ports(), actor(), body),
               lambda key: staff.add_passkey(ports(), actor(), body, key))


@blueprint.route("/passkeys/<id:passkey>", methods=["DELETE"])
@scopes("agencies")
@blueprint.arguments(EmptySchema, required=False)
@blueprint.response(200, shapes.StaffPasskeyRemovedSchema)
def remove_staff_passkey(body: Body, passkey: str) -> Response:
    """End a passkey of the staff at once. Anyone may tighten: no signature is needed."""
    return answer(staff.remove_passkey(ports(), actor(), passkey, idem(body)))
