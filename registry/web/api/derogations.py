"""For officers and auditors: derogations from the floor. Two officers grant one; auditors read them."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import derogations
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas import derogations as shapes
from registry.web.schemas.common import DraftQuerySchema, DraftSchema
from registry.web.schemas.officer_reading import PackWordsQuerySchema

blueprint = Blueprint("derogations", __name__, url_prefix="/v1/derogations",
                      description="Officers and auditors: derogations from the floor.")


@blueprint.route("", methods=["GET"])
@scopes("packs", "audit:read")
@blueprint.arguments(PackWordsQuerySchema, location="query")
@blueprint.response(200, shapes.DerogationsSchema)
def list_derogations(query: dict[str, Any]) -> Response:
    """Every derogation ever granted, in plain words, who granted it and why, and whether it is in force."""
    return answer(derogations.listed(ports(), actor(), query["language"]))


@blueprint.route("", methods=["POST"])
@scopes("packs")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(shapes.DerogationSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.DerogationWrittenSchema)
def grant_derogation(query: Body, body: Body) -> Response:
    """Loosen one parameter of the floor for a while: two officers sign. Never consent, the contact's protection or
    evidence."""
    return act(query, body, lambda: derogations.draft(ports(), actor(), body),
               lambda key: derogations.grant(ports(), actor(), body, key))
