"""For officers: erasures that wait, and cancelling one."""

from __future__ import annotations

from flask import Response

from registry.usecases import erasures
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas import erasures as shapes
from registry.web.schemas.common import ActSchema, DraftQuerySchema, DraftSchema

blueprint = Blueprint("erasures", __name__, url_prefix="/v1/erasures", description="Officers: erasures that wait.")


@blueprint.route("", methods=["GET"])
@scopes("approvals")
@blueprint.arguments(shapes.ErasureQuerySchema, location="query")
@blueprint.response(200, shapes.WaitingErasuresSchema)
def list_erasures(query: Body) -> Response:
    """Who is to be erased and is not yet: pseudonyms, who asked, and until when it can be cancelled."""
    return answer(erasures.waiting(ports(), query["limit"], query.get("cursor")))


@blueprint.route("/<id:subject>/cancellation", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(ActSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.ErasureCancelledSchema)
def cancel_erasure(query: Body, body: Body, subject: str) -> Response:
    """Cancel an erasure within its 72 hours, or while the alarm about a burst of them is open."""
    return act(query, body, lambda: erasures.cancel_draft(ports(), actor(), subject, body),
               lambda key: erasures.cancel(ports(), actor(), subject, body, key))
