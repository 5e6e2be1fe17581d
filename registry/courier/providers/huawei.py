"""Huawei VoiceCall: the call states of a voice notification; a digest over address, nonce and time only (grade C).

Source: support.huaweicloud.com/api-VoiceCall/rtc_05_0014.html (call state notification of voice notifications). The
body is covered by nothing, and no API to ask for a call again is documented: what restricts is logged at once, and
nothing else ever counts.

`Created` is Chinese time (+08:00) written with a trailing Z. The times in a body name no zone; Huawei's own samples
have them in UTC, other pages in Chinese time. The two readings are 8 hours apart, and a state is pushed at once: the
one that lies in the seven hours before the push is meant.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from registry.courier.providers import credentials
from registry.courier.providers.adapter import Adapter
from registry.courier.providers.event import Callback, Event, RefusedEvent, Signed
from registry.courier.providers.members import (
    ADDRESS,
    CHINA,
    IDENT,
    cause_of,
    header,
    local_time,
    made_id,
    member,
    nested,
    word_of,
)
from registry.courier.providers.strict import read_object
from registry.courier.providers.webhooks import MAX_BODY, TOLERANCE
from registry.model.times import HOUR
from registry.policy.outcomes import OutcomeTable

HEADERS = ("x-aksk",)
FINAL = frozenset(("answer", "disconnect"))
LATEST_PUSH = 7 * HOUR

_AKSK = re.compile(
    r'UsernameToken Username="([!#-~]{1,128})", ?PasswordDigest="([A-Za-z0-9+/=]{1,128})", ?'
    r'Nonce="([A-Za-z0-9+/=_-]{1,128})", ?Created="([0-9T:-]{19})Z"\Z', re.ASCII)
_EVENT = re.compile(r"[A-Za-z]{1,64}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class AppSecret:
    """An application's key and secret, as Huawei gives them."""

    app_key: str
    app_secret: bytes = field(repr=False)

    def digest(self, url: str, nonce: str, created: str) -> str:
        """The PasswordDigest of a push: Base64(HMAC-SHA256(appSecret, url LF nonce LF created))."""
        content = f"{url}\n{nonce}\n{created}".encode()
        return base64.b64encode(hmac.digest(self.app_secret, content, hashlib.sha256)).decode("ascii")


def secret(text: str) -> AppSecret:
    """{"app_key", "app_secret"}. Raises MalformedError `secret-malformed`."""
    found = credentials.members(text, ("app_key", "app_secret"))
    return AppSecret(found["app_key"], found["app_secret"].encode())


def verify(credential: AppSecret, callback: Callback, received_at: int) -> Signed:
    """Who sent this, and when, or RefusedEvent. `received_at` is wall-clock milliseconds.

    1. X-AKSK is there in its exact grammar. 2. Its digest is ours, over the address that was posted to. 3. `Created`,
    read as Chinese time, is within 300 s of our clock. The id is made of nonce and time: used again for another body,
    it is refused.
    """
    # 1
    found = _AKSK.match(header(callback, "x-aksk"))
    if found is None:
        raise RefusedEvent("X-AKSK is missing or ill-formed", code="headers-malformed")
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    # 2
    app_key, given, nonce, created = found.groups()
    wanted = credential.digest(callback.url, nonce, created + "Z")
    known = hmac.compare_digest(app_key, credential.app_key)
    if not hmac.compare_digest(given, wanted) or not known:
        raise RefusedEvent("the PasswordDigest does not verify", code="signature-invalid")
    # 3
    at = local_time({"Created": created.replace("T", " ")}, "Created", CHINA)
    if abs(at - received_at) > TOLERANCE:
        raise RefusedEvent("Created is more than 300 s from our clock", code="timestamp-outside")
    return Signed(made_id(nonce.encode(), created.encode()), at, callback.body)


def read(callback: Callback, table: OutcomeTable, signed: Signed) -> Sequence[Event]:
    """What a state says of a call. Raises RefusedEvent: `event-type-unused` for one that ends and answers nothing.

    `answer` is told at once. How long it rang is in no one state, so a call that rang out stays unknown.
    """
    data = read_object(callback.body)
    kind = member(data, "eventType", _EVENT)
    if kind not in FINAL:
        raise RefusedEvent("only answer and disconnect are used", code="event-type-unused")
    info = nested(data, "statusInfo")
    at = time_of(info, signed.at)
    word = "answer" if kind == "answer" else f"disconnect/{word_of(info.get('stateCode'))}"
    return [Event(
        attempt=member(info, "sessionId", IDENT), seq=None, account=None, medium="voice", direction="outbound",
        dialled=member(info, "called", ADDRESS), cause=cause_of(table, word), began_at=at, ring_seconds=None,
        ended_at=at,
    )]


def time_of(info: Mapping[str, Any], pushed_at: int) -> int:
    """When a state began, of the two readings of a time without a zone the one that the push can tell of."""
    for at in (local_time(info, "timestamp", CHINA), local_time(info, "timestamp", UTC)):
        if pushed_at - LATEST_PUSH < at <= pushed_at + TOLERANCE:
            return at
    raise RefusedEvent("timestamp lies at no moment that this push can tell of")


ADAPTER = Adapter(verify, read, secret=secret)
