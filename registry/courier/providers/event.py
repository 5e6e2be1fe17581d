"""What every provider's callback becomes once it is verified and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.errors import MalformedError


class RefusedEvent(MalformedError):
    """A callback that proves nothing. `code` is what the provider's people see beside the webhook id.

    `webhook_id`: the sender's id, where the signature held and no header carries it.
    """

    code = "event-malformed"

    def __init__(
        self, detail: str, *, code: str | None = None, pointer: str | None = None, webhook_id: str = "",
    ) -> None:
        super().__init__(detail, code=code, pointer=pointer)
        self.webhook_id = webhook_id


@dataclass(frozen=True, slots=True)
class Callback:
    """What a provider posted, byte for byte. Header names are in lower case, and only those its kind names.

    `url` is where it posted to, as it knows the address: with path and query.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(default="", repr=False)
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified message. `at` is the sender's wall clock in milliseconds, ours where it tells none; `told` what must
    be the same whenever the message is sent again under its id. The id is shown: it never says anything personal."""

    webhook_id: str
    at: int
    told: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """One attempt as a provider tells it. Times are milliseconds; `cause` has only members a cause may have.

    `attempt` is the provider's own id of the call or message, `dialled` the address at the borrower's end:
    where it went outbound, where it came from inbound. `seq` None: the provider does not number. `direction` None: it
    does not say; then `dialled` is where it went and `calling` where it came from. `ticket`: of the dial check that
    allowed it, a compact JWS or the check's id, as the dialler gave it: nobody has looked at it yet.
    `rang`: it rang until `ended_at`, since when another event tells (`Ringing`).
    """

    attempt: str
    seq: int | None
    account: str | None
    medium: str
    direction: str | None
    dialled: str
    cause: Mapping[str, int | str | bool]
    began_at: int
    ring_seconds: int | None
    ended_at: int | None
    calling: str | None = None
    ticket: str | None = None
    rang: bool = False


@dataclass(frozen=True, slots=True)
class Ringing:
    """The telephone at the other end began to ring, at the provider's `at` (milliseconds). No attempt by itself."""

    attempt: str
    at: int
