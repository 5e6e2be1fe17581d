"""What collectors send and read."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from registry.web import shapes
from registry.web.at_first_sight import PlainSchema
from registry.web.schemas.common import WrittenSchema, page_schema
from registry.web.schemas.fields import identifier, jwe, pattern, text, time, word

PURPOSES = ("confirm-whereabouts", "location-information", "restore-contact", "obtain-contact-details",
            "relay-message", "contact-borrower")
# Of a visit.
VISITED = ("met", "not-home", "moved", "wrong-address")
WHO = "a staff code, never a name: a letter, then letters, digits, dot, dash or underscore, 64 at most"
OUTCOMES = ("relayed", "will-relay", "refused", "wrong-person", "minor", "deceased", "number-dead", "no-answer",
            "gave-channel", "distress", *VISITED)


class LookupSchema(PlainSchema):
    """About a contact: any purpose but contact-borrower. About the borrower and of a visit: purpose contact-borrower
    and mode number. A visit names `visitors`; mode call needs the line that the call comes from."""

    # The two below judge a caller's line and visitors: without these they find nothing to do, whatever the mode.
    plain = frozenset(("account", "about", "purpose", "mode", "agent", "continues"))
    of_others = frozenset(("one_caller", "nobody_is_nothing"))

    account = identifier(required=True)
    about = word("contact", "borrower", "visit", required=True)
    purpose = word(*PURPOSES, required=True)
    mode = word("message", "call", "number", required=True)
    agent = pattern(shapes.STAFF_CODE, WHO, required=True)
    visitors = fields.List(
        pattern(shapes.STAFF_CODE, WHO),
        validate=validate.Length(0, 8), metadata={"description": (
            "Of a visit, and needed there (none of anything else): who will stand at the door, at least as many as "
            "the packs ask for (else `visitors-too-few`).")})
    caller = text(40, metadata={"description": "Of mode call, and needed there: the line that the call comes from, "
                                               "E.164. Without it or `caller_jwe`: `mode-not-allowed`."})
    caller_jwe = jwe(metadata={"description": "The same, encrypted to the vault's `enc` key."})
    continues = identifier(metadata={"description": "An earlier lookup of yours that this one goes on from."})

    @validates_schema
    def one_caller(self, data: dict[str, Any], **_: Any) -> None:
        """One line at most, and only of a call; visitors only of a visit."""
        if "caller" in data and "caller_jwe" in data:
            raise ValidationError("give caller or caller_jwe, one of them", "caller")
        if ("caller" in data or "caller_jwe" in data) and data.get("mode") != "call":
            raise ValidationError("belongs to mode call", "caller")
        if data.get("visitors") and data.get("about") != "visit":
            raise ValidationError("belongs to a visit", "visitors")

    @post_load
    def nobody_is_nothing(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Clients that are generated send an empty list for what their caller did not name."""
        return {name: value for name, value in data.items() if name != "visitors" or value}


class ObligationsSchema(Schema):
    call_between = fields.List(fields.String())
    call_on = fields.List(fields.String(), metadata={"description": "Days of the week, where not all are open."})
    time_zone = fields.String()
    max_calls = fields.Integer()
    script = fields.String()
    script_sha256 = fields.String()
    outcome_by = fields.String()
    visit_between = fields.List(fields.String())
    visitors = fields.List(fields.String())
    conduct = fields.String()


class ReleaseSchema(Schema):
    format = word("jwe", required=True)
    jwe = fields.String(required=True)


class RelayedSchema(Schema):
    """A relayed message: how far it came, and what the contact answered."""

    id = fields.String(required=True)
    state = word("queued", "sent", "delivered", "failed", "answered", "withheld", required=True)
    answer = word("will-relay", "cannot", "not-me", "replied")


class BrokeredCallSchema(Schema):
    """One call over the bridge."""

    began_at = fields.String(required=True)
    ring_seconds = fields.Integer()
    talk_seconds = fields.Integer(required=True)
    outcome = word("talked", "no-answer", "busy", "declined", "not-alerted", "failed", required=True)


class BrokeredSchema(Schema):
    """A brokered call: how far it came; once it is bound, the number to dial from the line that was named, and until
    when."""

    id = fields.String(required=True)
    state = word("queued", "bound", "over", "failed", "withheld", required=True)
    number = fields.String()
    expires_at = fields.String()
    calls = fields.List(fields.Nested(BrokeredCallSchema))


class MissingSchema(Schema):
    code = fields.String(required=True)
    have = fields.Integer()
    need = fields.Integer()
    not_before = fields.String()
    lookups = fields.List(fields.String(), metadata={"description":
        "Of `outcome-overdue`: your lookups whose outcome is due, oldest first, at most 20 at a time."})


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


class ToChangeSchema(Schema):
    """A member of the question that is to be changed, and how."""

    pointer = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class VerdictSchema(WrittenSchema):
    """A permit has `obligations` and a `release`, or of mode message a `message`, of mode call a `call`; a deny has
    `state`, `missing`, `channels` and `next`, and `errors` where the question itself is to be changed."""

    lookup = fields.String(required=True)
    verdict = word("permit", "deny", required=True)
    expires_at = fields.String()
    obligations = fields.Nested(ObligationsSchema)
    release = fields.Nested(ReleaseSchema)
    message = fields.Nested(RelayedSchema)
    call = fields.Nested(BrokeredSchema)
    answer = word("will-relay", "cannot", "gave-channel", "not-me")
    continues = fields.String()
    state = fields.String()
    approval = fields.String()
    missing = fields.List(fields.Nested(MissingSchema))
    channels = fields.List(fields.Nested(EffortSchema))
    next = fields.Nested(NextSchema)
    errors = fields.List(fields.Nested(ToChangeSchema))


class OutcomeSchema(Schema):
    outcome = word(*OUTCOMES, required=True)
    at = time(required=True)
    agent = pattern(shapes.STAFF_CODE, WHO, required=True)


class OutcomeWrittenSchema(WrittenSchema):
    outcome = fields.String(required=True)


class NoticeWrittenSchema(WrittenSchema):
    notice = fields.String(required=True)


class OwnNextSchema(Schema):
    action = word("dial", "send", "wait", "call-borrower", "look-up", "stop", required=True)
    channel = fields.String()
    not_before = fields.String()


class OwnEffortSchema(Schema):
    """What this agency's own effort lacks, without a lookup. `complete`: nothing of its own making is missing;
    `paused` and `stopped`: as `collection`, and nothing is to be done."""

    state = word("trying", "waiting", "notice-needed", "notice-running", "complete", "paused", "stopped",
                 required=True)
    missing = fields.List(fields.Nested(MissingSchema), required=True)
    channels = fields.List(fields.Nested(EffortSchema), required=True)
    next = fields.Nested(OwnNextSchema, required=True)


class PlacedAccountSchema(Schema):
    """For an agency: `collection`, perhaps `callback`, and its own `effort`. For its lender: the account's terms."""

    class Meta:
        unknown = "include"

    account = fields.String(required=True)
    collection = word("allowed", "paused", "stopped")
    callback = fields.Dict()
    effort = fields.Nested(OwnEffortSchema)


PlacedAccountPage = page_schema(PlacedAccountSchema, "PlacedAccount")
