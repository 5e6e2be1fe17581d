"""What a module of this package offers: how one kind of provider signs, what it tells, and how to ask it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from registry.courier.providers.event import Callback, Event, RefusedEvent, Ringing, Signed
from registry.courier.providers.pull import Asking
from registry.policy.outcomes import OutcomeTable

# A kind's own credential: only its own module looks inside.
Credential = Any
Told = Event | Ringing | RefusedEvent


@dataclass(frozen=True, slots=True)
class Adapter:
    """One kind of provider. What an officer gave is read by `secret` or `public_key` (MalformedError
    `secret-malformed`).

    `verify(credential, callback, received_at)`: who sent it and when, before anything in it is used; RefusedEvent.
    `read(callback, table, signed)`: its events, in its order; a RefusedEvent stands for one that cannot be read or is
    of no use, and is raised where the whole callback is.
    `pull(credential, event, asking)`: the provider's own record of the same attempt, read by the same table; None
    while it has none. Raises UnavailableError, and RefusedEvent for a record of another attempt.
    `numbers`: its events carry a sequence number of their own.
    """

    verify: Callable[[Credential, Callback, int], Signed]
    read: Callable[[Callback, OutcomeTable, Signed], Sequence[Told]]
    secret: Callable[[str], Credential] | None = None
    public_key: Callable[[str], Credential] | None = None
    numbers: bool = False
    pull: Callable[[Credential, Event, Asking], Event | None] | None = None
