"""What auditors read."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from registry.web import shapes
from registry.web.schemas.common import ListQuerySchema, page_schema
from registry.web.schemas.fields import date, identifier, pattern, word
from registry.web.schemas.witnesses import watched_by


class Place(fields.Integer):
    """A log index in a query: plain ASCII digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 15:
            raise self.make_error("invalid")
        return int(value)


class LookupQuerySchema(ListQuerySchema):
    """Every member given must match. `since` and `until` are UTC days, both included; `index` is the log index."""

    lookup = identifier()
    index = Place()
    account = identifier()
    borrower = identifier()
    contact = identifier()
    client = identifier()
    agent = pattern(shapes.STAFF_CODE, "a staff code: a letter, then letters, digits, dot, dash or underscore")
    verdict = word("permit", "deny")
    reason = pattern(shapes.WORD, "a reason's code")
    purpose = word("confirm-whereabouts", "location-information", "restore-contact", "obtain-contact-details",
                   "relay-message", "contact-borrower")
    mode = word("message", "call", "number")
    about = word("contact", "borrower", "visit")
    since = date()
    until = date()


class CaseQuerySchema(Schema):
    """`open`: with the words of the complaints about the lookup; each opening is an entry too."""

    open = word("complaints")


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
    reasons = fields.List(fields.String())
    system = fields.List(fields.String())
    answer = fields.String()
    decided_at = fields.String()
    updated_at = fields.String(required=True)


class LogStateSchema(Schema):
    """`signed`: the checkpoint was signed by the log's key, checked for this answer; `shown`: entries projected."""

    origin = fields.String(required=True)
    size = fields.Integer(required=True)
    published = fields.Integer(required=True)
    shown = fields.Integer(required=True)
    witnesses = watched_by(required=True)
    log_now = fields.String(required=True)
    demo = fields.Boolean(required=True)
    stopped = fields.Boolean(required=True)
    checkpoint = fields.String(required=True)
    checkpoint_size = fields.Integer()
    root = fields.String()
    key = fields.String(required=True)
    signed = fields.Boolean(required=True)


class FiguresQuerySchema(Schema):
    """UTC days, both included; without them the 30 days to today."""

    since = date()
    until = date()


class FigureSchema(Schema):
    """A table of numbers: `heads` name the cells of each row."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    note = fields.String(required=True)
    heads = fields.List(fields.String(), required=True)
    rows = fields.List(fields.List(fields.Raw()), required=True)


class FiguresSchema(Schema):
    since = fields.String(required=True)
    until = fields.String(required=True)
    figures = fields.List(fields.Nested(FigureSchema), required=True)


class ReplaySchema(Schema):
    verdict = fields.String(required=True)
    agrees = fields.Boolean(required=True)


class SignedSchema(Schema):
    """One officer's signature under an approval, or its refusal; `role`: the one in force then."""

    verdict = word("approved", "refused", required=True)
    at = fields.String(required=True)
    index = fields.Integer(required=True)
    officer = fields.String(required=True)
    role = fields.String(required=True)


class CameSchema(Schema):
    """What came of a lookup: an opening that was refused, a bridge that connects and its calls, what was reported."""

    what = word("refused", "bound", "call", "unbound", "outcome", "visit", required=True)
    at = fields.String(required=True)
    index = fields.Integer(required=True)
    reasons = fields.List(fields.String())
    expires_at = fields.String()
    max_calls = fields.Integer()
    outcome = fields.String()
    ring_seconds = fields.Integer()
    talk_seconds = fields.Integer()
    stop = fields.Boolean()
    why = fields.String()
    agent = fields.String()


class CourseSchema(Schema):
    approvals = fields.List(fields.Nested(SignedSchema), required=True)
    came = fields.List(fields.Nested(CameSchema), required=True)


class AuditedLookupSchema(Schema):
    """The entry, the facts it was decided on, the reasons, the decision made again from the log, and its course."""

    lookup = fields.String(required=True)
    index = fields.Integer(required=True)
    entry = fields.Dict(required=True)
    facts = fields.Dict(required=True)
    reasons = fields.List(fields.Raw(), required=True)
    replay = fields.Nested(ReplaySchema, required=True)
    proof = fields.String(required=True)
    course = fields.Nested(CourseSchema, required=True)


class EntryViewSchema(Schema):
    index = fields.Integer(required=True)
    entry = fields.Dict(required=True)


LookupPage = page_schema(LookupViewSchema, "Lookup")
EntryPage = page_schema(EntryViewSchema, "Entry")
