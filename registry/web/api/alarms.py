"""For officers and auditors: alarms, and closing one."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.usecases import alarms
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas import alarms as shapes
from registry.web.schemas.common import DraftQuerySchema, DraftSchema, NotedActSchema

blueprint = Blueprint("alarms", __name__, url_prefix="/v1/alarms", description="Officers and auditors: alarms.")


@blueprint.route("", methods=["GET"])
@scopes("approvals", "audit:read")
@blueprint.arguments(shapes.AlarmQuerySchema, location="query")
@blueprint.response(200, shapes.AlarmPage)
def list_alarms(query: dict[str, Any]) -> Response:
    """What the vault raised an alarm about, oldest first; the look is an entry."""
    return answer(alarms.listed(ports(), actor(), page(query)))


@blueprint.route("/<id:alarm>", methods=["GET"])
@scopes("approvals", "audit:read")
@blueprint.response(200, shapes.AlarmViewSchema)
def one_alarm(alarm: str) -> Response:
    """One alarm; the look is an entry."""
    return answer(alarms.alarm(ports(), actor(), alarm))


@blueprint.route("/<id:alarm>/closing", methods=["POST"])
@scopes("approvals")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(NotedActSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, shapes.AlarmClosedSchema)
def close_alarm(query: Body, body: Body, alarm: str) -> Response:
    """Close an alarm. Of `attempt-unlawful` and `opening-without-outcome` the earlier ones about the same agency are
    closed with it."""
    return act(query, body, lambda: alarms.closing_draft(ports(), actor(), alarm, body),
               lambda key: alarms.close(ports(), actor(), alarm, body, key))
