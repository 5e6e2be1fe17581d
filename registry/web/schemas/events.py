"""What everybody with a token reads of the log: kinds and ids."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from registry.usecases.paging import MOST, USUAL
from registry.web.schemas.fields import IN_A_QUERY, Count, pattern

KIND = re.compile(r"[a-z]+(-[a-z]+)*/[1-9][0-9]?\Z", re.ASCII)
MOST_INDEX = 2**53 - 1


class Index(fields.Integer):
    """A log index in a query: plain ASCII digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 16:
            raise ValidationError(IN_A_QUERY)
        return int(value)


class EventQuerySchema(Schema):
    """Oldest first. `after`: the index of the last event that is known."""

    after = Index(validate=validate.Range(0, MOST_INDEX))
    limit = Count(validate=validate.Range(1, MOST), load_default=USUAL)
    kind = pattern(KIND, "a kind of entry, as in placed/1")


class EventSchema(Schema):
    """One entry of the log: where it stands, of what kind it is, and the ids of what it is about."""

    index = fields.Integer(required=True)
    kind = fields.String(required=True)
    id = fields.String(required=True)
    at = fields.String(required=True)
    about = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class EventPage(Schema):
    """`next` is the `after` of the next page, null at the end."""

    items = fields.List(fields.Nested(EventSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)
