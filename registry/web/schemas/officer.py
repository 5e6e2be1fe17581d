"""What officers send and read."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from registry.model.providers import KINDS, OWNERS
from registry.web import shapes
from registry.web.schemas.common import ActSchema, ListQuerySchema, NotedActSchema, WrittenSchema, page_schema
from registry.web.schemas.fields import identifier, integer, pattern, text, time, word

MOST_SEQ = 2**53 - 1


class ApprovalQuerySchema(ListQuerySchema):
    state = word("open", "approved", "refused", "used", "over")


class ApprovalSchema(NotedActSchema):
    approval = identifier(required=True)
    verdict = word("approve", "refuse", required=True)


class ProviderSchema(ActSchema):
    name = pattern(shapes.WORD, "a lower-case word, parts joined by dashes", required=True)
    kind = word(*KINDS, required=True)
    owner = word(*OWNERS, required=True)
    owner_party = identifier()
    secret = pattern(shapes.SECRET, "a secret of visible ASCII characters; of some kinds a JSON object")
    public_key = pattern(shapes.BASE64URL, "a public key as base64url, no padding; Ed25519: 43 characters")

    @validates_schema
    def _secret_or_key(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("secret" in data) == ("public_key" in data):
            raise ValidationError("Give secret or public_key, one of them.")
        kind = KINDS[data["kind"]] if data.get("kind") in KINDS else KINDS["neutral"]
        if kind.secret is None and "public_key" not in data:
            raise ValidationError(f"{kind.title} signs with a private key: give its public_key.", "public_key")
        if kind.public_key is None and "secret" not in data:
            raise ValidationError(f"{kind.title} has no public key to give: give its secret.", "secret")


class GapSchema(ActSchema):
    from_seq = integer(1, MOST_SEQ, required=True)
    through_seq = integer(1, MOST_SEQ, required=True)


class AgencySchema(ActSchema):
    agency = identifier(required=True)
    lender = identifier(required=True)
    role = word("entrusted", "independent", required=True)
    until = time(required=True)


class PackSchema(ActSchema):
    name = pattern(shapes.WORD, "a lower-case word", required=True)
    version = pattern(shapes.PACK_VERSION, "a version of 1 to 6 digits", required=True)
    text = text(40_000, required=True)
    effective_from = time(required=True)


class RequestSchema(Schema):
    """A request for approval."""

    approval = fields.String(required=True)
    lookup = fields.String(required=True)
    client = fields.String(required=True)
    account = fields.String(required=True)
    borrower = fields.String(required=True)
    contact = fields.String()
    about = word("contact", "visit", required=True)
    purpose = fields.String(required=True)
    mode = fields.String(required=True)
    state = fields.String(required=True)
    requested_at = fields.String()
    settled_at = fields.String()
    officer = fields.String()
    updated_at = fields.String(required=True)
    facts = fields.Dict()


class ApprovalViewSchema(RequestSchema):
    """Open requests carry `facts` and the draft of approving, with `request`: what is asked for, as the log says."""

    entry = fields.Dict()
    to_sign = fields.String()
    challenge = fields.String()
    expires_at = fields.String()
    request = fields.Dict()


class ApprovalWrittenSchema(WrittenSchema):
    approval = fields.String(required=True)
    verdict = fields.String(required=True)


class ProviderWrittenSchema(WrittenSchema):
    provider = fields.String(required=True)
    name = fields.String(required=True)
    grade = fields.String(required=True)


class SuspensionViewSchema(Schema):
    """By the log's clock: when an officer's act was logged, from when on the provider is not believed, and until
    when."""

    at = fields.String(required=True)
    since = fields.String(required=True)
    until = fields.String()


class ProviderViewSchema(Schema):
    """`suspension`: the last one; without `until` while the provider is suspended."""

    provider = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    grade = fields.String(required=True)
    owner = fields.String(required=True)
    owner_party = fields.String()
    state = word("active", "suspended", required=True)
    suspension = fields.Nested(SuspensionViewSchema)
    updated_at = fields.String(required=True)


class RefusedSchema(Schema):
    webhook_id = fields.String(required=True)
    why = fields.String(required=True)
    rows = fields.List(fields.Integer())  # of several told at once, those that are meant, from 1
    member = fields.String()  # of an event-malformed: the place in it, down to the last name that we know


class SeqRangeSchema(Schema):
    from_seq = fields.Integer(required=True)
    through_seq = fields.Integer(required=True)


class ProviderStatusSchema(ProviderViewSchema):
    next_seq = fields.Integer(required=True)
    gaps = fields.List(fields.Nested(SeqRangeSchema), required=True)
    waiting = fields.Integer(required=True)
    refused = fields.List(fields.Nested(RefusedSchema), required=True)
    undeliverable = fields.Integer()  # of the carrier of our SMS: messages given up


class GapWrittenSchema(WrittenSchema):
    name = fields.String(required=True)
    from_seq = fields.Integer(required=True)
    through_seq = fields.Integer(required=True)


class AgencyViewSchema(Schema):
    agency = fields.String(required=True)
    lender = fields.String(required=True)
    role = fields.String(required=True)
    until = fields.String(required=True)
    updated_at = fields.String()


class AgencyWrittenSchema(AgencyViewSchema, WrittenSchema):
    pass


class PackViewSchema(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)
    sha256 = fields.String(required=True)
    effective_from = fields.String(required=True)
    updated_at = fields.String()


class PackWrittenSchema(PackViewSchema, WrittenSchema):
    pass


class PartyViewSchema(Schema):
    party = fields.String(required=True)
    role = fields.String(required=True)
    name = fields.String(required=True)
    regulator = fields.String()
    state = fields.String(required=True)
    updated_at = fields.String(required=True)


class PartyWrittenSchema(WrittenSchema):
    party = fields.String(required=True)


class HoldLiftedSchema(WrittenSchema):
    hold = fields.String(required=True)


class ReleasesSchema(WrittenSchema):
    releases = word("stopped", "resumed", required=True)


ApprovalPage = page_schema(ApprovalViewSchema, "Approval")
ProviderPage = page_schema(ProviderViewSchema, "Provider")
AgencyPage = page_schema(AgencyViewSchema, "Agency")
PackPage = page_schema(PackViewSchema, "Pack")
PartyPage = page_schema(PartyViewSchema, "Party")
