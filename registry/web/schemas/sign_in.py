"""Signing in: codes, links, passkeys, sessions."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, fields

from registry.usecases.sign_in import PEOPLE, STAFF
from registry.web import shapes
from registry.web.schemas.fields import identifier, pattern, text, word

STRENGTHS = ("code", "link", "passkey", "token")
LINK = re.compile(r"[A-Za-z0-9_-]{1,128}\Z", re.ASCII)


def _part(**kwargs: Any) -> fields.String:
    return pattern(shapes.BASE64URL, "base64url without padding", **kwargs)


class AskCodeSchema(Schema):
    """`medium` absent: email for what has an @, else sms."""

    role = word(*PEOPLE, required=True)
    address = text(254, required=True)
    medium = word("sms", "voice", "email")


class AskedSchema(Schema):
    """Whether anybody is reached there is not said."""

    request = identifier(required=True)


class SignInCodeSchema(Schema):
    code = fields.String(required=True)


class SignInLinkSchema(Schema):
    token = pattern(LINK, "the end of the link, behind its last stroke", required=True)


class ChallengeSchema(Schema):
    """What a passkey signs (WebAuthn level 3, 5.5): good once, for five minutes. The user is to be verified."""

    challenge = fields.String(required=True)
    rp_id = fields.String(required=True)


class AssertionResponseSchema(Schema):
    clientDataJSON = _part(required=True)
    authenticatorData = _part(required=True)
    signature = _part(required=True)
    userHandle = _part(allow_none=True)


class AssertionSchema(Schema):
    """What the browser's `PublicKeyCredential.toJSON()` says of a passkey's answer (WebAuthn level 3, 5.1)."""

    id = _part(required=True)
    rawId = _part(required=True)
    type = word("public-key", required=True)
    response = fields.Nested(AssertionResponseSchema, required=True)
    authenticatorAttachment = text(32, allow_none=True)
    clientExtensionResults = fields.Dict()


class PasskeySignInSchema(Schema):
    assertion = fields.Nested(AssertionSchema, required=True)


class SessionSchema(Schema):
    """Who you are to us, and until when."""

    role = word(*PEOPLE, *STAFF, required=True)
    strength = word(*STRENGTHS, required=True)
    expires_at = fields.String(required=True)


class OpenedSchema(SessionSchema):
    """`session` goes into `Authorization: Bearer`, and is told once."""

    session = fields.String(required=True)


class PortalLinkSchema(Schema):
    """A link that lets its borrower in once; `token`: its end, for an app of yours that opens the session itself."""

    url = fields.String(required=True)
    token = fields.String(required=True)
    expires_at = fields.String(required=True)


class ClosedSchema(Schema):
    """Nothing is left to say."""
