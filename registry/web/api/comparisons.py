"""For officers: a draft of a pack tried on history."""

from __future__ import annotations

from flask import Response

from registry.usecases import comparing
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas import comparisons as shapes

blueprint = Blueprint("comparisons", __name__, url_prefix="/v1/packs", description="Officers: packs on history.")


@blueprint.route("/compare", methods=["POST"])
@scopes("packs")
@blueprint.arguments(shapes.CompareSchema)
@blueprint.response(202, shapes.ComparisonAskedSchema)
def compare(body: Body) -> Response:
    """Try a draft of a pack on what was logged: every decision of a period again. Changes nothing."""
    asked = {name.rstrip("_"): value for name, value in body.items()}
    return answer(comparing.ask(ports(), actor(), asked), 202)


@blueprint.route("/compare", methods=["GET"])
@scopes("packs")
@blueprint.response(200, shapes.ComparisonPage)
def list_comparisons() -> Response:
    """The newest comparisons, without their results."""
    return answer(comparing.listed(ports()))


@blueprint.route("/compare/<id:comparison>", methods=["GET"])
@scopes("packs")
@blueprint.response(200, shapes.ComparisonSchema)
def comparison(comparison: str) -> Response:
    """How far a comparison is, and what came of it."""
    return answer(comparing.one(ports(), comparison))
