"""What a borrower writes as JSON, and what answers it."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from registry.web import shapes
from registry.web.schemas.common import WrittenSchema
from registry.web.schemas.consents import NoticeShownSchema, ScopeSchema
from registry.web.schemas.fields import Boolean, identifier, jwe, pattern, text, time, word

LONGEST_TEXT = 1000  # as a form it fits the usual limit of a body, whatever its script
LONGEST_ADDRESS = 254
MEDIA = ("voice", "sms", "email")


class WhoseSchema(Schema):
    """`borrower` where the session is several."""

    borrower = identifier()


class MyInvitationSchema(Schema):
    """What the contact will be asked to agree to. `notice`: what the contact is shown before agreeing."""

    scope = fields.Nested(ScopeSchema, required=True)
    notice = fields.Nested(NoticeShownSchema, required=True)
    expires_at = time(required=True)
    account = identifier()


class MyInvitationWrittenSchema(WrittenSchema):
    """The link is for you to forward. Alone it does nothing: the code goes to the contact's own line."""

    consent = fields.String(required=True)
    state = word("pending-code", required=True)
    invitation_url = fields.String(required=True)


class MyTermsSchema(Schema):
    """What I agree to, as in `POST /v1/consents`."""

    giver = word("borrower", required=True)
    borrower = identifier(required=True)
    contact = identifier()
    account = identifier()
    scope = fields.Nested(ScopeSchema, required=True)
    notice = fields.Nested(NoticeShownSchema, required=True)
    method = word("portal", required=True)
    separate = Boolean(required=True, validate=validate.Equal(True, error="Consent is asked for separately: true."))
    given_at = time()
    expires_at = time(required=True)


class MyConsentSchema(MyTermsSchema):
    """By a code to `channel`, a personal line of mine; or by passkey: `terms` and `assertion` alone."""

    giver = word("borrower")
    borrower = identifier()
    scope = fields.Nested(ScopeSchema)
    notice = fields.Nested(NoticeShownSchema)
    method = word("portal")
    separate = Boolean(validate=validate.Equal(True, error="Consent is asked for separately: true."))
    expires_at = time()
    channel = identifier()
    terms = fields.Dict()
    assertion = fields.Dict()

    @validates_schema
    def _one_way(self, data: dict[str, object], **_: object) -> None:
        """Either everything of a consent by code, or of one by passkey."""
        by_passkey = {"terms", "assertion"}
        needed = by_passkey if by_passkey & set(data) else {
            "giver", "borrower", "scope", "notice", "method", "separate", "expires_at", "channel"}
        missing = {name: ["Missing data for required field."] for name in sorted(needed - set(data))}
        surplus = set(data) - by_passkey if needed is by_passkey else set()
        if missing or surplus:
            raise ValidationError(missing | {name: ["Unknown field."] for name in sorted(surplus)})


class MyDraftSchema(Schema):
    """`challenge` is what the passkey signs; send `terms` back unchanged."""

    terms = fields.Dict(required=True)
    challenge = fields.String(required=True)


class MyConsentWrittenSchema(WrittenSchema):
    consent = fields.String(required=True)
    state = word("given", "pending-code", required=True)
    assurance = word("code", "passkey")
    receipt = fields.String()
    withdraw_url = fields.String()


class MyChannelWrittenSchema(WrittenSchema):
    channel = fields.String(required=True)


class NewChannelSchema(Schema):
    medium = word(*MEDIA, required=True)
    value = text(LONGEST_ADDRESS)
    jwe = jwe()

    @validates_schema
    def _one(self, data: dict[str, object], **_: object) -> None:
        if ("value" in data) == ("jwe" in data):
            raise ValidationError("Give either value or jwe.")


class ReachableSchema(WhoseSchema):
    """Either a channel that is there, or a new one. Windows are in the time of my residence: `18:00-20:00`."""

    channel = identifier()
    new_channel = fields.Nested(NewChannelSchema)
    windows = fields.List(pattern(shapes.WINDOW, "a window HH:MM-HH:MM"), required=True,
                          validate=validate.Length(1, 8))
    language = pattern(shapes.LANGUAGE, "a language tag (BCP 47)")

    @validates_schema
    def _one(self, data: dict[str, object], **_: object) -> None:
        if ("channel" in data) == ("new_channel" in data):
            raise ValidationError("Give either channel or new_channel.")


class ReachableWrittenSchema(WrittenSchema):
    borrower = fields.String(required=True)
    channel = fields.String(required=True)
    until = fields.String(required=True)
    windows = fields.List(fields.String(), required=True)
    language = fields.String()


class MyHoldSchema(Schema):
    hold = fields.String(required=True)
    borrower = fields.String(required=True)
    log_index = fields.Integer(required=True)


class MyHoldsSchema(Schema):
    holds = fields.List(fields.Nested(MyHoldSchema), required=True)


class MyComplaintSchema(WhoseSchema):
    """About a lookup (name it), an agency (name it), the lender, or this registry. The text is sealed at once."""

    about = word("lookup", "agency", "lender", "registry", required=True)
    text = text(LONGEST_TEXT, required=True)
    lookup = identifier()
    agency = identifier()

    @validates_schema
    def _named(self, data: dict[str, object], **_: object) -> None:
        for name in ("lookup", "agency"):
            if (data["about"] == name) != (name in data):
                raise ValidationError({name: [f"Give {name} in a complaint about one, and only then."]})


class MyComplaintWrittenSchema(WrittenSchema):
    complaint = fields.String(required=True)
    state = word("open", required=True)
    answer_by = fields.String(required=True)


class PasskeyOfferSchema(Schema):
    challenge = fields.String(required=True)
    rp_id = fields.String(required=True)


class NewPasskeySchema(WhoseSchema):
    """`attestation`: the browser's own object (PublicKeyCredential.toJSON())."""

    attestation = fields.Dict(required=True)
    challenge = pattern(shapes.KEY32, "the challenge as it was given", required=True)


class MyPasskeyWrittenSchema(WrittenSchema):
    passkey = fields.String(required=True)


class MyErasureSchema(WhoseSchema):
    confirm = Boolean(required=True, validate=validate.Equal(True, error="This cannot be undone by you: true."))


class MyErasedSchema(Schema):
    borrower = fields.String(required=True)
    log_index = fields.Integer(required=True)


class MyErasuresSchema(Schema):
    erasures = fields.List(fields.Nested(MyErasedSchema), required=True)


class MyCodeSchema(Schema):
    """Whatever it is, a wrong one is refused like an unknown one."""

    code = fields.String(required=True)
