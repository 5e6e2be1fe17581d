"""What is said of whose debt it is and who people are: assignment, liability, a move, holds, reports of contacts."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from registry.web import shapes
from registry.web.schemas.common import ListQuerySchema, NotedActSchema, WrittenSchema, page_schema
from registry.web.schemas.fields import identifier, languages, pattern, region, text, word
from registry.web.schemas.lender import HOLDS, BorrowerViewSchema

SAYS = ("minor", "wrong-person", "deceased", "incapacitated")
# What a borrower may say of himself; the rest is said of him.
OWN_HOLDS = ("attorney", "dispute", "insolvency", "moratorium", "vulnerability", "cease")
OF_A_CONTACT = ("minor", "wrong-person", "borrower-deceased", "borrower-incapacitated")
CHANGES = ("assigned", "limitation-later", "liability", "moved")
LONGEST_NOTE = 500


class AssignmentSchema(Schema):
    """`assignee`: the new creditor, where it is a registered lender."""

    assignee = identifier()


class AssignedSchema(AssignmentSchema, WrittenSchema):
    account = fields.String(required=True)


class LiabilitySchema(Schema):
    """`loan`: the first account of the same loan, another person's; once said it stays said."""

    liability = word("principal", "joint", "guarantor", required=True)
    loan = identifier()


class LiableSchema(LiabilitySchema, WrittenSchema):
    account = fields.String(required=True)


class MoveSchema(Schema):
    """`time_zone` comes with `residence`, and must where it keeps several times."""

    residence = region()
    time_zone = pattern(shapes.ZONE, "a time zone of the tz database")
    languages = languages()

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "residence" not in data and "languages" not in data:
            raise ValidationError("Give residence or languages.")
        if "time_zone" in data and "residence" not in data:
            raise ValidationError("A time zone comes with its residence.", "time_zone")


class MovedSchema(BorrowerViewSchema, WrittenSchema):
    pass


class AgencyHoldSchema(Schema):
    type = word(*HOLDS, required=True)


class AgencyHeldSchema(AgencyHoldSchema, WrittenSchema):
    hold = fields.String(required=True)
    account = fields.String(required=True)


class ReportSchema(Schema):
    says = word(*SAYS, required=True)


class ReportedSchema(ReportSchema, WrittenSchema):
    report = fields.String(required=True)
    contact = fields.String(required=True)


class ReportQuerySchema(ListQuerySchema):
    state = word("placed", "lifted")


class ReportViewSchema(ReportSchema):
    """`by_role`: who said it. What a contact says in person nobody lifts."""

    report = fields.String(required=True)
    borrower = fields.String(required=True)
    contact = fields.String(required=True)
    by_role = fields.String(required=True)
    state = fields.String(required=True)
    at = fields.String(required=True)
    updated_at = fields.String()


class LiftSchema(NotedActSchema):
    """Lifting needs a reason: `note` stays sealed, and is shown to whom it was about."""

    note = text(LONGEST_NOTE, required=True)


class ReportLiftedSchema(WrittenSchema):
    report = fields.String(required=True)


class OwnHoldSchema(Schema):
    """`account`, `borrower`: where the session is several, or only one debt is meant."""

    type = word(*OWN_HOLDS, required=True)
    borrower = identifier()
    account = identifier()


class OwnHoldViewSchema(Schema):
    """`by_role`: who placed it. `reason`: the officer's words, told to a strong session alone."""

    hold = fields.String(required=True)
    borrower = fields.String(required=True)
    account = fields.String()
    type = fields.String(required=True)
    state = word("placed", "lifted", required=True)
    by_role = fields.String()
    placed_at = fields.String()
    lifted_at = fields.String()
    reason = fields.String()


class OwnHeldSchema(WrittenSchema):
    hold = fields.String(required=True)
    borrower = fields.String(required=True)
    account = fields.String()
    type = fields.String(required=True)


class MyChangeSchema(Schema):
    """What my institution changed: an account assigned (`assignee`, by name where it is registered), a limitation
    moved to a later day (`before`, `after`), for what I am liable, where I am said to live."""

    change = fields.String(required=True)
    borrower = fields.String(required=True)
    institution = fields.String(required=True)
    account = fields.String()
    what = word(*CHANGES, required=True)
    at = fields.String(required=True)
    assignee = fields.String()
    before = fields.String()
    after = fields.String()
    liability = fields.String()
    residence = fields.String()
    time_zone = fields.String()


class CReportSchema(Schema):
    """What I say as a contact. `contact` where several people listed this number."""

    says = word(*OF_A_CONTACT, required=True)
    contact = identifier()


class CReportedSchema(WrittenSchema):
    contact = fields.String(required=True)
    says = fields.String(required=True)


ReportPage = page_schema(ReportViewSchema, "ContactReport")
OwnHoldPage = page_schema(OwnHoldViewSchema, "OwnHold")
MyChangePage = page_schema(MyChangeSchema, "MyChange")
