"""The neutral event and its answer, for the documentation: the courier reads the event, not this tier."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.fields import time, word
from registry.web.schemas.lender import MEDIA


class CauseSchema(Schema):
    sip = fields.Integer()
    q850 = fields.Integer()
    status = fields.String()
    hangup_by = word("caller", "callee", "network")


class AttemptDataSchema(Schema):
    attempt_id = fields.String(required=True)
    seq = fields.Integer(required=True)
    account = fields.String()
    medium = word(*MEDIA, required=True)
    direction = word("outbound", "inbound", required=True)
    to = fields.String(required=True)
    from_ = fields.String(data_key="from", required=True)
    cause = fields.Nested(CauseSchema, required=True)
    began_at = time(required=True)
    ring_seconds = fields.Integer()
    ended_at = time()


class AttemptSchema(Schema):
    """A Standard Webhooks message: `webhook-id`, `webhook-timestamp` and `webhook-signature` are headers."""

    type = word("contact.attempt", required=True)
    timestamp = time(required=True)
    data = fields.Nested(AttemptDataSchema, required=True)


class FormSchema(Schema):
    """A form as the kind of provider signs it."""


class FileSchema(Schema):
    """A file of calls, as columns or as an object a line: `attempt_id seq direction to from began_at`, and where
    known `sip q850 hangup_by ticket account ring_seconds ended_at`."""


class ReceivedSchema(Schema):
    """Empty, or why it can never count."""

    counts = fields.Boolean()
    why = fields.String()
