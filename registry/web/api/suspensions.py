"""For officers: not to believe a provider any more, and to take it up again. Signed, in two steps."""

from __future__ import annotations

from flask import Response
from marshmallow import fields

from registry.usecases import suspensions
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act
from registry.web.auth import scopes
from registry.web.context import actor, ports
from registry.web.schemas.common import DraftQuerySchema, DraftSchema, NotedActSchema, WrittenSchema
from registry.web.schemas.fields import time, word

blueprint = Blueprint("suspensions", __name__, url_prefix="/v1/providers",
                      description="Providers that are suspended, and taken up again.")


class SuspensionSchema(NotedActSchema):
    """`since`: attempts that were logged from then on are not believed either; absent: from this act on."""

    since = time()


class StandingWrittenSchema(WrittenSchema):
    name = fields.String(required=True)
    state = word("active", "suspended", required=True)


@blueprint.route("/<word:name>/suspension", methods=["POST"])
@scopes("providers")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(SuspensionSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, StandingWrittenSchema)
def suspend_provider(query: Body, body: Body, name: str) -> Response:
    """Suspend a provider: what it says proves nothing any more, and a sign of life by it still counts. One officer
    signs."""
    return act(query, body, lambda: suspensions.suspend_draft(ports(), actor(), name, body),
               lambda key: suspensions.suspend(ports(), actor(), name, body, key))


@blueprint.route("/<word:name>/resume", methods=["POST"])
@scopes("providers")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(NotedActSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, StandingWrittenSchema)
def resume_provider(query: Body, body: Body, name: str) -> Response:
    """Take a suspended provider up again. What was not believed before stays so."""
    return act(query, body, lambda: suspensions.resume_draft(ports(), actor(), name, body),
               lambda key: suspensions.resume(ports(), actor(), name, body, key))
