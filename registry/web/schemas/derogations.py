"""Derogations: what officers send, and what officers and auditors read."""

from __future__ import annotations

import re

from marshmallow import Schema, fields

from registry.web import shapes
from registry.web.schemas.common import ActSchema, WrittenSchema
from registry.web.schemas.fields import identifier, pattern, text, time, word

VALUE = 'JSON as a pack would write it: 48, true, "A" or ["08:00", "21:00"]'
JSON = re.compile(r"[ -~]{1,200}\Z", re.ASCII)
PARAMETER = re.compile(r"[a-z0-9_.]{1,64}\Z", re.ASCII)


class DerogationSchema(ActSchema):
    """One parameter of the floor, for one lender or beside one pack, exactly one of them."""

    parameter = pattern(PARAMETER, "the name of a parameter", required=True)
    value = pattern(JSON, VALUE, required=True)
    lender = identifier()
    pack = pattern(shapes.WORD, "the name of a pack")
    effective_from = time(required=True)
    until = time(required=True)
    reason = text(500, required=True)


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
    """One as granted. `value`: JSON, as a pack would write it; `signers`: officers who granted it; `reason`: their
    words, which stay sealed in the log. `name`, `version`, `sha256`: how decisions name it among their packs;
    `state`: `superseded` when the floor it loosens is no longer in force, or a later derogation took its place."""

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
    value = fields.String()
    granted_at = fields.String()
    signers = fields.List(fields.String(), required=True)
    reason = fields.String()


class DerogationsSchema(Schema):
    derogations = fields.List(fields.Nested(DerogationViewSchema), required=True)
    floor_sha256 = fields.String(required=True)
    at = fields.String(required=True)
