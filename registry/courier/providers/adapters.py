"""What the courier can read: one adapter for each `kind` that an officer may register."""

from __future__ import annotations

from collections.abc import Mapping

from registry.courier.providers import (
    aliyun_sms,
    aliyun_vms,
    cdr,
    huawei,
    mailgun,
    neutral,
    sendgrid,
    ses,
    telnyx,
    tencent_sms,
    tencent_voice,
    twilio_sms,
    twilio_voice,
    vonage,
)
from registry.courier.providers.adapter import Adapter, Credential
from registry.courier.providers.event import RefusedEvent
from registry.errors import MalformedError

NEUTRAL = "neutral"

ADAPTERS: Mapping[str, Adapter] = {
    NEUTRAL: neutral.ADAPTER,
    "telnyx": telnyx.ADAPTER,
    "cdr": cdr.ADAPTER,
    "vonage": vonage.ADAPTER,
    "sendgrid": sendgrid.ADAPTER,
    "huawei": huawei.ADAPTER,
    "aliyun-vms": aliyun_vms.ADAPTER,
    "aliyun-sms": aliyun_sms.ADAPTER,
    "tencent-voice": tencent_voice.ADAPTER,
    "tencent-sms": tencent_sms.ADAPTER,
    "ses": ses.ADAPTER,
    "mailgun": mailgun.ADAPTER,
    "twilio-voice": twilio_voice.ADAPTER,
    "twilio-sms": twilio_sms.ADAPTER,
}


def adapter_of(kind: str) -> Adapter:
    """The adapter of a kind. Raises RefusedEvent `adapter-unknown`."""
    adapter = ADAPTERS.get(kind)
    if adapter is None:
        raise RefusedEvent("this courier does not read that kind of provider", code="adapter-unknown")
    return adapter


def read_credential(kind: str, secret: str | None, public_key: str | None) -> Credential:
    """What an officer gave for a provider of that kind: one of the two. Raises MalformedError `secret-malformed`."""
    adapter = adapter_of(kind)
    given, reader, pointer = secret, adapter.secret, "/secret"
    if public_key is not None:
        given, reader, pointer = public_key, adapter.public_key, "/public_key"
    if given is None or reader is None:
        raise MalformedError("this kind of provider signs with the other of secret and public key",
                             code="secret-malformed", pointer=pointer)
    try:
        return reader(given)
    except MalformedError as error:
        raise MalformedError(error.detail, code=error.code, pointer=pointer) from error


def credential_of(kind: str, secret: str | None, public_key: str | None) -> Credential:
    """What a provider account signs with. Raises RefusedEvent: `secret-missing` where none opens its commitment."""
    if secret is None and public_key is None:
        raise RefusedEvent("no secret opens this provider's commitment", code="secret-missing")
    try:
        return read_credential(kind, secret, public_key)
    except MalformedError as error:
        raise RefusedEvent(error.detail, code=error.code) from error
