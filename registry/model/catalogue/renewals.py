"""The kind about renewals: a lender asks a person to agree again to what is ending."""

from __future__ import annotations

from registry.model.catalogue.terms import TERMS
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import ID_SHAPE, Optional

RENEWAL = "consent-requested/3"
# Every kind of entry by which somebody is asked to agree.
REQUESTED = ("consent-requested/1", "consent-requested/2", RENEWAL)
# The templates of the messages that ask.
RENEW_CONTACT, RENEW_BORROWER = "contact-renewal", "borrower-renewal"

RENEWALS = [
    # `renews`: the consent that ends, or is spent; `channel`: of a borrower, the one that his code goes to.
    Kind(RENEWAL, A.LENDER, {**TERMS, "renews": ID_SHAPE, "channel": Optional(ID_SHAPE)}, ("borrower", "line")),
]
