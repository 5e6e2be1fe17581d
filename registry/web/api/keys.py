"""The vault's public keys, which everybody may read."""

from __future__ import annotations

from flask import Response
from marshmallow import Schema, fields

from registry.web.api.routing import Blueprint
from registry.web.bodies import answer
from registry.web.context import ports

blueprint = Blueprint("keys", __name__, url_prefix="/v1", description="The vault's public keys.")


class KeysSchema(Schema):
    """A JWK Set (RFC 7517): an Ed25519 key to verify with, a P-256 key to encrypt deposits to."""

    keys = fields.List(fields.Dict(), required=True)


@blueprint.route("/keys", methods=["GET"])
@blueprint.response(200, KeysSchema)
def keys() -> Response:
    """The vault's keys: `use: sig` signs releases and receipts, `use: enc` takes deposits."""
    return answer(ports().vault.call("keys", {})["jwks"], headers={"Cache-Control": "public, max-age=300"})
