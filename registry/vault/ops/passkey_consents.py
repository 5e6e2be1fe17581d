"""A borrower's own consent by passkey: the vault draws up the terms, his passkey signs the very entry that gives it.

So anybody with the log can verify, without us, that he agreed to exactly this.
"""

from __future__ import annotations

from typing import Any

from registry.errors import MalformedError
from registry.jose import b64url
from registry.model.entries import Actor, Draft, act_challenge
from registry.vault.arguments import Args
from registry.vault.desk import Answer, Desk
from registry.vault.ops.consents import given_answer
from registry.vault.passkeys import named, proof_of, refused
from registry.vault.signed_in import HIS_OWN, signed_in, speaks_for
from registry.vault.terms import check_drawn, portal_terms

SIGNED = {"session", "terms", "assertion"}


def draft_consent(desk: Desk, args: Args) -> dict[str, Any]:
    """The terms of a borrower's own consent, and what his passkey is to sign: {terms, challenge}. Nothing is kept.

    Raises NotFoundError, UnauthorizedError, MalformedError.
    """
    by = _borrower(desk, args["session"], args)
    terms = portal_terms(desk, args, desk.relations.lender_of(args["borrower"]), desk.clock.now())
    return {"terms": terms, "challenge": b64url(act_challenge(_given_by(by, terms).to_sign()))}


def give_by_passkey(desk: Desk, args: Args, at: int) -> Answer:
    """The consent whose terms were drafted, signed. The same assertion again is the same entry.

    Raises as `draft_consent`, and UnauthorizedError `passkey-refused`, `signature-invalid`.
    """
    if not set(args) >= SIGNED or set(args) - SIGNED - {"idem"}:
        raise MalformedError("a consent by passkey is session, terms and assertion, nothing else")
    terms = args["terms"]
    by = _borrower(desk, args["session"], terms)
    check_drawn(desk, terms, desk.relations.lender_of(terms["borrower"]), at)
    passkey = named(desk.directory, args["assertion"])
    if passkey is None or (passkey.role, passkey.subject) != ("borrower", by.id):
        raise refused()
    draft = _given_by(by, terms)
    proof = proof_of(passkey, args["assertion"])
    given = desk.write(Draft(draft.id, draft.kind, draft.by, draft.body, (proof,)), at)
    return given_answer(desk, given)


def _borrower(desk: Desk, token: str, said: dict[str, Any]) -> Actor:
    session = signed_in(desk, token, "borrower", *HIS_OWN)
    by = speaks_for(desk, session, said["borrower"])
    if said["giver"] != "borrower":
        raise MalformedError("a contact agrees himself: invite him", pointer="/giver")
    return by


def _given_by(by: Actor, terms: dict[str, Any]) -> Draft:
    """The entry that is signed. Its id is the consent's, so that it can be made once."""
    return Draft(terms["consent"], "consent-given/1", by, {**terms, "assurance": "passkey"})

