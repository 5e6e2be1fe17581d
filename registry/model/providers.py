"""Kinds of provider: how each one's word is secured. The web tier, the vault and the courier read the same table.

Grades (POLICY section 3): A, a private key of the provider's signs the body; B, a shared secret covers the body; C,
the body is not covered, or nothing is signed: it counts only after a confirming pull.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OWNERS = ("registry", "lender", "neutral", "agency")  # of a provider's account
STANDARD_WEBHOOKS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """`secret`, `public_key`: the grade that a provider registered with it has, None where the kind takes none.

    `headers`: the only ones that travel to the courier, in lower case. `pull`: its own record of an attempt can be
    asked for. `longest`: bytes of a callback, at most 256 KiB. `accepted`: the status and the body with which this
    kind learns that a callback arrived. `batch`: it is sent in files of many rows, at an address of their own.
    """

    title: str
    secret: str | None
    public_key: str | None
    headers: tuple[str, ...]
    media: tuple[str, ...]
    pull: bool = False
    longest: int = 64 * 1024
    accepted: tuple[int, str] = (202, "{}")
    batch: bool = False


# What these take for "arrived"; anything else they send again (help.aliyun.com/document_detail/101867.html,
# cloud.tencent.com/document/api/1128/37724).
ALIBABA = (200, '{"code":0,"msg":"OK"}')
TENCENT = (200, '{"result":0,"errmsg":"OK"}')

KINDS: Mapping[str, ProviderKind] = {
    "neutral": ProviderKind(
        "Neutral event", "B", "A", headers=STANDARD_WEBHOOKS,
        media=("voice", "sms", "email", "post", "app")),
    "telnyx": ProviderKind(
        "Telnyx Voice", None, "A", headers=("telnyx-timestamp", "telnyx-signature-ed25519"),
        media=("voice",)),
    "cdr": ProviderKind(
        "Call detail records", "B", "A", headers=STANDARD_WEBHOOKS, media=("voice",), longest=256 * 1024, batch=True),
    "vonage": ProviderKind("Vonage Voice", "B", None, headers=("authorization",), media=("voice",)),
    "sendgrid": ProviderKind(
        "SendGrid Event Webhook", None, "A",
        headers=("x-twilio-email-event-webhook-timestamp", "x-twilio-email-event-webhook-signature"),
        media=("email",), longest=256 * 1024),
    "huawei": ProviderKind(
        "Huawei VoiceCall", "C", None, headers=("x-aksk",), media=("voice",), accepted=(200, "{}")),
    "aliyun-vms": ProviderKind(
        "Alibaba Cloud VMS", "C", None, headers=(), media=("voice",), pull=True, accepted=ALIBABA),
    "aliyun-sms": ProviderKind(
        "Alibaba Cloud SMS", "C", None, headers=(), media=("sms",), pull=True, accepted=ALIBABA),
    "tencent-voice": ProviderKind(
        "Tencent Cloud voice messages", "C", None, headers=(), media=("voice",), accepted=TENCENT),
    "tencent-sms": ProviderKind(
        "Tencent Cloud SMS", "C", None, headers=(), media=("sms",), pull=True, accepted=TENCENT),
    "ses": ProviderKind("Amazon SES through SNS", None, "A", headers=(), media=("email",)),
    "twilio-voice": ProviderKind("Twilio Voice", "B", None, headers=("x-twilio-signature",), media=("voice",)),
    "twilio-sms": ProviderKind("Twilio Messaging", "B", None, headers=("x-twilio-signature",), media=("sms",)),
    "mailgun": ProviderKind("Mailgun", "C", None, headers=(), media=("email",), pull=True),
}


def grade_of(kind: str, *, public_key: bool) -> str | None:
    """The grade of a provider of that kind, registered with its public key or with a secret; None: not like this."""
    known = KINDS.get(kind)
    if known is None:
        return None
    return known.public_key if public_key else known.secret


def longest_of(kind: str) -> int:
    """How many bytes a callback of that kind has at most."""
    known = KINDS.get(kind)
    return 64 * 1024 if known is None else known.longest


def accepted_of(kind: str) -> tuple[int, str]:
    """The status and the JSON object with which a callback of that kind is answered."""
    known = KINDS.get(kind)
    return (202, "{}") if known is None else known.accepted
