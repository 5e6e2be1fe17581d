"""Erasures that wait."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from registry.usecases.paging import MOST
from registry.web.schemas.common import WrittenSchema
from registry.web.schemas.fields import Boolean, Count, text, word


class ErasureQuerySchema(Schema):
    """Oldest first. `cursor` is the `next` of the page before."""

    limit = Count(validate=validate.Range(1, MOST), load_default=MOST)
    cursor = text(64)


class ErasureBySchema(Schema):
    """Who asked: the person, the lender who passed it on, or another by an id of the registry's own."""

    role = fields.String(required=True)
    id = fields.String()


class WaitingErasureSchema(Schema):
    """`destroyed_at`: from when on it is carried out. `over`: then it can be cancelled only while `burst` holds.
    `with_borrower`: of a contact whose borrower's erasure waits too, which takes the contact's keys along."""

    subject = fields.String(required=True)
    role = word("borrower", "contact", required=True)
    borrower = fields.String(required=True)
    by = fields.Nested(ErasureBySchema, required=True)
    requested_at = fields.String(required=True)
    destroyed_at = fields.String(required=True)
    over = Boolean(required=True)
    with_borrower = Boolean()


class WaitingErasuresSchema(Schema):
    """The oldest first; `waiting` is how many there are in all. `burst`: an alarm holds all of them back, once it is
    raised `alarm`. `at`: the log's clock."""

    items = fields.List(fields.Nested(WaitingErasureSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    waiting = fields.Integer(required=True)
    burst = Boolean(required=True)
    alarm = fields.String()
    at = fields.String(required=True)


class ErasureCancelledSchema(WrittenSchema):
    subject = fields.String(required=True)
