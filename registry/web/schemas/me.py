"""What a borrower reads as JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from registry.web.schemas.common import ListQuerySchema, VerdictSchema, WrittenSchema, page_schema
from registry.web.schemas.consents import NoticeShownSchema, ScopeSchema
from registry.web.schemas.fields import languages, word


class InWordsSchema(Schema):
    zh = fields.String(required=True)
    en = fields.String(required=True)


class ReasonsInWordsSchema(Schema):
    zh = fields.List(fields.String(), required=True)
    en = fields.List(fields.String(), required=True)


class MySessionSchema(Schema):
    role = fields.String(required=True)
    strength = word("code", "link", "passkey", required=True)
    expires_at = fields.String(required=True)


class MyCallbackSchema(Schema):
    channel = fields.String()
    until = fields.String(required=True)
    windows = fields.List(fields.String(), required=True)
    language = fields.String()


class MyselfSchema(Schema):
    """`released`: numbers given out, calls connected and messages passed on; `visited`: addresses given for a visit.
    Both are told to a strong session alone."""

    borrower = fields.String(required=True)
    institution = fields.String(required=True)
    state = word("open", "closed", required=True)
    time_zone = fields.String(required=True)
    languages = languages(required=True)
    callback = fields.Nested(MyCallbackSchema)
    holds = fields.List(fields.String(), required=True)
    released = fields.Integer()
    visited = fields.Integer()


class MyOverviewSchema(Schema):
    session = fields.Nested(MySessionSchema, required=True)
    borrowers = fields.List(fields.Nested(MyselfSchema), required=True)


class MyContactSchema(Schema):
    contact = fields.String(required=True)
    borrower = fields.String(required=True)
    relation = fields.String(required=True)
    rank = fields.Integer(required=True)
    state = word("pending", "usable", "not-usable", required=True)
    last_two = fields.String()


class MyConsentViewSchema(Schema):
    """`in_words`: the consent in one sentence."""

    consent = fields.String(required=True)
    borrower = fields.String(required=True)
    institution = fields.String(required=True)
    contact = fields.String()
    account = fields.String()
    state = fields.String(required=True)
    in_force = fields.Boolean(required=True)
    renews = fields.String()
    assurance = fields.String()
    scope = fields.Nested(ScopeSchema, required=True)
    notice = fields.Nested(NoticeShownSchema, required=True)
    method = fields.String(required=True)
    given_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    in_words = fields.Nested(InWordsSchema, required=True)


class MyReceiptSchema(Schema):
    consent = fields.String(required=True)
    act = word("given", "refused", "withdrawn", required=True)
    receipt = fields.String(required=True)
    log_index = fields.Integer(required=True)


class MyWithdrawnSchema(WrittenSchema):
    consent = fields.String(required=True)
    receipt = fields.String(required=True)


class NoticeTextSchema(Schema):
    """The text as shown, and what a consent keeps of it for each language."""

    id = fields.String(required=True)
    version = fields.String(required=True)
    texts = fields.Nested(InWordsSchema, required=True)
    sha256 = fields.Nested(InWordsSchema, required=True)


class NoticesSchema(Schema):
    borrower = fields.Nested(NoticeTextSchema, required=True)
    contact = fields.Nested(NoticeTextSchema, required=True)


class MyLookupQuerySchema(ListQuerySchema):
    class Meta:
        exclude = ("updated_after",)

    verdict = word("permit", "deny")


class AskedBySchema(Schema):
    party = fields.String(required=True)
    name = fields.String(required=True)


class MyLookupSchema(Schema):
    """`reasons`: codes; all that stand on a contact's side are one, `contact-side`. `in_words`: the same in words."""

    lookup = fields.String(required=True)
    at = fields.String(required=True)
    borrower = fields.String(required=True)
    account = fields.String(required=True)
    asked_by = fields.Nested(AskedBySchema, required=True)
    agent = fields.String(required=True)
    about = fields.String(required=True)
    purpose = fields.String(required=True)
    mode = fields.String(required=True)
    verdict = word("permit", "deny", required=True)
    opening = word("none", "allowed", "refused", required=True)
    message = word("queued", "sent", "delivered", "failed", "withheld")
    reasons = fields.List(fields.String(), required=True)
    in_words = fields.Nested(ReasonsInWordsSchema, required=True)


class MyProvedLookupSchema(MyLookupSchema):
    """`leaf_sha256` is the leaf that `proof` is about; `key` verifies its checkpoint. `entry` is the leaf's own text,
    left out where it names somebody else's line."""

    log_index = fields.Integer(required=True)
    proof = fields.String(required=True)
    key = fields.String(required=True)
    leaf_sha256 = fields.String(required=True)
    entry = fields.String()


class MyChannelSchema(Schema):
    channel = fields.String(required=True)
    borrower = fields.String(required=True)
    medium = fields.String(required=True)
    shown = fields.String()


class MyComplaintViewSchema(VerdictSchema):
    """`answer_by`: the deadline of the packs, while open. What was written stays sealed."""

    complaint = fields.String(required=True)
    borrower = fields.String(required=True)
    about = fields.String(required=True)
    lookup = fields.String()
    agency = fields.String()
    agency_name = fields.String()
    state = word("open", "settled", required=True)
    filed_at = fields.String(required=True)
    answer_by = fields.String()


class MySignInQuerySchema(ListQuerySchema):
    class Meta:
        exclude = ("updated_after",)


class MySignInSchema(Schema):
    borrower = fields.String(required=True)
    strength = word("code", "link", "passkey", required=True)
    at = fields.String(required=True)


class MyPasskeySchema(Schema):
    passkey = fields.String(required=True)
    credential = fields.String(required=True)
    added_at = fields.String(required=True)


class ExportedConsentSchema(MyConsentViewSchema):
    """The last act on it with its receipt, once there is one."""

    last_act = fields.String()
    receipt = fields.String()


class MyExportSchema(MyOverviewSchema):
    """Everything that this registry knows and may tell of me."""

    made_at = fields.String(required=True)
    channels = fields.List(fields.Nested(MyChannelSchema), required=True)
    contacts = fields.List(fields.Nested(MyContactSchema), required=True)
    consents = fields.List(fields.Nested(ExportedConsentSchema), required=True)
    lookups = fields.List(fields.Nested(MyLookupSchema), required=True)
    complaints = fields.List(fields.Nested(MyComplaintViewSchema), required=True)
    sign_ins = fields.List(fields.Nested(MySignInSchema), required=True)
    passkeys = fields.List(fields.Nested(MyPasskeySchema), required=True)


MyContactPage = page_schema(MyContactSchema, "MyContact")
MyConsentPage = page_schema(MyConsentViewSchema, "MyConsent")
MyLookupPage = page_schema(MyLookupSchema, "MyLookup")
MyChannelPage = page_schema(MyChannelSchema, "MyChannel")
MyComplaintPage = page_schema(MyComplaintViewSchema, "MyComplaint")
MySignInPage = page_schema(MySignInSchema, "MySignIn")
MyPasskeyPage = page_schema(MyPasskeySchema, "MyPasskey")
