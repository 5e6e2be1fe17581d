"""Checks of consents: who asked, who gave, and that what was given is what was asked for."""

from __future__ import annotations

from registry.errors import MalformedError, UnauthorizedError
from registry.model.catalogue.renewals import RENEWAL, REQUESTED
from registry.model.entries import Actor, Draft
from registry.vault.references.context import Check, Context
from registry.vault.references.people import check_line, of_lender, touching
from registry.vault.relations import is_erased, of_kind, unknown

# Members of a request that are about the asking, not about what is agreed to.
ASKING = ("channel", "renews")


def _requested(draft: Draft, context: Context) -> None:
    """Asked by the borrower himself: his own consent with the channel that its code goes to, or a contact's."""
    body, relations = draft.body, context.relations
    if draft.by != Actor("borrower", body["borrower"]):
        raise unknown()
    own = body["giver"] == "borrower"
    if own != ("channel" in body) or (not own and "contact" not in body):
        raise MalformedError("a borrower's own consent names his channel, a contact's the contact",
                             pointer="/body/channel")
    if relations.borrower(body["borrower"]).body["lender"] != body["lender"]:
        raise unknown()
    if own:
        relations.of_borrower(body["channel"], "channel-added/1", body["borrower"])
    if "contact" in body:
        check_line(draft, context)
    if "account" in body:
        relations.of_borrower(body["account"], "account-opened/1", body["borrower"])


def _renewed(draft: Draft, context: Context) -> None:
    """Asked by the lender, for a consent that this very person gave; a borrower's names the channel of its code."""
    of_lender(draft, context)
    body, relations = draft.body, context.relations
    given = [one for one in relations.history(body["borrower"])
             if one.kind == "consent-given/1" and one.body["consent"] == body["renews"]]
    if not given or any(one.body.get(member) != body.get(member)
                        for one in given for member in ("lender", "giver", "contact", "account")):
        raise unknown()
    if (body["giver"] == "borrower") != ("channel" in body):
        raise MalformedError("a borrower's own consent names his channel, a contact's the contact",
                             pointer="/body/channel")
    if "channel" in body:
        relations.of_borrower(body["channel"], "channel-added/1", body["borrower"])


def _given(draft: Draft, context: Context) -> None:
    body = draft.body
    if body["assurance"] == "code":
        _given_by_code(draft, context)
    elif body["assurance"] == "passkey":
        _given_by_passkey(draft, context)
    elif body["giver"] != "borrower" or draft.id != body["consent"]:
        raise UnauthorizedError("only a borrower's consent is recorded by the lender's word")
    else:
        of_lender(draft, context)


def _given_by_code(draft: Draft, context: Context) -> None:
    """What was asked for, to the letter, by its giver: a contact, or the borrower who asked it of himself."""
    body, requested = draft.body, context.relations.log.find(draft.body["consent"])
    if requested is None or requested.kind not in REQUESTED or any(
        requested.body[member] != body.get(member) for member in requested.body if member not in ASKING
    ):
        raise UnauthorizedError("a consent by code is what was asked for, to the letter")
    own = body["giver"] == "borrower"
    if draft.by != Actor(body["giver"], body[body["giver"]]) or (own and requested.kind == "consent-requested/1"):
        raise UnauthorizedError("a consent by code is given by who got the code")


def _given_by_passkey(draft: Draft, context: Context) -> None:
    """By the borrower, signed by a passkey of his that is in force (`authority` has verified the signature)."""
    body = draft.body
    signed = [item["passkey"] for item in draft.auth if item.get("borrower") == body["borrower"]]
    own = body["giver"] == "borrower" and draft.by == Actor("borrower", body["borrower"])
    if not own or draft.id != body["consent"] or len(signed) != 1 or len(draft.auth) != 1:
        raise UnauthorizedError("a consent by passkey is the borrower's own, signed by his passkey")
    context.relations.of_borrower(signed[0], "passkey-added/1", body["borrower"])
    history = context.relations.history(body["borrower"])
    if signed[0] in of_kind(history, "passkey-removed/1", "passkey") or is_erased(history, body["borrower"]):
        raise UnauthorizedError("this passkey is not in force any more")


def _withdrawn(draft: Draft, context: Context) -> None:
    touching(draft, context)
    body = draft.body
    given = context.relations.entry(body["consent"], *REQUESTED, "consent-given/1")
    if any(given.body.get(member) != body.get(member) for member in ("borrower", "giver", "contact")):
        raise unknown()


def _objected(draft: Draft, context: Context) -> None:
    touching(draft, context)
    check_line(draft, context)


CONSENTS: dict[str, Check] = {
    "consent-requested/1": of_lender, "consent-requested/2": _requested, "consent-given/1": _given,
    "consent-withdrawn/1": _withdrawn, "objected/1": _objected, RENEWAL: _renewed,
}
