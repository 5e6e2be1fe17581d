"""What collectors send and read."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web import shapes
from registry.web.schemas.common import WrittenSchema, page_schema
from registry.web.schemas.fields import identifier, pattern, time, word

PURPOSES = ("confirm-whereabouts", "location-information", "restore-contact", "obtain-contact-details",
            "relay-message", "contact-borrower")
OUTCOMES = ("relayed", "will-relay", "refused", "wrong-person", "minor", "deceased", "number-dead", "no-answer",
            "gave-channel", "distress")


class LookupSchema(Schema):
    account = identifier(required=True)
    about = word("contact", "borrower", required=True)
    purpose = word(*PURPOSES, required=True)
    mode = word("message", "call", "number", required=True)
    agent = pattern(shapes.STAFF_CODE, "a staff code of letters, digits, dot, dash", required=True)
    continues = identifier(metadata={"description": "An earlier lookup of yours that this one goes on from."})


class ObligationsSchema(Schema):
    call_between = fields.List(fields.String())
    call_on = fields.List(fields.String(), metadata={"description": "Days of the week, where not all are open."})
    time_zone = fields.String()
    max_calls = fields.Integer()
    script = fields.String()
    script_sha256 = fields.String()
    outcome_by = fields.String()


class ReleaseSchema(Schema):
    format = word("jwe", required=True)
    jwe = fields.String(required=True)


class RelayedSchema(Schema):
    """A relayed message: how far it came, and what the contact answered."""

    id = fields.String(required=True)
    state = word("queued", "sent", "delivered", "failed", "answered", "withheld", required=True)
    answer = word("will-relay", "cannot", "not-me", "replied")


class MissingSchema(Schema):
    code = fields.String(required=True)
    have = fields.Integer()
    need = fields.Integer()
    not_before = fields.String()


class EffortSchema(Schema):
    """What this agency's own attempts did on a channel."""

    channel = fields.String(required=True)
    medium = fields.String(required=True)
    counted = fields.Integer()
    covered = fields.Boolean()
    flagged = fields.Integer()
    last_at = fields.String(allow_none=True)


class NextSchema(Schema):
    action = word("dial", "send", "wait", "call-borrower", "ask-approval", "ask-lender", "report-outcome", "stop",
                  required=True)
    channel = fields.String()
    not_before = fields.String()


class VerdictSchema(WrittenSchema):
    """A permit has `obligations` and a `release`, or of mode message a `message`; a deny has `state`, `missing`,
    `channels` and `next`."""

    lookup = fields.String(required=True)
    verdict = word("permit", "deny", required=True)
    expires_at = fields.String()
    obligations = fields.Nested(ObligationsSchema)
    release = fields.Nested(ReleaseSchema)
    message = fields.Nested(RelayedSchema)
    answer = word("will-relay", "cannot", "gave-channel", "not-me")
    continues = fields.String()
    state = fields.String()
    approval = fields.String()
    missing = fields.List(fields.Nested(MissingSchema))
    channels = fields.List(fields.Nested(EffortSchema))
    next = fields.Nested(NextSchema)


class OutcomeSchema(Schema):
    outcome = word(*OUTCOMES, required=True)
    at = time(required=True)
    agent = pattern(shapes.STAFF_CODE, "a staff code of letters, digits, dot, dash", required=True)


class OutcomeWrittenSchema(WrittenSchema):
    outcome = fields.String(required=True)


class NoticeWrittenSchema(WrittenSchema):
    notice = fields.String(required=True)


class PlacedAccountSchema(Schema):
    """For an agency: `collection` and perhaps `callback`. For its lender: the account's terms."""

    class Meta:
        unknown = "include"

    account = fields.String(required=True)
    collection = word("allowed", "paused", "stopped")
    callback = fields.Dict()


PlacedAccountPage = page_schema(PlacedAccountSchema, "PlacedAccount")
