"""Whether an entry agrees with what is already in the log: the lender of the borrower, the agency of the placement,
the consent's giver, the address that was opened for a message. Everything here only refuses.
"""

from __future__ import annotations

from registry.errors import MalformedError
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Draft
from registry.vault.references.alarms import ALARMS
from registry.vault.references.calls import CALLS
from registry.vault.references.codes import CODES
from registry.vault.references.consents import CONSENTS
from registry.vault.references.context import Check, Context
from registry.vault.references.derogations import DEROGATIONS
from registry.vault.references.evidence import attempt
from registry.vault.references.messages import MESSAGES
from registry.vault.references.parties import PARTIES
from registry.vault.references.passkeys import PASSKEYS
from registry.vault.references.people import PEOPLE
from registry.vault.references.persons import ENDED, PERSONS, after_assignment, unless_disowned
from registry.vault.references.portal import PORTAL
from registry.vault.references.providers import PROVIDERS
from registry.vault.references.telling import TELLING

__all__ = ["CHECKS", "CREATED", "Context", "check"]

# Creation entries carry the id of what they create: nobody can create it twice.
CREATED: dict[str, str] = {
    "provider-registered/1": "provider", "party-registered/1": "party", "borrower-registered/1": "borrower",
    "channel-added/1": "channel", "contact-registered/1": "contact", "account-opened/1": "account",
    "placed/1": "placement", "consent-requested/1": "consent", "consent-requested/2": "consent",
    "consent-requested/3": "consent",
    "hold-placed/1": "hold", "complaint-filed/1": "complaint", "passkey-added/1": "passkey",
    "staff-passkey-added/1": "passkey", "sign-in-asked/1": "request", "signed-in/1": "session",
    "notice-requested/1": "notice", "approval-requested/1": "approval", "lookup-decided/1": "lookup",
    "approval-requested/2": "approval", "lookup-decided/2": "lookup",
    "dial-checked/1": "check", "contact-reported/1": "report", "derogation-granted/1": "derogation",
}
CHECKS: dict[str, Check] = {
    **PARTIES, **PEOPLE, **CONSENTS, **MESSAGES, **CODES, **PASSKEYS, **PORTAL, **TELLING,
    **ALARMS, **CALLS, **PERSONS, **DEROGATIONS, **PROVIDERS, **dict.fromkeys(ATTEMPTS, attempt),
}
CHECKS.update({kind: after_assignment(CHECKS.get(kind)) for kind in ENDED})
CHECKS["channel-added/1"] = unless_disowned(CHECKS["channel-added/1"])


def check(draft: Draft, context: Context) -> None:
    """Raises NotFoundError, ConflictError, MalformedError or UnauthorizedError for what does not agree."""
    member = CREATED.get(draft.kind)
    if member is not None and draft.body[member] != draft.id:
        raise MalformedError(f"the entry's id is the {member}'s id", pointer=f"/body/{member}")
    special = CHECKS.get(draft.kind)
    if special is not None:
        special(draft, context)
