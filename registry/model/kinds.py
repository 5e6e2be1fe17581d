"""The registry of entry kinds: what each may say, who must vouch for it, whose history it belongs to.

Kinds only grow: a member is never renamed, removed or given a new meaning; a change is a new version.
`tests/model/kinds.snapshot.json` pins every released kind; this module checks itself at import.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from registry.errors import MalformedError
from registry.model.entries import Draft
from registry.model.shapes import Fields, check_fields


class Authority(Enum):
    """Who must vouch for an entry (DESIGN section 5)."""

    VAULT = "made by the vault itself"
    OFFICER = "an officer's signature"
    COURIER = "the courier's signature"
    LENDER = "the lender's client, by the web tier's word"
    CONSENT = "a code the vault checked, or what the pack accepts"
    WEB = "the web tier, about itself"
    ANYONE = "anyone authenticated: it only tightens"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry. `filed_under` names the body members whose ids' histories hold the entry.

    `directory` kinds are folded into the policy's directory, which every decision sees: parties, providers, packs,
    and what each agency still owes. Of `lookup-decided` the permits alone.
    Kinds with neither are never read by a decision, so hostile traffic cannot make histories grow.
    """

    name: str
    authority: Authority
    fields: Fields
    filed_under: tuple[str, ...] = ()
    restricting: bool = False
    directory: bool = False

    def check(self, draft: Draft) -> None:
        """Raises MalformedError unless the body has exactly this kind's shape."""
        check_fields(self.fields, draft.body)


def registry_of(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """Kinds by name. Raises ValueError on a reused name or a kind filed under a member it has not."""
    known: dict[str, Kind] = {}
    for kind in kinds:
        if kind.name in known:
            raise ValueError(f"the kind {kind.name} is defined twice: a name is never reused")
        if not set(kind.filed_under) <= set(kind.fields):
            raise ValueError(f"{kind.name} is filed under a member that it has not")
        known[kind.name] = kind
    return known


def kind_of(draft: Draft, known: dict[str, Kind]) -> Kind:
    """The kind of a draft, its body checked. Raises MalformedError on an unknown kind or body."""
    kind = known.get(draft.kind)
    if kind is None:
        raise MalformedError("no such kind of entry", code="kind-unknown", pointer="/kind")
    kind.check(draft)
    return kind
