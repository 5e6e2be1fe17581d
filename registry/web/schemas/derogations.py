"""Derogations: what officers send, and what officers and auditors read."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from registry.web import shapes
from registry.web.schemas.common import ActSchema, WrittenSchema
from registry.web.schemas.fields import identifier, pattern, text, time, word

VALUE = "As a pack would write it: a number, a word, true or false, or a list of words."
PARAMETER = re.compile(r"[a-z0-9_.]{1,64}\Z", re.ASCII)


class DerogationSchema(ActSchema):
    """One parameter of the floor, for one lender or beside one pack."""

    parameter = pattern(PARAMETER, "the name of a parameter", required=True)
    value = fields.Raw(required=True, metadata={"description": VALUE})
    lender = identifier()
    pack = pattern(shapes.WORD, "the name of a pack")
    effective_from = time(required=True)
    until = time(required=True)
    reason = text(500, required=True)

    @validates_schema
    def _value_and_scope(self, data: dict[str, Any], **kwargs: Any) -> None:
        value = data.get("value")
        many = value if isinstance(value, list) else [value]
        if not 0 < len(many) <= 10 or not all(type(one) in (int, bool, str) for one in many):
            raise ValidationError(VALUE, "value")
        if any(isinstance(one, str) and not (one.isascii() and len(one) <= 32) for one in many):
            raise ValidationError(VALUE, "value")
        if ("lender" in data) == ("pack" in data):
            raise ValidationError("Give lender or pack, one of them.")


class DerogationWrittenSchema(WrittenSchema):
    derogation = fields.String(required=True)
    parameter = fields.String(required=True)
    value = fields.String(required=True, metadata={"description": "JSON."})
    lender = fields.String()
    pack = fields.String()
    effective_from = fields.String(required=True)
    until = fields.String(required=True)
    floor_sha256 = fields.String(required=True)


class DerogationViewSchema(Schema):
    """One as granted. `name`, `version`, `sha256`: how decisions name it among their packs; `state`: `superseded`
    when the floor it loosens is no longer in force, or a later derogation took its place."""

    derogation = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.String(required=True)
    sha256 = fields.String(required=True)
    parameter = fields.String(required=True)
    sentence = fields.String(required=True)
    instead_of = fields.String(required=True)
    lender = fields.String()
    pack = fields.String()
    effective_from = fields.String(required=True)
    until = fields.String(required=True)
    state = word("coming", "in-force", "expired", "superseded", required=True)


class DerogationsSchema(Schema):
    derogations = fields.List(fields.Nested(DerogationViewSchema), required=True)
    floor_sha256 = fields.String(required=True)
    at = fields.String(required=True)
