"""Tencent Cloud voice messages: status and failure callbacks, unsigned (grade C), and no API to ask for a call again.

Sources: cloud.tencent.com/document/api/1128/37724 and /37725 (status), /37727 (why it failed). So what restricts is
logged at once, and nothing else ever counts. Times are Unix seconds in texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.courier.providers import credentials, url_token
from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    IDENT,
    cause_of,
    member,
    nested,
    rang_for,
    unix_seconds,
    word_of,
)
from registry.courier.providers.strict import read_object
from registry.policy.outcomes import OutcomeTable

STATUS = ("voicecode_callback", "voiceprompt_callback")
FAILURE = "voice_failure_callback"
# 呼叫异常: why follows in a callback of its own, and of one call the first that is told stands.
UNEXPLAINED = "2"

_CODE = re.compile(r"[0-9]{1,4}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,15}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class AddressToken:
    """The token in the address of our callbacks."""

    token: str = field(repr=False)


def secret(text: str) -> AddressToken:
    """{"token"}. Raises MalformedError `secret-malformed`."""
    return AddressToken(url_token.token_of(credentials.members(text, ("token",))["token"]))


def verify(credential: AddressToken, callback: Callback, received_at: int) -> Signed:
    """That this came to the address with the account's token, or RefusedEvent."""
    return url_token.verify(credential.token, callback, received_at)


def read(callback: Callback, table: OutcomeTable, signed: Signed) -> Sequence[Event]:
    """What became of a call. Raises RefusedEvent: `event-type-unused` for keys that were pressed, and for a call that
    failed without a reason."""
    data = read_object(callback.body)
    kind = next((name for name in (*STATUS, FAILURE) if name in data), "")
    if not kind:
        raise RefusedEvent("only status and failure of calls are used", code="event-type-unused")
    told = nested(data, kind)
    return [_failed(told, table, signed) if kind == FAILURE else _ended(told, table)]


def _ended(told: Mapping[str, Any], table: OutcomeTable) -> Event:
    result = member(told, "result", _CODE)
    if result == UNEXPLAINED:
        raise RefusedEvent("why a call failed is told by the failure callback", code="event-type-unused")
    began_at, ended_at = unix_seconds(told, "start_calltime"), unix_seconds(told, "end_calltime")
    if began_at > ended_at:
        raise RefusedEvent("start_calltime lies after end_calltime")
    word = f"result/{result}"
    return Event(
        attempt=member(told, "callid", IDENT), seq=None, account=None, medium="voice", direction="outbound",
        dialled=called(told), cause=cause_of(table, word), began_at=began_at,
        ring_seconds=rang_for(table, word, began_at, ended_at), ended_at=ended_at,
    )


def _failed(told: Mapping[str, Any], table: OutcomeTable, signed: Signed) -> Event:
    # It tells no time at all: when it came is the nearest to it.
    return Event(
        attempt=member(told, "callid", IDENT), seq=None, account=None, medium="voice", direction="outbound",
        dialled=called(told), cause=cause_of(table, f"failure/{word_of(told.get('failure_code'))}"),
        began_at=signed.at, ring_seconds=None, ended_at=None,
    )


def called(told: Mapping[str, Any]) -> str:
    """The number in E.164: country code and number stand apart, without a plus."""
    return f"+{member(told, 'nationcode', _DIGITS)}{member(told, 'mobile', _DIGITS)}"


ADAPTER = Adapter(verify, read, secret=secret)
