"""A comparison of packs: what officers send and read."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.fields import date, text


class CompareSchema(Schema):
    """`text` is the draft, a pack's whole text. Days are UTC; without them the whole log is compared."""

    text = text(40_000, required=True)
    from_ = date(data_key="from")
    until = date()


class ComparisonAskedSchema(Schema):
    comparison = fields.String(required=True)
    state = fields.String(required=True)


class ComparisonDraftSchema(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)
    sha256 = fields.String(required=True)


class ComparisonSchema(ComparisonAskedSchema):
    """`state`: waiting, running, done, failed (`why` is an error's code), or lost: ask for it again. `done` steps of
    `total`; `result` is what `registry packs compare --json` prints."""

    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    asked_at = fields.String(required=True)
    officer = fields.String(required=True)
    draft = fields.Nested(ComparisonDraftSchema, required=True)
    from_ = fields.String(data_key="from")
    until = fields.String()
    why = fields.String()
    result = fields.Dict()


class ComparisonPage(Schema):
    items = fields.List(fields.Nested(ComparisonSchema), required=True)
