"""Every kind of entry that exists. What each says is in docs/entries.md."""

from __future__ import annotations

from registry.model.catalogue.calls import CALLS, DECIDED
from registry.model.catalogue.consents import CONSENTS
from registry.model.catalogue.derogations import DEROGATIONS
from registry.model.catalogue.evidence import ATTEMPTS, EVIDENCE, answered
from registry.model.catalogue.lenders import LENDERS
from registry.model.catalogue.lookups import LOOKUPS
from registry.model.catalogue.parties import REGISTRY
from registry.model.catalogue.persons import PERSONS
from registry.model.catalogue.portal import PORTAL
from registry.model.catalogue.providers import PROVIDERS
from registry.model.catalogue.renewals import RENEWALS
from registry.model.entries import Entry
from registry.model.kinds import registry_of

KINDS = registry_of([
    *REGISTRY, *LENDERS, *CONSENTS, *EVIDENCE, *LOOKUPS, *PORTAL, *PERSONS, *CALLS, *DEROGATIONS, *RENEWALS,
    *PROVIDERS,
])


def histories_of(entry: Entry) -> tuple[str, ...]:
    """Ids (borrowers, accounts, lines) whose history holds this entry.

    A denied lookup belongs to no history, or hostile lookups would make histories grow. An attempt at a borrower to
    which nobody answered is in his alone: it says nothing of whoever else has the line.
    """
    body = entry.body
    if entry.kind in DECIDED:
        # One about the borrower's own channels is on no contact's line.
        members: tuple[str, ...] = ("borrower", "line") if body["verdict"] == "permit" else ()
    elif entry.kind in ATTEMPTS and "borrower" in body and not answered(body):
        members = ("borrower",)
    else:
        members = KINDS[entry.kind].filed_under
    return tuple(body[member] for member in members if member in body)
