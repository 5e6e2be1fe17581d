"""Consents that people give themselves in the portal: by a code to their own channel or line, or by a passkey.

The web tier's word gives none: the vault finds the session, draws up the terms and checks code or assertion.
"""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError, MalformedError, code_refused
from registry.model.catalogue.terms import NOTICE_SHOWN, SCOPE, TERMS
from registry.model.entries import Actor, Entry
from registry.model.shapes import BOOL, ID_SHAPE, Optional, Shape, check_fields, struct, text, words
from registry.model.times import DAY
from registry.vault.arguments import INSTANT, OBJECT, Args
from registry.vault.desk import Answer, Desk
from registry.vault.keys.sessions import Session
from registry.vault.ops.consents import given_answer
from registry.vault.ops.passkey_consents import draft_consent, give_by_passkey
from registry.vault.ops.sign_in import CODE, TOKEN
from registry.vault.ops.table import IDEMPOTENT, Op
from registry.vault.pending import REQUESTED, is_pending
from registry.vault.personal import carries_codes
from registry.vault.references.consents import ASKING
from registry.vault.relations import unknown
from registry.vault.signed_in import signed_in, speaks_for
from registry.vault.terms import portal_terms

ASKED_A_DAY = 10  # with five tries each: who guesses codes gets nowhere


def give_consent(desk: Desk, args: Args, at: int) -> Answer:
    """A borrower's own consent, pending until the code that goes to his `channel`, or given by `terms` and
    `assertion`; or, with `giver` contact, an invitation: pending until the contact's own code, with a token of it.

    Raises NotFoundError, UnauthorizedError, MalformedError, ConflictError `channel-not-personal`, `consents-full`.
    """
    if "terms" in args or "assertion" in args:
        return give_by_passkey(desk, args, at)
    check_fields(WHAT, {name: one for name, one in args.items() if name in WHAT})
    session = signed_in(desk, args["session"], "borrower")
    by = speaks_for(desk, session, args["borrower"])
    _check_rate(desk, by, at)
    terms = portal_terms(desk, args, desk.relations.lender_of(args["borrower"]), at)
    if args["giver"] == "contact":
        return _invited(desk, args, terms, by, at)
    return _by_code(desk, args, terms, by, at)


def agree(desk: Desk, args: Args, at: int) -> Answer:
    """A contact's consent, in a session that this very consent's code opened, or with that code.

    Raises NotFoundError for a consent that is not this contact's; MalformedError `code-refused`.
    """
    session = signed_in(desk, args["session"], "contact", "code")
    ident = args["consent"]
    if "code" in args:
        desk.keys.check_code(ident, args["code"], at)
    requested = _of_contact(desk, ident, session)
    if "code" not in args and session.consent != ident:
        raise MalformedError("enter the code from the message that asks for this consent", pointer="/code",
                             code="code-refused")
    if not is_pending(desk, requested, at):
        raise code_refused()
    body = {name: one for name, one in requested.body.items() if name not in ASKING}
    by = Actor("contact", requested.body["contact"])
    given = desk.make("consent-given/1", {**body, "assurance": "code"}, at, by)
    return given_answer(desk, given)


def invitation(desk: Desk, args: Args) -> dict[str, Any]:
    """The consent that a forwarded invitation asks for: {consent}. Raises NotFoundError. Opens nothing by itself."""
    purpose = desk.keys.find_token(args["token"], desk.clock.now())
    if purpose is None or "invitation" not in purpose:
        raise unknown()
    return {"consent": purpose["invitation"]}


def _by_code(desk: Desk, args: Args, terms: dict[str, Any], by: Actor, at: int) -> Answer:
    if "channel" not in args:
        raise MalformedError("/channel is needed: to which of your channels the code goes", pointer="/channel")
    if not carries_codes(desk.relations.history(terms["borrower"]), args["channel"], at):
        raise ConflictError("a code goes to a personal channel of yours, registered at least 7 days ago",
                            code="channel-not-personal")
    requested = desk.make("consent-requested/2", {**terms, "channel": args["channel"]}, at, by, terms["consent"])
    return desk.answer([requested], consent=requested.id, state="pending-code", assurance="code")


def _invited(desk: Desk, args: Args, terms: dict[str, Any], by: Actor, at: int) -> Answer:
    """Answers the same whoever the contact is and whatever he has said: an objection shows in decisions alone."""
    if "channel" in args:
        raise MalformedError("/channel is the borrower's; a contact's code goes to the contact's line",
                             pointer="/channel")
    requested = desk.make("consent-requested/2", terms, at, by, terms["consent"])
    token = desk.keys.make_token({"invitation": requested.id}, at)
    return desk.answer([requested], consent=requested.id, state="pending-code", assurance="code", invitation=token)


def _of_contact(desk: Desk, ident: str, session: Session) -> Entry:
    requested = desk.relations.entry(ident, *REQUESTED)
    if requested.body["giver"] != "contact" or requested.body["contact"] not in session.subjects:
        raise unknown()
    return requested


def _check_rate(desk: Desk, by: Actor, at: int) -> None:
    assert by.id is not None
    today = [one for one in desk.relations.history(by.id)
             if one.kind == "consent-requested/2" and at - one.at < DAY]
    if len(today) >= ASKED_A_DAY:
        raise ConflictError("you have asked for as many consents as a day takes: it goes on tomorrow",
                            code="consents-full")


GIVER, METHOD = words("borrower", "contact"), words("portal")
WHAT: dict[str, Shape] = {
    "giver": GIVER, "borrower": ID_SHAPE, "scope": SCOPE, "notice": NOTICE_SHOWN, "method": METHOD,
    "separate": BOOL, "expires_at": INSTANT,
}
MAYBE = {"contact": Optional(ID_SHAPE), "account": Optional(ID_SHAPE), "given_at": Optional(INSTANT)}
PERSON_CONSENTS = {
    "draft-consent": Op({"session": TOKEN, **WHAT, **MAYBE}, read=draft_consent),
    "give-consent": Op({
        "session": TOKEN, **{name: Optional(shape) for name, shape in WHAT.items()}, **MAYBE,
        "channel": Optional(ID_SHAPE), "terms": Optional(struct(TERMS)), "assertion": Optional(OBJECT), **IDEMPOTENT,
    }, write=give_consent),
    "agree": Op({"session": TOKEN, "consent": ID_SHAPE, "code": Optional(CODE), **IDEMPOTENT}, write=agree),
    "invitation": Op({"token": text(r"(?s:.{1,64})", "token")}, read=invitation),
}
