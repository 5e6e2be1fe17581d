"""Kinds of provider: how each one's word is secured. The web tier, the vault and the courier read the same table.

Grades (POLICY section 3): A, a private key of the provider's signs the body; B, a shared secret covers the body; C,
the body is not covered, or nothing is signed: it counts only after a confirming pull.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STANDARD_WEBHOOKS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """`secret`, `public_key`: the grade that a provider registered with it has, None where the kind takes none.

    `headers`: the only ones that travel to the courier, in lower case. `pull`: its own record of an attempt can be
    asked for. `longest`: bytes of a callback, at most 256 KiB.
    """

    title: str
    secret: str | None
    public_key: str | None
    headers: tuple[str, ...]
    media: tuple[str, ...]
    pull: bool = False
    longest: int = 64 * 1024


KINDS: Mapping[str, ProviderKind] = {
    "neutral": ProviderKind(
        "Neutral event", "B", "A", headers=STANDARD_WEBHOOKS,
        media=("voice", "sms", "email", "post", "app")),
    "telnyx": ProviderKind(
        "Telnyx Voice", None, "A", headers=("telnyx-timestamp", "telnyx-signature-ed25519"),
        media=("voice",)),
}


def grade_of(kind: str, *, public_key: bool) -> str | None:
    """The grade of a provider of that kind, registered with its public key or with a secret; None: not like this."""
    known = KINDS.get(kind)
    if known is None:
        return None
    return known.public_key if public_key else known.secret


def longest_of(kind: str) -> int:
    """How many bytes a callback of that kind has at most."""
    known = KINDS.get(kind)
    return 64 * 1024 if known is None else known.longest
