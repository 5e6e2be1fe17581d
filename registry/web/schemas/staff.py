"""Ratings of agencies, holds, and the passkeys of officers and auditors."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web import shapes
from registry.web.schemas.common import ActSchema, ListQuerySchema, NotedActSchema, WrittenSchema, page_schema
from registry.web.schemas.fields import date, identifier, integer, pattern, text, word
from registry.web.schemas.lender import HoldSchema

RESULTS = ("good", "sufficient", "insufficient")
LONGEST_LICENCE = 80
ENCODED = "base64url without padding"


class EvaluationSchema(NotedActSchema):
    """A rating of an agency's work for a lender, and the licence that was seen."""

    lender = identifier(required=True)
    from_ = date(data_key="from", attribute="from", required=True)
    until = date(required=True)
    score = integer(0, 100, required=True)
    result = word(*RESULTS, required=True)
    licence = text(LONGEST_LICENCE, required=True)
    licence_until = date(required=True)


class EvaluationViewSchema(Schema):
    agency = fields.String(required=True)
    lender = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="from", required=True)
    until = fields.String(required=True)
    score = fields.Integer(required=True)
    result = fields.String(required=True)
    licence = fields.String(required=True)
    licence_until = fields.String(required=True)
    updated_at = fields.String()


class EvaluationWrittenSchema(EvaluationViewSchema, WrittenSchema):
    pass


class HoldQuerySchema(ListQuerySchema):
    state = word("placed", "lifted")


class HoldByOfficerSchema(HoldSchema):
    borrower = identifier(required=True)


class HoldOfAnybodySchema(Schema):
    hold = fields.String(required=True)
    borrower = fields.String(required=True)
    account = fields.String()
    type = fields.String(required=True)
    state = fields.String(required=True)
    updated_at = fields.String(required=True)


class AttestedSchema(Schema):
    clientDataJSON = pattern(shapes.BASE64URL, ENCODED, required=True)
    attestationObject = pattern(shapes.BASE64URL, ENCODED, required=True)
    authenticatorData = pattern(shapes.BASE64URL, ENCODED)
    publicKey = pattern(shapes.BASE64URL, ENCODED)
    publicKeyAlgorithm = fields.Integer()
    transports = fields.List(fields.String())


class AttestationSchema(Schema):
    """A new passkey as the browser gives it: PublicKeyCredential.toJSON() (WebAuthn level 3, 5.1.8)."""

    id = pattern(shapes.BASE64URL, ENCODED, required=True)
    rawId = pattern(shapes.BASE64URL, ENCODED, required=True)
    type = word("public-key", required=True)
    response = fields.Nested(AttestedSchema, required=True)
    authenticatorAttachment = fields.String(allow_none=True)
    clientExtensionResults = fields.Dict()


class StaffPasskeySchema(ActSchema):
    """`party` absent: for the asker."""

    role = word("officer", "auditor", required=True)
    party = identifier()
    attestation = fields.Nested(AttestationSchema, required=True)


class StaffPasskeyViewSchema(Schema):
    passkey = fields.String(required=True)
    role = fields.String(required=True)
    credential = fields.String(required=True)
    rp_id = fields.String(required=True)
    state = fields.String(required=True)
    added_at = fields.String(required=True)
    updated_at = fields.String(required=True)


class StaffPasskeyWrittenSchema(WrittenSchema):
    passkey = fields.String(required=True)
    role = fields.String(required=True)
    party = fields.String(required=True)


class StaffPasskeyRemovedSchema(WrittenSchema):
    passkey = fields.String(required=True)


EvaluationPage = page_schema(EvaluationViewSchema, "Evaluation")
AllHoldsPage = page_schema(HoldOfAnybodySchema, "HoldOfAnybody")
StaffPasskeyPage = page_schema(StaffPasskeyViewSchema, "StaffPasskey")
