"""Kinds about consent, objection and erasure."""

from __future__ import annotations

from registry.model.catalogue.terms import TERMS
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import DIGEST, ID_SHAPE, LANGUAGE, Optional, words

CONSENTS = [
    Kind("contact-informed/1", A.COURIER, {
        "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "opened": ID_SHAPE, "language": LANGUAGE,
    }, ("borrower",)),
    Kind("consent-requested/1", A.LENDER, TERMS, ("borrower",)),
    Kind("consent-given/1", A.CONSENT, {
        **TERMS, "assurance": words("recorded", "code", "passkey"), "evidence_commitment": Optional(DIGEST),
    }, ("borrower",)),
    Kind("consent-withdrawn/1", A.ANYONE, {
        "consent": ID_SHAPE, "giver": words("borrower", "contact"), "borrower": ID_SHAPE,
        "contact": Optional(ID_SHAPE), "act": words("withdrawn", "refused"),
        "through": words("link", "reply", "portal", "lender", "agency"),
    }, ("borrower",), restricting=True),
    Kind("objected/1", A.ANYONE, {
        "line": ID_SHAPE, "contact": ID_SHAPE, "borrower": ID_SHAPE,
        "through": words("link", "reply", "portal", "lender", "agency"),
    }, ("borrower", "line"), restricting=True),
    Kind("code-sent/1", A.COURIER, {
        "consent": ID_SHAPE, "contact": ID_SHAPE, "borrower": ID_SHAPE, "line": ID_SHAPE, "opened": ID_SHAPE,
        "language": LANGUAGE,
    }, ("borrower",)),
    Kind("erasure-requested/1", A.ANYONE, {
        "subject": ID_SHAPE, "role": words("borrower", "contact"), "borrower": ID_SHAPE,
    }, ("borrower",), restricting=True),
    Kind("erasure-cancelled/1", A.OFFICER, {
        "subject": ID_SHAPE, "role": words("borrower", "contact"), "borrower": ID_SHAPE,
    }, ("borrower",)),
    # The subject's data key is destroyed: no sealed value of theirs opens any more, a restored backup's neither.
    Kind("erased/1", A.VAULT, {
        "subject": ID_SHAPE, "role": words("borrower", "contact"), "borrower": ID_SHAPE, "requested": ID_SHAPE,
    }, ("borrower",)),
]
