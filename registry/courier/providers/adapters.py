"""What the courier can read: one adapter for each `kind` that an officer may register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from registry.courier.providers import neutral, telnyx, webhooks
from registry.courier.providers.event import Event, Signed
from registry.courier.providers.webhooks import Credential
from registry.policy.outcomes import OutcomeTable

NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a kind of provider signs and what it tells. `numbers`: its events carry a sequence number of their own."""

    verify: Callable[[Credential, Mapping[str, str], bytes, int], Signed]
    read: Callable[[bytes, OutcomeTable], Event]
    numbers: bool


ADAPTERS: Mapping[str, Adapter] = {
    NEUTRAL: Adapter(webhooks.verify, lambda body, _table: neutral.read(body), numbers=True),
    "telnyx": Adapter(telnyx.verify, telnyx.read, numbers=False),
}
