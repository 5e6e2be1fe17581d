"""Complaints as staff take them down, read, settle and pay them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from registry.web import shapes
from registry.web.schemas.common import (
    ActSchema,
    ListQuerySchema,
    NotedActSchema,
    VerdictSchema,
    WrittenSchema,
    page_schema,
)
from registry.web.schemas.fields import Boolean, date, identifier, integer, pattern, text, word

ABOUT = ("lookup", "agency", "lender", "registry")
VERDICTS = ("upheld", "partly-upheld", "not-upheld")
REMEDIES = ("none", "apology", "correction", "agency-warned", "agency-suspended", "compensation")
LONGEST_TEXT = 500
MOST_MINOR = 2**53 - 1


class ComplaintQuerySchema(ListQuerySchema):
    state = word("open", "settled")
    agency = identifier()


class NewComplaintSchema(Schema):
    """`from`: whose complaint it is. One about a lookup names it; what it is about is held until it is settled."""

    from_ = word("borrower", "contact", data_key="from", attribute="from", required=True)
    borrower = identifier(required=True)
    contact = identifier()
    lookup = identifier()
    agency = identifier()
    about = word(*ABOUT, required=True)
    text = text(LONGEST_TEXT, required=True)


class SettlementSchema(NotedActSchema):
    verdict = word(*VERDICTS, required=True)
    remedy = word(*REMEDIES, required=True)
    amount_minor = integer(1, MOST_MINOR)
    currency = pattern(shapes.CURRENCY, "a currency (ISO 4217)")

    @validates_schema
    def _money(self, data: dict[str, Any], **kwargs: Any) -> None:
        paid = data.get("remedy") == "compensation"
        for name in ("amount_minor", "currency"):
            if paid != (name in data):
                raise ValidationError("A compensation has an amount and its currency, and nothing else has.", name)


class PaymentSchema(ActSchema):
    paid_on = date(required=True)


class ComplaintViewSchema(VerdictSchema):
    """`deadline`: until when the packs in force want it answered. `text` only where one complaint is opened."""

    complaint = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="from", required=True)
    borrower = fields.String(required=True)
    contact = fields.String()
    lookup = fields.String()
    agency = fields.String()
    about = fields.String(required=True)
    state = fields.String(required=True)
    filed_at = fields.String(required=True)
    deadline = fields.String(required=True)
    overdue = Boolean(required=True)
    has_text = Boolean(required=True)
    officer = fields.String()
    updated_at = fields.String(required=True)


class OpenedComplaintSchema(ComplaintViewSchema):
    text = fields.String()


class FiledComplaintSchema(WrittenSchema):
    complaint = fields.String(required=True)


class SettledComplaintSchema(WrittenSchema):
    complaint = fields.String(required=True)
    verdict = fields.String(required=True)
    remedy = fields.String(required=True)


class PaidComplaintSchema(WrittenSchema):
    complaint = fields.String(required=True)
    paid_on = fields.String(required=True)


ComplaintPage = page_schema(ComplaintViewSchema, "Complaint")
