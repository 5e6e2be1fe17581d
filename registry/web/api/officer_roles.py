"""Officers' roles, given by officers."""

from __future__ import annotations

from flask import Response
from marshmallow import Schema, fields

from registry.usecases import officer_roles
from registry.usecases.ports import Body
from registry.web.api.routing import Blueprint, act
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas.common import ActSchema, DraftQuerySchema, DraftSchema, WrittenSchema
from registry.web.schemas.fields import Boolean, identifier, word

blueprint = Blueprint("officer_roles", __name__, url_prefix="/v1/officers", description="Officers and their roles.")


class RoleSchema(ActSchema):
    officer = identifier(required=True)
    role = word("compliance", "operations", "legal", required=True)


class RoleWrittenSchema(WrittenSchema):
    officer = fields.String(required=True)
    role = fields.String(required=True)


class ComingRoleSchema(Schema):
    """A role that was given and is not in force yet."""

    role = fields.String(required=True)
    from_ = fields.String(required=True, data_key="from", attribute="from")


class OfficerRoleSchema(Schema):
    """`name`: where the officer was registered as a party. Who was given no role is `compliance`. `suspended`: signs
    nothing any more, for good."""

    officer = fields.String(required=True)
    name = fields.String()
    role = word("compliance", "operations", "legal", required=True)
    suspended = Boolean()
    coming = fields.Nested(ComingRoleSchema)


class OfficerRolesSchema(Schema):
    officers = fields.List(fields.Nested(OfficerRoleSchema), required=True)
    at = fields.String(required=True)


@blueprint.route("/roles", methods=["GET"])
@scopes("agencies")
@blueprint.response(200, OfficerRolesSchema)
def list_roles() -> Response:
    """Every officer with the role in force: a visit is approved by two of different roles."""
    return answer(officer_roles.listed(ports()))


@blueprint.route("/roles", methods=["POST"])
@scopes("agencies")
@blueprint.arguments(DraftQuerySchema, location="query")
@blueprint.arguments(RoleSchema)
@blueprint.response(200, DraftSchema)
@blueprint.response(201, RoleWrittenSchema)
def give_role(query: Body, body: Body) -> Response:
    """Give an officer a role: compliance, operations or legal. In force after 24 h, at once with two officers."""
    return act(query, body, lambda: officer_roles.draft(ports(), actor(), body),
               lambda key: officer_roles.give(ports(), actor(), body, key))
