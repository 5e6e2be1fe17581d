"""What officers read before they decide: a request's whole case, and the packs in plain words."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.fields import Boolean, word
from registry.web.schemas.officer import RequestSchema


class AttemptToldSchema(Schema):
    """`date`, `minute`: local ones at the borrower's residence. `why` it does not count, where it does not."""

    index = fields.Integer(required=True)
    at = fields.String(required=True)
    began_at = fields.String(required=True)
    date = fields.String(required=True)
    minute = fields.Integer()
    medium = fields.String(required=True)
    channel = fields.String()
    agency = fields.String()
    class_ = fields.String(data_key="class", attribute="class", required=True)
    counts = word("counted", "covers", "no", required=True)
    why = fields.String()


class HappenedSchema(Schema):
    """One line of the whole time: an attempt as above, a notice, a sign of life, a hold, a placement. `counts`: of a
    sign of life `anew`, of what stands in the way `bars`, empty where it only explains."""

    what = word("attempt", "notice", "life", "hold", "lifted", "placed", "recalled", "assigned", "callback",
                "changed", "complaint", required=True)
    index = fields.Integer(required=True)
    at = fields.String(required=True)
    date = fields.String(required=True)
    minute = fields.Integer()
    began_at = fields.String()
    medium = fields.String()
    channel = fields.String()
    agency = fields.String()
    class_ = fields.String(data_key="class", attribute="class")
    delivered = Boolean()
    kind = fields.String()
    type_ = fields.String(data_key="type", attribute="type")
    counts = word("counted", "covers", "no", "anew", "bars", "", required=True)
    why = fields.String()


class WaitSchema(Schema):
    code = fields.String(required=True)
    not_before = fields.String()


class EarliestSchema(Schema):
    """`at`: no permit is possible before it, whatever is done; absent where time cures nothing: see `bars`."""

    at = fields.String()
    waits = fields.List(fields.Nested(WaitSchema), required=True)
    bars = fields.List(fields.String(), required=True)


class ScriptSchema(Schema):
    """What would be said, or written where a message would be relayed; `pack`: whose words."""

    language = fields.String(required=True)
    text = fields.String(required=True)
    written = Boolean(required=True)
    pack = fields.String(required=True)


class ApprovalCaseSchema(RequestSchema):
    """While it is open: all that is known as of now. `reasons`: what beside the approval stands against it."""

    at = fields.String()
    over = Boolean()
    zone = fields.String()
    effort = fields.Dict()
    reasons = fields.List(fields.String())
    attempts = fields.List(fields.Nested(AttemptToldSchema))
    events = fields.List(fields.Nested(HappenedSchema))
    left_out = fields.Integer()
    earliest = fields.Nested(EarliestSchema)
    script = fields.Nested(ScriptSchema)
    visitors = fields.List(fields.String())  # of a visit: who will stand at the door


class PackWordsQuerySchema(Schema):
    language = word("zh", "en", load_default="en")


class PackRowSchema(Schema):
    parameter = fields.String(required=True)
    sentence = fields.String(required=True)
    value = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)


class PackComingSchema(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)
    sha256 = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="from", required=True)


class PackInWordsSchema(Schema):
    """A pack in force, merged with the floor. `unbacked`: its own parameters without a primary legal text."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    sha256 = fields.String(required=True)
    title = fields.String(required=True)
    regions = fields.List(fields.String(), required=True)
    since = fields.String(required=True)
    coming = fields.List(fields.Nested(PackComingSchema), required=True)
    rows = fields.List(fields.Nested(PackRowSchema), required=True)
    unbacked = fields.List(fields.String(), required=True)
    scripts = fields.Dict(required=True)
    messages = fields.Dict(required=True)


class PackToComeSchema(PackComingSchema):
    """A version that is not in force yet, also of a pack of which none is."""

    title = fields.String(required=True)
    regions = fields.List(fields.String(), required=True)


class PacksInWordsSchema(Schema):
    coming = fields.List(fields.Nested(PackToComeSchema), required=True)
    packs = fields.List(fields.Nested(PackInWordsSchema), required=True)
    at = fields.String(required=True)
