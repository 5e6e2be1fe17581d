"""Resolutions: from a complaint to a pseudonym, by two people, each with a signature of their own."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import resolutions
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, created, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, idem, ports
from registry.web.schemas import resolutions as shapes
from registry.web.schemas.common import DraftSchema, EmptySchema, ListQuerySchema

# Auditors, and officers by a scope that only they have.
STAFF = ("audit:read", "approvals")
blueprint = Blueprint("resolutions", __name__, url_prefix="/v1/audit/resolutions",
                      description="Resolutions: whose an address is that a complaint names, for two people.")


@blueprint.route("", methods=["GET"])
@scopes(*STAFF)
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, shapes.ResolutionPage)
def list_resolutions(query: dict[str, Any]) -> Response:
    """Resolutions, oldest first, without what came of them."""
    return answer(resolutions.listed(ports(), page(query)))


@blueprint.route("", methods=["POST"])
@scopes(*STAFF)
@blueprint.arguments(shapes.NewResolutionSchema)
@blueprint.response(200, DraftSchema)
def ask_resolution(body: Body) -> Response:
    """Ask for one: seals the address, and says what the first of two signs. Nothing is done before it is signed."""
    return answer(resolutions.draft(ports(), actor(), body))


@blueprint.route("/<id:resolution>", methods=["GET"])
@scopes(*STAFF)
@blueprint.response(200, shapes.ResolutionSchema)
def resolution(resolution: str) -> Response:
    """One resolution; resolved, with the pseudonyms. That somebody looked is an entry, made first."""
    return answer(resolutions.resolution(ports(), actor(), resolution))


@blueprint.route("/<id:resolution>/draft", methods=["POST"])
@scopes(*STAFF)
@blueprint.arguments(EmptySchema)
@blueprint.response(200, DraftSchema)
def agree(body: Body, resolution: str) -> Response:
    """What the second person signs."""
    return answer(resolutions.second_draft(ports(), actor(), resolution))


@blueprint.route("/drafts/<id:draft>", methods=["POST"])
@scopes(*STAFF)
@blueprint.arguments(shapes.SignedDraftSchema)
@blueprint.response(201, shapes.SignedResolutionSchema)
def sign(body: Body, draft: str) -> Response:
    """Sign a draft of your own, by key file or passkey."""
    return created({"resolution": resolutions.signed(ports(), actor(), draft, body["signature"])})


@blueprint.route("/<id:resolution>/answer", methods=["POST"])
@scopes(*STAFF)
@blueprint.arguments(EmptySchema)
@blueprint.response(201, shapes.ResolvedSchema)
def resolve(body: Body, resolution: str) -> Response:
    """Have the registry say whose address it is, once two people have signed."""
    return created(resolutions.resolve(ports(), actor(), resolution, idem(body)))
