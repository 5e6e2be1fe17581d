"""Providers' raw callbacks: encrypted to the courier's key, committed, acknowledged. Nobody here can check them."""

from __future__ import annotations

from collections.abc import Callable

from registry.errors import ConsentryError
from registry.model.ids import new_id
from registry.usecases import providers
from registry.usecases.ports import Ports, Record

MOST_WAITING = 500
COUNTING_OWNERS = frozenset({"registry", "lender", "neutral"})


class TooManyError(ConsentryError):
    """More than may wait; nothing was stored and nothing is promised (HTTP 429)."""

    code = "too-many-waiting"


def receive(ports: Ports, name: str, seal: Callable[[str], str]) -> Record:
    """Commits one callback of a provider → `{}`, or `{counts: false, why}` where it can never count.

    `seal` makes the JWE, by the kind of provider. Raises NotFoundError for an unknown provider, TooManyError.
    """
    provider = providers.named(ports, name)
    counts = provider["owner"] in COUNTING_OWNERS
    stored = ports.store.put_callback(
        new_id(ports.random), name, ports.wall(), seal(provider["adapter"]), counts=counts, most=MOST_WAITING)
    if not stored:
        raise TooManyError("too many reports of this provider are waiting; send it again later")
    return {} if counts else {"counts": False, "why": "owner-agency"}
