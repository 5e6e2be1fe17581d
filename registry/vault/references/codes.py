"""Checks of what the courier says about codes: it was asked for, and the vault opened the address for exactly it."""

from __future__ import annotations

from registry.model.catalogue.renewals import RENEW_BORROWER, RENEWAL
from registry.model.catalogue.terms import CONSENT_CODE, SIGN_IN_CODE
from registry.model.entries import Draft
from registry.vault.references.context import Check, Context
from registry.vault.references.messages import check_opened
from registry.vault.relations import unknown

NAMED = ("borrower", "contact", "channel")


def _code_sent(draft: Draft, context: Context) -> None:
    """Of a request to sign in, or of a borrower's own consent; to whom the request names."""
    body = draft.body
    asked = context.relations.entry(body["about"], "sign-in-asked/1", "consent-requested/2", RENEWAL)
    if any(asked.body.get(member) != body.get(member) for member in NAMED):
        raise unknown()
    template = {"sign-in-asked/1": SIGN_IN_CODE, RENEWAL: RENEW_BORROWER}.get(asked.kind, CONSENT_CODE)
    check_opened(draft, context, asked.id, template, body.get("channel"))


CODES: dict[str, Check] = {"code-sent/2": _code_sent}
