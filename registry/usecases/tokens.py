"""Tokens `cny_<id>_<43 base64url>`: made once, shown once, known afterwards by their SHA-256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.errors import MalformedError
from registry.model.entries import Actor
from registry.model.ids import new_id

TOKEN = re.compile(r"cny_([0-9a-f]{32})_[A-Za-z0-9_-]{43}\Z", re.ASCII)
SECRET_BYTES = 32

SCOPES: dict[str, tuple[str, ...]] = {
    "agency": ("lookups", "accounts:read", "outcomes", "notices"),
    "lender": ("borrowers", "contacts", "accounts", "placements", "feeds", "holds", "signs", "consents", "notices"),
    "officer": ("providers", "approvals", "agencies", "packs", "holds:lift"),
    "auditor": ("audit:read", "entries:read"),
}


@dataclass(frozen=True, slots=True)
class Client:
    """Who a token speaks for, and what it may."""

    token: str  # the token's id
    actor: Actor
    scopes: frozenset[str]


class Known(Protocol):
    """A token as it is stored. Times are wall-clock milliseconds."""

    @property
    def id(self) -> str: ...
    @property
    def client(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def scopes(self) -> tuple[str, ...]: ...
    @property
    def sha256(self) -> str: ...
    @property
    def expires_at(self) -> int: ...
    @property
    def revoked_at(self) -> int | None: ...


class Tokens(Protocol):
    """Where tokens are kept."""

    def add_token(
        self, id_: str, client: str, role: str, scopes: Sequence[str], *, sha256: str, expires_at: int, at: int
    ) -> None: ...

    def token(self, id_: str) -> Known | None: ...


def issue(
    store: Tokens, random: Callable[[int], bytes], role: str, client: str, *, expires_at: int, at: int,
    scopes: Sequence[str] | None = None,
) -> str:
    """A new token for a party; its text exists only here and now. Raises MalformedError on another role's scope."""
    wanted = SCOPES[role] if scopes is None else tuple(scopes)
    if not set(wanted) <= set(SCOPES[role]):
        raise MalformedError(f"the scopes of this role are {' '.join(SCOPES[role])}")
    id_ = new_id(random)
    secret = base64.urlsafe_b64encode(random(SECRET_BYTES)).decode("ascii").rstrip("=")
    token = f"cny_{id_}_{secret}"
    store.add_token(id_, client, role, wanted, sha256=fingerprint(token), expires_at=expires_at, at=at)
    return token


def fingerprint(token: str) -> str:
    """How a token is kept: SHA-256. It has 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def find(store: Tokens, token: str) -> Known | None:
    """What is stored of a token; None where its form, id or secret is not known."""
    match = TOKEN.match(token)
    known = None if match is None else store.token(match[1])
    if known is None or not hmac.compare_digest(known.sha256, fingerprint(token)):
        return None
    return known


def client_of(known: Known) -> Client:
    """The client that a stored token speaks for."""
    return Client(known.id, Actor(known.role, known.client), frozenset(known.scopes))
