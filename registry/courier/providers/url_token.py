"""Providers that sign nothing: a token in the address that only they were given, and an access key to ask them.

No page of Alibaba Cloud or Tencent Cloud documents a signature of their pushes. The token (`?token=…`) keeps
strangers out and proves nothing: whoever saw the address can forge a push, so this is evidence of grade C.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qsl, urlsplit

from registry.courier.providers.credentials import malformed
from registry.courier.providers.event import Callback, RefusedEvent, Signed
from registry.courier.providers.members import made_id
from registry.courier.providers.webhooks import MAX_BODY

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}\Z", re.ASCII)


def token_of(text: str) -> str:
    """A token worth the name: 32 to 128 characters of base64url. Raises MalformedError."""
    if _TOKEN.match(text) is None:
        raise malformed("token is 32 to 128 characters of base64url: make it with a generator, for this alone")
    return text


def verify(token: str, callback: Callback, received_at: int) -> Signed:
    """That this came to the address with our token, or RefusedEvent. `at` is when it came: nothing else is told.

    The id is a digest of the body: the same push again is the same, whatever anybody sends beside it.
    """
    if len(callback.body) > MAX_BODY:
        raise RefusedEvent("the body is over 64 KiB", code="body-too-long")
    given = [value for name, value in parse_qsl(urlsplit(callback.url).query) if name == "token"]
    if len(given) != 1 or not hmac.compare_digest(given[0].encode(), token.encode()):
        raise RefusedEvent("the address has not the token of this provider", code="signature-invalid")
    return Signed(made_id(callback.body), received_at, callback.body)
