"""Reading what an officer gave as a provider's secret, where one value is not enough: a JSON object of texts."""

from __future__ import annotations

import re

from registry.courier.providers.event import RefusedEvent
from registry.courier.providers.strict import read_object
from registry.errors import MalformedError

_MEMBER = re.compile(r"[!-~]{1,1024}\Z", re.ASCII)
_ENDPOINT = re.compile(r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*\Z", re.ASCII)
ENDPOINT = "endpoint"


def members(text: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, str]:
    """The members of a secret in JSON: visible ASCII, no others than these. An `endpoint` is an https address.

    Raises MalformedError `secret-malformed`, which names members and never a value.
    """
    wanted = ", ".join(f'"{name}"' for name in required)
    try:
        value = read_object(text.encode("utf-8"))
    except (RefusedEvent, UnicodeEncodeError) as error:
        raise malformed(f"the secret of this kind is a JSON object with {wanted}") from error
    missing = [name for name in required if name not in value]
    if missing:
        raise malformed(f"the secret lacks {', '.join(missing)}: it is a JSON object with {wanted}")
    if unknown := set(value) - {*required, *optional}:
        raise malformed(f"the secret has {len(unknown)} members that this kind does not know")
    for name, one in value.items():
        if not isinstance(one, str) or _MEMBER.match(one) is None:
            raise malformed(f"{name} is a text of 1 to 1024 visible ASCII characters")
        if name == ENDPOINT and _ENDPOINT.match(one) is None:
            raise malformed("endpoint is an address like https://api.example.com, without a query or a last slash")
    return value


def malformed(detail: str) -> MalformedError:
    """The error of a credential that cannot be one."""
    return MalformedError(detail, code="secret-malformed", pointer="/secret")
