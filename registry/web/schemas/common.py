"""What all audiences share: problems, pages, writes, signatures."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from registry.usecases.paging import MOST, USUAL
from registry.web import shapes
from registry.web.schemas.fields import Count, identifier, pattern, text, time, word

BY_PASSKEY = ("passkey", "client_data", "authenticator_data")


class ProblemErrorSchema(Schema):
    pointer = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """RFC 9457; `detail` says what to change and never repeats a value."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Nested(ProblemErrorSchema))


class EmptySchema(Schema):
    """An empty object, or no body at all."""


class WrittenSchema(Schema):
    """Where a write stands in the log, and the proof of it (c2sp tlog-proof)."""

    log_index = fields.Integer(required=True)
    proof = fields.String(required=True)


class ListQuerySchema(Schema):
    """Oldest first. `cursor` is the `next` of the page before."""

    limit = Count(validate=validate.Range(1, MOST), load_default=USUAL)
    cursor = text(64)
    updated_after = time()


class RefQuerySchema(ListQuerySchema):
    ref = pattern(shapes.REF, "a ref of 1 to 128 characters")


class DraftQuerySchema(Schema):
    """`draft=1`: say what there is to sign, do nothing."""

    draft = word("1")


class SignatureSchema(Schema):
    """By an Ed25519 key over `to_sign`, or by a passkey over `challenge` (WebAuthn level 3)."""

    officer = identifier(required=True)
    alg = word("Ed25519", "webauthn", required=True)
    sig = pattern(shapes.BASE64URL, "base64url without padding", required=True)
    passkey = identifier()
    client_data = pattern(shapes.BASE64URL, "base64url without padding")
    authenticator_data = pattern(shapes.BASE64URL, "base64url without padding")

    @validates_schema
    def _whole(self, data: dict[str, Any], **kwargs: Any) -> None:
        """What a passkey's answer has besides is there for a passkey, and for nothing else."""
        by_passkey = data.get("alg") == "webauthn"
        for name in BY_PASSKEY:
            if by_passkey and name not in data:
                raise ValidationError("Missing data for required field.", name)
            if not by_passkey and name in data:
                raise ValidationError("Unknown field.", name)


class ActSchema(Schema):
    """An officer's act: `auth` is absent with `draft=1`, and needed without."""

    auth = fields.List(fields.Nested(SignatureSchema), validate=validate.Length(1, 4))


class NotedActSchema(ActSchema):
    note = text(500)


class DraftSchema(Schema):
    """What to sign: the unsigned entry, its canonical bytes as base64url, and what a passkey signs in their place.

    `request`: of an approval, what is asked for, as its entry in the log says: what is signed names its id alone.
    """

    entry = fields.Dict(required=True)
    to_sign = fields.String(required=True)
    challenge = fields.String(required=True)
    expires_at = fields.String(required=True)
    request = fields.Dict()


def page_schema(item: type[Schema], name: str) -> type[Schema]:
    """The schema of a page of items."""
    return type(f"{name}PageSchema", (Schema,), {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(required=True, allow_none=True),
    })


class VerdictSchema(Schema):
    """What became of a complaint, once an officer settled it."""

    settled_at = fields.String()
    verdict = fields.String()
    remedy = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    paid_on = fields.String()
