"""Resolutions, as they are asked for and shown."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.common import SignatureSchema, page_schema
from registry.web.schemas.fields import identifier, text, word


class NewResolutionSchema(Schema):
    """`address`: the number or e-mail that the complaint names; it is sealed at once."""

    complaint = identifier(required=True)
    address = text(254, required=True)


class SignedDraftSchema(Schema):
    signature = fields.Nested(SignatureSchema, required=True)


class SignedResolutionSchema(Schema):
    resolution = fields.String(required=True)


class ListedResolutionSchema(Schema):
    resolution = fields.String(required=True)
    complaint = fields.String(required=True)
    state = word("asked", "approved", "resolved", required=True)
    signers = fields.List(fields.String(), required=True)
    asked_at = fields.String(required=True)
    updated_at = fields.String(required=True)


class ResolutionSchema(ListedResolutionSchema):
    borrowers = fields.List(fields.String())
    contacts = fields.List(fields.String())
    resolved_at = fields.String()


class ResolvedSchema(Schema):
    """Pseudonyms alone."""

    resolution = fields.String(required=True)
    borrowers = fields.List(fields.String(), required=True)
    contacts = fields.List(fields.String(), required=True)


ResolutionPage = page_schema(ListedResolutionSchema, "Resolution")
