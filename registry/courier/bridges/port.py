"""What a bridge does for us, shaped as Alibaba Cloud's AXB: A calls X and reaches B, B calls X and reaches A.

BindAxb takes the two numbers and an expiry, and gives the number X and an id of the subscription;
UnbindSubscription ends it; each call is told by a call record (Alibaba Cloud, Phone Number Protection, API
Dyplsapi 2017-05-25: BindAxb, UnbindSubscription, SecretReport).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

ANYBODY = "*"  # in a demo, whoever is registered may tell of calls
VOICE = "voice"  # the medium of a brokered call among our messages


@dataclass(frozen=True, slots=True)
class Terms:
    """What the vault says of one call. `caller` is A in E.164; `expires_at` log-clock milliseconds."""

    caller: str
    expires_at: int
    max_calls: int


@dataclass(frozen=True, slots=True)
class Binding:
    """One connection asked for. `ident` is ours, the same when it is asked for again; `expires_at` wall-clock
    milliseconds: a bridge that hears nothing more of us ends it then by itself."""

    ident: str
    a: str
    b: str
    expires_at: int
    max_calls: int


class Bridge(Protocol):
    """A bridge. Every method raises UnavailableError when it may be tried again, NoAnswerError (one of these) when it
    is not known whether it was done, MessageRefusedError when it never will be."""

    def bind(self, wanted: Binding) -> str:
        """The number X that A calls. Asked for again under the same id, the same connection."""
        ...

    def find(self, ident: str) -> str | None:
        """X of a connection that stands; None where there is none of that id."""
        ...

    def unbind(self, ident: str) -> None:
        """Ends a connection; one that is over, or never was, is no error."""
        ...


@dataclass(frozen=True, slots=True)
class Bridged:
    """A bridge, and the registered provider whose webhooks tell of its calls (`*` for anybody, in a demo)."""

    bridge: Bridge
    provider: str
