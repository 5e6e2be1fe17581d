"""Erasures that wait."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.common import WrittenSchema
from registry.web.schemas.fields import Boolean, word


class WaitingErasureSchema(Schema):
    """`destroyed_at`: from when on it is carried out, and cannot be cancelled."""

    subject = fields.String(required=True)
    role = word("borrower", "contact", required=True)
    borrower = fields.String(required=True)
    requested_at = fields.String(required=True)
    destroyed_at = fields.String(required=True)


class WaitingErasuresSchema(Schema):
    """At most 200, the oldest first; `waiting` is how many there are. `burst`: an alarm holds all of them back."""

    items = fields.List(fields.Nested(WaitingErasureSchema), required=True)
    waiting = fields.Integer(required=True)
    burst = Boolean(required=True)


class ErasureCancelledSchema(WrittenSchema):
    subject = fields.String(required=True)
