"""For auditors: every lookup with facts, replay and proof; every entry."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import auditing
from registry.web.api.routing import Blueprint, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas import auditor as shapes

blueprint = Blueprint("auditor", __name__, url_prefix="/v1/audit", description="Auditors: everything.")


@blueprint.route("/lookups", methods=["GET"])
@scopes("audit:read")
@blueprint.arguments(shapes.LookupQuerySchema, location="query")
@blueprint.response(200, shapes.LookupPage)
def list_lookups(query: dict[str, Any]) -> Response:
    """Lookups, granted and refused, oldest first."""
    return answer(auditing.lookups(ports(), page(query)))


@blueprint.route("/lookups/<id:lookup>", methods=["GET"])
@scopes("audit:read")
@blueprint.response(200, shapes.AuditedLookupSchema)
def lookup(lookup: str) -> Response:
    """One lookup: its entry, the facts, the reasons, the decision made again from the log, the proof."""
    return answer(auditing.lookup(ports(), actor(), lookup))


@blueprint.route("/entries", methods=["GET"])
@scopes("entries:read")
@blueprint.arguments(shapes.EntryQuerySchema, location="query")
@blueprint.response(200, shapes.EntryPage)
def list_entries(query: dict[str, Any]) -> Response:
    """The log's entries, oldest first."""
    return answer(auditing.entries(ports(), page(query)))
