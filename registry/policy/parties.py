"""Who takes part: lenders, agencies, officers, providers, as the directory folds them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.policy.sequences import Sequence

Doubts = tuple[tuple[int, int], ...]  # from when, and up to which index, a provider is not believed
FOR_GOOD = sys.maxsize  # an index after every other


@dataclass(slots=True)
class Party:
    """`enc_key`: the P-256 JWK in force at the last fold that changed it; ask `key_at` for a moment.
    `suspended_at`: log time, None when not suspended."""

    id: str
    role: str
    name: str
    enc_key: Mapping[str, Any] | None
    regulator: str | None
    suspended_at: int | None = None
    suspended_index: int = -1
    keys: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)     # effective from, key

    def key_at(self, at: int) -> Mapping[str, Any] | None:
        """The encryption key in force: a change takes effect after 24 h unless two officers signed it."""
        key = None
        for effective, one in self.keys:
            if effective <= at:
                key = one
        return key


@dataclass(slots=True)
class Provider:
    """One provider account. `grade` A, B or C; `owner` registry, lender, neutral or agency.

    `suspended_at`: log time, None when it is not suspended; `suspended_index`: of its last suspension, -1 for none.
    """

    id: str
    name: str
    adapter: str
    grade: str
    owner: str
    owner_party: str | None
    secret_commitment: str | None
    public_key: str | None
    sequence: Sequence = field(default_factory=Sequence)
    suspended_at: int | None = None
    suspended_index: int = -1
    doubts: Doubts = ()

    def suspend(self, index: int, at: int, since: int) -> None:
        """Nothing that is logged from `since` on is believed any more, until it is taken up again."""
        self.suspended_at, self.suspended_index = at, index
        self.doubts += ((min(since, at), FOR_GOOD),)

    def resume(self, index: int) -> None:
        """What it says from here on is believed again; nothing that it said before."""
        self.suspended_at = None
        self.doubts = tuple((since, min(until, index)) for since, until in self.doubts)

    @property
    def can_count(self) -> bool:
        """Whether its events can ever be evidence: not when the agency owns the account."""
        return self.owner != "agency"


@dataclass(frozen=True, slots=True)
class Approval:
    """A lender's approval of an agency. Times in milliseconds."""

    role: str
    given_at: int
    until: int


def disbelieves(doubts: Doubts, at: int, index: int) -> bool:
    """Whether what a provider said in the entry at `index`, logged at `at`, is not believed."""
    return any(since <= at and index < until for since, until in doubts)


def grade_counts(grade: str, owner: str) -> bool:
    """Grade A counts unless the agency owns the account. B (shared secret: its owner can forge it) only from an
    account of the registry or a neutral dialler. C by itself never: see `evidence_of`. (POLICY section 3.)"""
    if grade == "A":
        return owner in ("registry", "lender", "neutral")
    return grade == "B" and owner in ("registry", "neutral")


def evidence_of(grade: str, confirmed: bool) -> str:
    """The grade of what is known of an attempt. C, once the provider's own record said the same, is as good as B: the
    provider told it, to whoever holds the account's key. (POLICY section 3.)"""
    return "B" if grade == "C" and confirmed else grade
