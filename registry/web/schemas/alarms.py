"""Alarms as officers and auditors read them."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.model.alarms import ALARMS
from registry.web.schemas.common import ListQuerySchema, WrittenSchema, page_schema
from registry.web.schemas.fields import word


class AlarmQuerySchema(ListQuerySchema):
    state = word("open", "closed")
    alarm = word(*ALARMS)


class AlarmViewSchema(Schema):
    """`about`: the entry, lookup or other id that it is about; `count`: of entries, or milliseconds."""

    id = fields.String(required=True)
    alarm = fields.String(required=True)
    state = fields.String(required=True)
    about = fields.String()
    agency = fields.String()
    client = fields.String()
    agent = fields.String()
    provider = fields.String()
    witness = fields.String()
    count = fields.Integer()
    raised_at = fields.String(required=True)
    closed_at = fields.String()
    officer = fields.String()
    updated_at = fields.String(required=True)


class AlarmClosedSchema(WrittenSchema):
    alarm = fields.String(required=True)


AlarmPage = page_schema(AlarmViewSchema, "Alarm")
