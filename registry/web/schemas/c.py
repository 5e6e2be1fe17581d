"""What a contact reads and writes as JSON. Nothing of anybody's account, agency or debt is in it."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from registry.web.schemas.common import ListQuerySchema, VerdictSchema, WrittenSchema, page_schema
from registry.web.schemas.consents import NoticeShownSchema
from registry.web.schemas.fields import Boolean, identifier, pattern, text, word
from registry.web.schemas.me import MySessionSchema
from registry.web.schemas.me_writes import LONGEST_ADDRESS, LONGEST_TEXT
from registry.web.schemas.sign_in import LINK

ANSWERS = ("will-relay", "cannot", "gave-channel", "not-me", "never")
ABOUT = ("lookup", "lender", "registry")


class WhoListedSchema(Schema):
    """`given_name` of who listed this number; left out where it is erased, or may not be shown."""

    contact = fields.String(required=True)
    institution = fields.String(required=True)
    given_name = fields.String()


class ListingSchema(WhoListedSchema):
    """`objected`: this number is never used again, for anybody."""

    objected = fields.Boolean(required=True)
    erased = fields.Boolean(required=True)


class CSessionSchema(MySessionSchema):
    strength = word("code", required=True)


class COverviewSchema(Schema):
    session = fields.Nested(CSessionSchema, required=True)
    contacts = fields.List(fields.Nested(ListingSchema), required=True)


class InvitedSchema(Schema):
    """`token`: the end of the forwarded link. `code`: the six digits that came to the contact's own telephone."""

    token = pattern(LINK, "the end of the link, behind its last stroke", required=True)
    code = fields.String(required=True)


class InvitedSessionSchema(CSessionSchema):
    """`consent`: what is asked; it can be agreed to in this session without another code."""

    session = fields.String(required=True)
    role = word("contact", required=True)
    consent = fields.String(required=True)


class TermsInWordsSchema(Schema):
    by = fields.String(required=True)
    purposes = fields.List(fields.String(), required=True)
    ways = fields.List(fields.String(), required=True)
    times = fields.String(required=True)
    hours = fields.String()


class TermsInBothSchema(Schema):
    zh = fields.Nested(TermsInWordsSchema, required=True)
    en = fields.Nested(TermsInWordsSchema, required=True)


class AskedScopeSchema(Schema):
    purposes = fields.List(fields.String(), required=True)
    modes = fields.List(fields.String(), required=True)
    max_uses = fields.Integer(required=True)
    hours = fields.List(fields.String())


class NoticeParagraphsSchema(Schema):
    language = word("zh", "en", required=True)
    paragraphs = fields.List(fields.String(), required=True)


class AskedNoticeSchema(NoticeShownSchema):
    """`text`: exactly what the digest is of; left out where we do not have it, and then nobody can agree here."""

    text = fields.Nested(NoticeParagraphsSchema)


class AskedConsentSchema(WhoListedSchema):
    """Show `in_words` and the whole text of `notice` before anybody agrees. `closed`: an objection or erasure ended
    it; `void`: the agreement is over for another reason than your own."""

    consent = fields.String(required=True)
    state = word("pending-code", "given", "refused", "withdrawn", "expired", "closed", "void", required=True)
    asked_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    scope = fields.Nested(AskedScopeSchema, required=True)
    notice = fields.Nested(AskedNoticeSchema, required=True)
    in_words = fields.Nested(TermsInBothSchema, required=True)
    was_given = fields.Boolean(required=True)
    renews = fields.String()


class AgreementSchema(Schema):
    """`code`: of the message that asked. Not needed in a session that it opened itself."""

    code = fields.String()


class AgreedSchema(WrittenSchema):
    consent = fields.String(required=True)
    state = word("given", required=True)
    receipt = fields.String(required=True)
    withdraw_url = fields.String(required=True)


class EndedSchema(WrittenSchema):
    """`act`: refused where nothing had been agreed to yet."""

    consent = fields.String(required=True)
    act = word("refused", "withdrawn", required=True)
    receipt = fields.String(required=True)


class UseQuerySchema(ListQuerySchema):
    class Meta:
        exclude = ("updated_after",)


class UseSchema(WhoListedSchema):
    """A number that was given out, or a message that went to it. `answer`: what the contact said last."""

    use = fields.String(required=True)
    at = fields.String(required=True)
    mode = word("message", "call", "number", required=True)
    answer = word(*ANSWERS)


class AnswerToUseSchema(Schema):
    """`address`, a number or mailbox where that person can be reached, with gave-channel and only then."""

    answer = word(*ANSWERS, required=True)
    address = text(LONGEST_ADDRESS)

    @validates_schema
    def _whole(self, data: dict[str, object], **_: object) -> None:
        if (data["answer"] == "gave-channel") != ("address" in data):
            raise ValidationError({"address": ["Give address with gave-channel, and only then."]})


class UseAnsweredSchema(WrittenSchema):
    use = fields.String(required=True)
    answer = word(*ANSWERS, required=True)
    act = word("answered", "objected", required=True)
    receipt = fields.String(required=True)


class ObjectionSchema(Schema):
    contact = fields.String(required=True)
    receipt = fields.String(required=True)
    log_index = fields.Integer(required=True)


class ObjectionsSchema(Schema):
    objections = fields.List(fields.Nested(ObjectionSchema), required=True)


class CComplaintSchema(Schema):
    """About a use (name it), the institution, or this registry. `contact` where several people listed the number."""

    about = word(*ABOUT, required=True)
    text = text(LONGEST_TEXT, required=True)
    use = identifier()
    contact = identifier()

    @validates_schema
    def _named(self, data: dict[str, object], **_: object) -> None:
        if (data["about"] == "lookup") != ("use" in data):
            raise ValidationError({"use": ["Give use in a complaint about one, and only then."]})


class CComplaintWrittenSchema(WrittenSchema):
    complaint = fields.String(required=True)
    state = word("open", required=True)
    answer_by = fields.String(required=True)


class CComplaintViewSchema(WhoListedSchema, VerdictSchema):
    """`answer_by`: until when it is to be answered, while open. What was written stays sealed."""

    complaint = fields.String(required=True)
    about = fields.String(required=True)
    use = fields.String()
    state = word("open", "settled", required=True)
    filed_at = fields.String(required=True)
    answer_by = fields.String()


class CErasureSchema(Schema):
    """`contact`: one listing alone; left out, all of this number."""

    confirm = Boolean(required=True, validate=validate.Equal(True, error="This cannot be undone by you: true."))
    contact = identifier()


class CErasedSchema(Schema):
    contact = fields.String(required=True)
    log_index = fields.Integer(required=True)


class CErasuresSchema(Schema):
    erasures = fields.List(fields.Nested(CErasedSchema), required=True)


AskedConsentPage = page_schema(AskedConsentSchema, "AskedConsent")
UsePage = page_schema(UseSchema, "Use")
CComplaintPage = page_schema(CComplaintViewSchema, "CComplaint")
ObjectionPage = page_schema(ObjectionSchema, "Objection")
