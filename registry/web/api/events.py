"""For every client: what has happened since it last asked, without a second copy of anything."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import events
from registry.web.api.routing import Blueprint
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas.events import EventPage, EventQuerySchema

blueprint = Blueprint("events", __name__, url_prefix="/v1", description="Events: what has happened, kinds and ids.")


@blueprint.route("/events", methods=["GET"])
@scopes("accounts:read", "accounts", "approvals", "audit:read")
@blueprint.arguments(EventQuerySchema, location="query")
@blueprint.response(200, EventPage)
def list_events(query: dict[str, Any]) -> Response:
    """What has happened since a log index, as far as it is yours.

    An agency reads of its placements, its lookups and what became of them; a lender of its own acts and its
    borrowers; officers and auditors of everything. Ask again behind the last index to go on.
    """
    return answer(events.since(ports(), actor(), query))
