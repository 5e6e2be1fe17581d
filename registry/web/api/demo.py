"""Only in a demo world: its clock, a fake provider, its outbox (CONTRACT section 8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app
from marshmallow import Schema, fields

from registry.demo import served, telephones
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, courier_key, idem, ports
from registry.web.pump import seal_callback
from registry.web.schemas.fields import identifier, integer, text, word

CARD = "consentry-demo-card"

blueprint = Blueprint("demo", __name__, url_prefix="/v1/demo", description="Only in a demo world.")


def install(app: Flask, card: Path | None) -> None:
    """Tells the routes where demo.json is. Raises ValueError when nobody said."""
    if card is None:
        raise ValueError("a demo's web process needs the path of demo.json")
    app.extensions[CARD] = card


class ClockSchema(Schema):
    """The log clock."""

    now = fields.String(required=True)


class AdvanceSchema(Schema):
    """How far: an ISO 8601 duration up to P366D."""

    advance = text(20, required=True)


class AdvancedSchema(ClockSchema):
    log_index = fields.Integer(required=True)


class DemoCauseSchema(Schema):
    sip = integer(100, 699)
    q850 = integer(1, 127)
    status = text(40)
    hangup_by = word("caller", "callee", "network")


class DialSchema(Schema):
    """One attempt, as the fake provider will report it."""

    channel = identifier(required=True)
    cause = fields.Nested(DemoCauseSchema, required=True)
    ring_seconds = integer(0, 3_600)
    account = identifier()
    ticket = text(2048, metadata={"description": "Of a dial check, or the check's id: instead of the account."})


class DialledSchema(Schema):
    attempt_id = fields.String(required=True)
    seq = fields.Integer(required=True)


class DemoCallSchema(Schema):
    """A call that an agent makes from his line to a bridge's number, and what the person called does."""

    from_ = text(20, required=True, data_key="from")
    to = text(20, required=True)
    outcome = word("talked", "no-answer", "busy", "declined", "not-alerted", required=True)
    seconds = integer(1, 3_600)
    said = text(200)


class DemoCalledSchema(Schema):
    outcome = fields.String(required=True)
    seconds = fields.Integer(required=True)


class OutboxQuerySchema(Schema):
    to = text(254)
    after = text(40)


class MessageSchema(Schema):
    id = fields.String(required=True)
    at = fields.String(required=True)
    medium = fields.String(required=True)
    to = fields.String(required=True)
    template = fields.String(required=True)
    language = fields.String(required=True)
    text = fields.String(required=True)
    code = fields.String()


class OutboxSchema(Schema):
    items = fields.List(fields.Nested(MessageSchema), required=True)


@blueprint.route("/clock", methods=["GET"])
@scopes("approvals", "feeds")
@blueprint.response(200, ClockSchema)
def clock() -> Response:
    """The log clock."""
    return answer(served.now(ports()))


@blueprint.route("/clock", methods=["POST"])
@scopes("approvals", "feeds")
@blueprint.arguments(AdvanceSchema)
@blueprint.response(200, AdvancedSchema)
def advance(body: Body) -> Response:
    """Move the log clock forward; an entry says so. Nothing refreshes by itself."""
    return answer(served.advance(ports(), actor(), body, idem(body)))


@blueprint.route("/attempts", methods=["POST"])
@scopes("approvals", "feeds", "lookups")
@blueprint.arguments(DialSchema)
@blueprint.response(202, DialledSchema)
def dial(body: Body) -> Response:
    """Have the fake provider report an attempt, began now; answered once it is logged."""

    def seal(headers: dict[str, str], data: bytes) -> str:
        return seal_callback(courier_key(), headers, data)

    return answer(served.dial(ports(), current_app.extensions[CARD], seal, body), 202)


@blueprint.route("/calls", methods=["POST"])
@scopes("approvals", "lookups")
@blueprint.arguments(DemoCallSchema)
@blueprint.response(200, DemoCalledSchema)
def call(body: Body) -> Response:
    """Dial a bridge's number from an agent's line; its record reaches the log as any other would."""
    asked = {"from" if name == "from_" else name: value for name, value in body.items()}
    return answer(telephones.call(current_app.extensions[CARD], asked))


@blueprint.route("/outbox", methods=["GET"])
@scopes("approvals")
@blueprint.arguments(OutboxQuerySchema, location="query")
@blueprint.response(200, OutboxSchema)
def outbox(query: dict[str, Any]) -> Response:
    """Messages that went out, oldest first: to one address, after a message's id or a time."""
    return answer(served.messages(current_app.extensions[CARD], query.get("to"), query.get("after")))
