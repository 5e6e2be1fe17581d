"""Providers' raw callbacks: encrypted to the courier's key, committed, acknowledged. Nobody here can check them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from registry.errors import ConflictError, ConsentryError
from registry.model.ids import new_id
from registry.model.providers import KINDS
from registry.usecases import providers
from registry.usecases.ports import Ports, Record

MOST_WAITING = 500
COUNTING_OWNERS = frozenset({"registry", "lender", "neutral"})
OWNER_AGENCY, SUSPENDED = "owner-agency", "provider-suspended"


class TooManyError(ConsentryError):
    """More than may wait; nothing was stored and nothing is promised (HTTP 429)."""

    code = "too-many-waiting"


@dataclass(frozen=True, slots=True)
class Received:
    """What the sender is told: `{}`, or `{counts: false, why}` where it can never count: the account is an agency's
    own, or suspended. `kind`: how it is told."""

    kind: str
    told: Record


def receive(ports: Ports, name: str, seal: Callable[[str], str], *, batch: bool = False) -> Received:
    """Commits one callback of a provider, or a file of many.

    `seal` makes the JWE, by the kind of provider. Raises NotFoundError for an unknown provider, ConflictError where
    the kind is sent to the other address, TooManyError.
    """
    provider = providers.named(ports, name)
    if (provider["adapter"] in KINDS and KINDS[provider["adapter"]].batch) != batch:
        raise ConflictError("files of many calls are posted to …/batch, and only by a provider of kind cdr",
                            code="batch-mismatch")
    why = _why_not(provider)
    stored = ports.store.put_callback(
        new_id(ports.random), name, ports.wall(), seal(provider["adapter"]), counts=why is None, most=MOST_WAITING)
    if not stored:
        raise TooManyError("too many reports of this provider are waiting; send it again later")
    return Received(provider["adapter"], {} if why is None else {"counts": False, "why": why})


def _why_not(provider: Record) -> str | None:
    """Why what this provider says counts for nothing. It is passed on all the same: a sign of life always counts."""
    if provider["owner"] not in COUNTING_OWNERS:
        return OWNER_AGENCY
    return SUSPENDED if providers.is_suspended(provider) else None
