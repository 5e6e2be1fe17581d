"""What the clouds' modules share: the secret of an account (token, access key, endpoint), and asking for a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from registry.courier.providers import credentials, url_token
from registry.courier.providers.cloud_signing import AccessKey, Signable, acs3, tc3
from registry.courier.providers.event import Callback, RefusedEvent, Signed
from registry.courier.providers.pull import Asking, Reply
from registry.courier.providers.strict import read_object
from registry.errors import UnavailableError

OK = 200


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """The token in the address of our callbacks, and what we ask the provider with. `extra`: its own members."""

    token: str = field(repr=False)
    key: AccessKey
    endpoint: str
    extra: Mapping[str, str]


def account(text: str, key: tuple[str, str], endpoint: str, extra: tuple[str, ...] = ()) -> CloudAccount:
    """{"token", the two members of the access key named in `key`, the `extra` ones, "endpoint"?}.

    Raises MalformedError `secret-malformed`.
    """
    found = credentials.members(text, ("token", *key, *extra), (credentials.ENDPOINT,))
    asked = found.get(credentials.ENDPOINT, endpoint)
    if urlsplit(asked).path:
        raise credentials.malformed("endpoint is a host alone, without a path")
    return CloudAccount(
        url_token.token_of(found["token"]), AccessKey(found[key[0]], found[key[1]]), asked,
        {name: found[name] for name in extra})


def verify(credential: CloudAccount, callback: Callback, received_at: int) -> Signed:
    """That this came to the address with the account's token, or RefusedEvent."""
    return url_token.verify(credential.token, callback, received_at)


def ask_aliyun(
    credential: CloudAccount, action: str, version: str, query: Mapping[str, str], asking: Asking,
) -> dict[str, Any]:
    """The answer of an action of Alibaba Cloud. Raises UnavailableError for anything but a `Code` of `OK`."""
    request = Signable(credential.endpoint, action, version, asking.at, asking.nonce)
    url, headers = acs3(credential.key, request, query)
    answer = answer_of(asking.http.post(url, b"", headers))
    if answer.get("Code") != "OK":
        raise _unanswered()
    return answer


def ask_tencent(
    credential: CloudAccount, service: str, action: tuple[str, str], asked: Mapping[str, Any], asking: Asking,
) -> dict[str, Any]:
    """The `Response` of an action of Tencent Cloud, named with its version. Raises UnavailableError where it is an
    error."""
    body = json.dumps(asked, ensure_ascii=False).encode()
    headers = tc3(credential.key, Signable(credential.endpoint, *action, asking.at), service, body)
    if region := credential.extra.get("region"):
        headers["x-tc-region"] = region
    answer = answer_of(asking.http.post(f"{credential.endpoint}/", body, headers)).get("Response")
    if not isinstance(answer, dict) or "Error" in answer:
        raise _unanswered()
    return answer


def answer_of(reply: Reply) -> dict[str, Any]:
    """The JSON object of a provider's answer. Raises UnavailableError for any status but 200."""
    # A wrong key, a limit, a fault of theirs: none of it says that there is no such record.
    if reply.status != OK:
        raise _unanswered()
    try:
        return read_object(reply.body)
    except RefusedEvent as error:
        raise _unanswered() from error


def _unanswered() -> UnavailableError:
    return UnavailableError("the provider did not answer with its record", code="pull-unavailable")
