"""Dial checks: what a dialler asks before it dials, and what it is told."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.at_first_sight import PlainSchema
from registry.web.schemas.collector import MissingSchema
from registry.web.schemas.common import WrittenSchema
from registry.web.schemas.fields import identifier, word


class DialCheckSchema(PlainSchema):
    plain = frozenset(("account", "channel"))

    account = identifier(required=True)
    channel = identifier(required=True)


class DialNextSchema(Schema):
    action = word("wait", "call-borrower", "stop", required=True)
    channel = fields.String()


class DialCheckedSchema(WrittenSchema):
    """`ticket` and `valid_until` where the channel may be dialled; else `state`, `missing`, `next` and, where the
    asker may know it, `not_before`.

    A bare `not-eligible` with `stop` means this dial, now. It looks alike for all that the asker may not know, so it
    may also pass: the caps on dials and talks are the person's, not the agency's. Ask again on another day.
    """

    check = fields.String(required=True, metadata={
        "description": "The id of this check. Asked again at once it is the same one."})
    may_dial = fields.Boolean(required=True)
    ticket = fields.String(metadata={
        "description": "A compact JWS. The attempt's event repeats it, or the check's id, in data.ticket."})
    valid_until = fields.String(metadata={"description": "The dial begins before this moment."})
    not_before = fields.String(metadata={
        "description": "When to come back: hours, a cap or an own dial over, or the borrower wants a call."})
    state = word("waiting", "callback", "paused", "stopped", "unavailable", "fix-request", "not-eligible")
    missing = fields.List(fields.Nested(MissingSchema))
    next = fields.Nested(DialNextSchema)
