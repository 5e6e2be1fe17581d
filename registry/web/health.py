"""Whether the process lives, whether the whole can answer, and how it fares."""

from __future__ import annotations

from flask import Response, current_app
from marshmallow import Schema, fields

from registry.errors import ConsentryError
from registry.web.api.routing import Blueprint
from registry.web.bodies import answer
from registry.web.context import ports
from registry.web.observing import Meters
from registry.web.problems import RETRY_SECONDS
from registry.web.schemas.witnesses import watched_by
from registry.web.state import State

blueprint = Blueprint("health", __name__, description="Health and metrics.")
METERS = "consentry-meters"
COURIER_PATIENCE = 5_000  # milliseconds without a sign of it, after which nothing is opened


class AliveSchema(Schema):
    status = fields.String(required=True)


class ReadySchema(Schema):
    """`witnesses: none` says that nobody else watches this log for a fork; else who does, and how far they have.
    `checked`: in percent, how much of a long log has been compared again since the vault's start; absent once all is.
    """

    status = fields.String(required=True)
    vault = fields.String(required=True)
    courier = fields.String(required=True)
    witnesses = watched_by()
    origin = fields.String()
    demo = fields.Boolean()
    size = fields.Integer()
    published = fields.Integer()
    releases = fields.String()
    checked = fields.Integer()


@blueprint.route("/healthz", methods=["GET"])
@blueprint.response(200, AliveSchema)
def healthz() -> Response:
    """This process answers."""
    return answer({"status": "ok"})


@blueprint.route("/readyz", methods=["GET"])
@blueprint.response(200, ReadySchema)
@blueprint.response(503, ReadySchema, description="Not everything is there: see which.")
def readyz() -> Response:
    """The vault answers, and has heard of the courier; 503 otherwise. Says what stands behind this log."""
    parts = {"vault": "ok", "courier": "ok"}
    shown: dict[str, object] = {}
    try:
        status = ports().vault.call("status", {})
        shown = {name: status[name] for name in ("witnesses", "origin", "demo", "size", "published")}
        shown |= {"checked": status["checked"]} if "checked" in status else {}
        shown["releases"] = "stopped" if status["stopped"] else "open"
        if status.get("courier_seen_ms", COURIER_PATIENCE) >= COURIER_PATIENCE:
            parts["courier"] = "courier-unavailable"
    except ConsentryError as error:
        parts = {"vault": error.code, "courier": "unknown"}
    ready = all(part == "ok" for part in parts.values())
    if ready:
        return answer({"status": "ready", **parts, **shown})
    return answer({"status": "not-ready", **parts, **shown}, 503, headers={"Retry-After": str(RETRY_SECONDS)})


@blueprint.route("/metrics", methods=["GET"])
@blueprint.response(200, {"type": "string"}, content_type="text/plain", description="Prometheus' text format.")
def metrics() -> Response:
    """Counts and times of all workers, what waits and what lags; from this machine, or with any token."""
    meters: Meters = current_app.extensions[METERS]
    return meters.exposition(State(ports()))
