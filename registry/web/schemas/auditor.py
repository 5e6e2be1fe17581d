"""What auditors read."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.common import ListQuerySchema, page_schema
from registry.web.schemas.fields import identifier, word


class LookupQuerySchema(ListQuerySchema):
    account = identifier()
    client = identifier()
    borrower = identifier()
    verdict = word("permit", "deny")


class EntryQuerySchema(ListQuerySchema):
    class Meta:
        exclude = ("updated_after",)


class LookupViewSchema(Schema):
    lookup = fields.String(required=True)
    log_index = fields.Integer(required=True)
    account = fields.String(required=True)
    client = fields.String(required=True)
    agent = fields.String(required=True)
    about = fields.String(required=True)
    purpose = fields.String(required=True)
    mode = fields.String(required=True)
    verdict = fields.String(required=True)
    opening = word("none", "allowed", "refused", required=True)
    message = word("queued", "sent", "delivered", "failed", "answered", "withheld")
    continues = fields.String()
    borrower = fields.String()
    contact = fields.String()
    approval = fields.String()
    updated_at = fields.String(required=True)


class ReplaySchema(Schema):
    verdict = fields.String(required=True)
    agrees = fields.Boolean(required=True)


class AuditedLookupSchema(Schema):
    """The entry, the facts it was decided on, the reasons, and the decision made again from the log."""

    lookup = fields.String(required=True)
    index = fields.Integer(required=True)
    entry = fields.Dict(required=True)
    facts = fields.Dict(required=True)
    reasons = fields.List(fields.Raw(), required=True)
    replay = fields.Nested(ReplaySchema, required=True)
    proof = fields.String(required=True)


class EntryViewSchema(Schema):
    index = fields.Integer(required=True)
    entry = fields.Dict(required=True)


LookupPage = page_schema(LookupViewSchema, "Lookup")
EntryPage = page_schema(EntryViewSchema, "Entry")
