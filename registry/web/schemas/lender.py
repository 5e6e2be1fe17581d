"""What lenders send and read."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from registry.web import shapes
from registry.web.schemas.common import WrittenSchema, page_schema
from registry.web.schemas.fields import (
    PersonName,
    date,
    identifier,
    integer,
    jwe,
    languages,
    pattern,
    region,
    text,
    time,
    word,
)

MEDIA = ("voice", "sms", "email", "post", "app")
USES = ("personal", "shared", "work")
RELATIONS = ("parent", "spouse", "sibling", "friend", "colleague", "other")
STATES = ("open", "paid", "closed")
HOLDS = ("attorney", "dispute", "insolvency", "moratorium", "vulnerability", "cease", "complaint", "deceased",
         "incapacitated")
SOURCES = ("payment", "login", "inbound", "reply", "reach-late", "portal", "dispute", "lender")
MOST_MINOR = 2**53 - 1


def _one_of(data: dict[str, Any], plain: str) -> None:
    if (plain in data) == ("jwe" in data):
        raise ValidationError(f"Give {plain} or jwe, one of them.")


class NameSchema(Schema):
    """A name in clear, or as `jwe` alone: the same object (of a contact also one string) as JSON, to the vault."""

    given = text(40)
    family = text(40)
    jwe = jwe()

    @validates_schema
    def _clear_or_jwe(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "jwe" not in data and "given" not in data:
            raise ValidationError({"given": ["Missing data for required field."]})
        if "jwe" in data and len(data) > 1:
            raise ValidationError("Give the name in clear or as jwe, one of them.")


class ChannelSchema(Schema):
    """An address, in plain text or as a JWE to the vault's `enc` key, so that this tier never sees it."""

    medium = word(*MEDIA, required=True)
    value = text(500)
    jwe = jwe()
    use = word(*USES, required=True)

    @validates_schema
    def _value_or_jwe(self, data: dict[str, Any], **kwargs: Any) -> None:
        _one_of(data, "value")


class BorrowerSchema(Schema):
    ref = pattern(shapes.REF, "a ref of 1 to 128 characters", required=True)
    name = fields.Nested(NameSchema, required=True)
    residence = region(required=True)
    time_zone = pattern(shapes.ZONE, "a time zone of the tz database")
    languages = languages(required=True)
    channels = fields.List(fields.Nested(ChannelSchema), required=True, validate=validate.Length(0, 10))


class ContactSchema(Schema):
    ref = pattern(shapes.REF, "a ref of 1 to 128 characters", required=True)
    name = PersonName(NameSchema, 40, required=True)
    relation = word(*RELATIONS, required=True)
    number = text(500)
    jwe = jwe()
    languages = languages(required=True)
    residence = region()
    rank = integer(1, 5, required=True)

    @validates_schema
    def _number_or_jwe(self, data: dict[str, Any], **kwargs: Any) -> None:
        _one_of(data, "number")


class AccountSchema(Schema):
    ref = pattern(shapes.REF, "a ref of 1 to 128 characters", required=True)
    borrower = identifier(required=True)
    liability = word("principal", "joint", "guarantor", required=True)
    due_since = date(required=True)
    balance_minor = integer(0, MOST_MINOR, required=True)
    currency = pattern(shapes.CURRENCY, "a currency (ISO 4217)", required=True)
    limitation_until = date(required=True)
    state = word(*STATES, required=True)
    as_of = date(required=True)


class AccountChangeSchema(Schema):
    due_since = date()
    balance_minor = integer(0, MOST_MINOR)
    limitation_until = date()
    state = word(*STATES)
    as_of = date()

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one member to change.")


class PlacementSchema(Schema):
    agency = identifier(required=True)
    from_ = date(data_key="from", attribute="from", required=True)
    until = date(required=True)


class FeedSchema(Schema):
    complete_through = time(required=True)


class SignOfLifeSchema(Schema):
    source = word(*SOURCES, load_default="lender")
    channel = identifier()


class HoldSchema(Schema):
    type = word(*HOLDS, required=True)
    account = identifier()


class ChannelViewSchema(Schema):
    channel = fields.String(required=True)
    medium = fields.String(required=True)
    use = fields.String(required=True)
    state = fields.String()
    updated_at = fields.String()


class ChannelWrittenSchema(ChannelViewSchema, WrittenSchema):
    pass


class ChannelEndedSchema(WrittenSchema):
    channel = fields.String(required=True)


class BorrowerWrittenSchema(WrittenSchema):
    borrower = fields.String(required=True)
    ref = fields.String(required=True)
    channels = fields.List(fields.Nested(ChannelViewSchema), required=True)


class BorrowerViewSchema(Schema):
    """No name and no address: this tier can open neither."""

    borrower = fields.String(required=True)
    ref = fields.String()
    residence = fields.String(required=True)
    time_zone = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    state = fields.String(required=True)
    channels = fields.List(fields.Nested(ChannelViewSchema), required=True)
    updated_at = fields.String(required=True)


class SubjectWrittenSchema(WrittenSchema):
    borrower = fields.String()
    contact = fields.String()


class ContactWrittenSchema(WrittenSchema):
    contact = fields.String(required=True)
    ref = fields.String(required=True)
    state = fields.String(required=True)


class ContactViewSchema(Schema):
    contact = fields.String(required=True)
    ref = fields.String()
    borrower = fields.String(required=True)
    relation = fields.String(required=True)
    rank = fields.Integer(required=True)
    languages = fields.List(fields.String(), required=True)
    residence = fields.String()
    state = word("usable", "pending", "not-usable", required=True)
    updated_at = fields.String(required=True)


class AccountViewSchema(AccountSchema):
    """`state` is assigned once the account became another creditor's."""

    ref = fields.String()
    state = word(*STATES, "assigned", required=True)
    account = fields.String(required=True)
    updated_at = fields.String(required=True)


class AccountWrittenSchema(AccountViewSchema, WrittenSchema):
    pass


class PlacementViewSchema(PlacementSchema):
    placement = fields.String(required=True)
    account = fields.String(required=True)
    state = fields.String()
    updated_at = fields.String()


class PlacementWrittenSchema(PlacementViewSchema, WrittenSchema):
    pass


class PlacementEndedSchema(WrittenSchema):
    placement = fields.String(required=True)
    account = fields.String(required=True)


class FeedWrittenSchema(FeedSchema, WrittenSchema):
    feed = fields.String(required=True)


class HoldViewSchema(HoldSchema):
    hold = fields.String(required=True)
    borrower = fields.String(required=True)
    state = fields.String()
    updated_at = fields.String()


class HoldWrittenSchema(HoldViewSchema, WrittenSchema):
    pass


BorrowerPage = page_schema(BorrowerViewSchema, "Borrower")
ChannelPage = page_schema(ChannelViewSchema, "Channel")
ContactPage = page_schema(ContactViewSchema, "Contact")
AccountPage = page_schema(AccountViewSchema, "Account")
PlacementPage = page_schema(PlacementViewSchema, "Placement")
HoldPage = page_schema(HoldViewSchema, "Hold")
