"""Consents and what the bearer of a message's link answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from registry.web import shapes
from registry.web.schemas.collector import PURPOSES
from registry.web.schemas.common import ListQuerySchema, WrittenSchema, page_schema
from registry.web.schemas.fields import Boolean, identifier, integer, jwe, pattern, time, word

METHODS = ("portal", "app", "message", "voice", "paper", "branch")
MESSAGE_ANSWERS = ("will-relay", "cannot", "not-me", "never")

class GranteeSchema(Schema):
    party = identifier()
    role = word("lender", "entrusted", "independent", required=True)


class ScopeSchema(Schema):
    purposes = fields.List(word(*PURPOSES), required=True, validate=validate.Length(1, 6))
    modes = fields.List(word("message", "call", "number"), required=True, validate=validate.Length(1, 3))
    data = fields.List(word("phone"), required=True, validate=validate.Length(1, 1))
    grantee = fields.Nested(GranteeSchema, required=True)
    max_uses = integer(1, 100, required=True)
    hours = fields.List(pattern(shapes.HOUR, "an hour HH:MM"), validate=validate.Length(2, 2))


class NoticeShownSchema(Schema):
    """What the giver was shown before giving."""

    id = pattern(shapes.NOTICE_ID, "1 to 64 letters, digits, dots, dashes", required=True)
    version = pattern(shapes.NOTICE_VERSION, "1 to 32 letters, digits, dots, dashes", required=True)
    language = pattern(shapes.LANGUAGE, "a language tag (BCP 47)", required=True)
    sha256 = pattern(shapes.SHA256, "a SHA-256 in lower-case hex", required=True)


class ConsentSchema(Schema):
    giver = word("borrower", "contact", required=True)
    borrower = identifier(required=True)
    contact = identifier()
    account = identifier()
    scope = fields.Nested(ScopeSchema, required=True)
    notice = fields.Nested(NoticeShownSchema, required=True)
    method = word(*METHODS, required=True)
    separate = Boolean(required=True, validate=validate.Equal(True, error="Consent is asked for separately: true."))
    given_at = time(required=True)
    expires_at = time(required=True)
    evidence = jwe()


class RenewalSchema(Schema):
    """What is not said stays as it was; nothing may become wider or last longer. Without `notice`: our own text."""

    scope = fields.Nested(ScopeSchema)
    notice = fields.Nested(NoticeShownSchema)
    expires_at = time()


class RecordQuerySchema(Schema):
    format = word("27560", "kantara", "depa", required=True)


class ConsentRecordSchema(Schema):
    """A consent in another's format: ISO/IEC TS 27560 in DPV's JSON-LD, a Kantara 1.1 receipt, or a DEPA artefact."""

    class Meta:
        unknown = "include"


class ConsentQuerySchema(ListQuerySchema):
    borrower = identifier()
    contact = identifier()
    state = word("pending-code", "given", "withdrawn", "refused", "void")


class ConsentViewSchema(Schema):
    consent = fields.String(required=True)
    giver = fields.String(required=True)
    borrower = fields.String(required=True)
    contact = fields.String()
    account = fields.String()
    state = fields.String(required=True)
    renews = fields.String()
    assurance = fields.String()
    given_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    updated_at = fields.String(required=True)


class CodeSchema(Schema):
    code = fields.String(required=True)


class AnswerSchema(Schema):
    """The last four answer a relayed message; `never` and `object` are the same no, for ever."""

    answer = word("refuse", "withdraw", "object", *MESSAGE_ANSWERS, required=True)


class ConsentWrittenSchema(WrittenSchema):
    consent = fields.String(required=True)
    state = word("given", "pending-code", required=True)
    assurance = word("recorded", "code", "passkey", required=True)
    receipt = fields.String()
    withdraw_url = fields.String(required=True)


class RenewalWrittenSchema(WrittenSchema):
    consent = fields.String(required=True)
    renews = fields.String(required=True)
    state = word("pending-code", required=True)
    assurance = word("code", required=True)
    expires_at = fields.String(required=True)
    withdraw_url = fields.String(required=True)


class WithdrawnSchema(WrittenSchema):
    consent = fields.String(required=True)
    receipt = fields.String(required=True)


class AnsweredSchema(Schema):
    """`answer`: what was said to a relayed message."""

    act = word("refused", "withdrawn", "objected", "answered", required=True)
    answer = word(*MESSAGE_ANSWERS)
    receipt = fields.String(required=True)


ConsentPage = page_schema(ConsentViewSchema, "Consent")
