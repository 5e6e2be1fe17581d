"""What every provider's callback becomes once it is verified and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import MalformedError


class RefusedEvent(MalformedError):
    """A callback that proves nothing. `code` is what the provider's people see beside the webhook id."""

    code = "event-malformed"


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signature covers beside the body. `at` is the sender's wall clock in milliseconds."""

    webhook_id: str
    at: int


@dataclass(frozen=True, slots=True)
class Event:
    """One attempt as a provider tells it. Times are milliseconds; `cause` has only members a cause may have.

    `attempt` is the provider's own id of the call or message, `dialled` the address at the borrower's end:
    where it went outbound, where it came from inbound.
    """

    attempt: str
    seq: int
    account: str | None
    medium: str
    direction: str
    dialled: str
    cause: Mapping[str, int | str | bool]
    began_at: int
    ring_seconds: int | None
    ended_at: int | None
