"""Checks of entries about borrowers, contacts, accounts, holds and approvals."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError, UnauthorizedError
from registry.model.catalogue.calls import ASKED_APPROVAL
from registry.model.entries import Draft
from registry.policy import APPROVAL_VALID_FOR
from registry.vault.references.context import Check, Context
from registry.vault.references.parties import check_party
from registry.vault.relations import is_erased, of_kind, unknown


def check_line(draft: Draft, context: Context) -> None:
    """Raises NotFoundError unless contact, borrower and line of the entry belong together."""
    body = draft.body
    contact = context.relations.of_borrower(body["contact"], "contact-registered/1", body["borrower"])
    if contact.body["line"] != body["line"]:
        raise unknown()


def of_lender(draft: Draft, context: Context) -> None:
    """Everything in the lender's row: about a borrower of this very lender, not erased."""
    body = draft.body
    registered = context.relations.check_lender(draft.by, body["borrower"])
    if body.get("lender", registered.body["lender"]) != registered.body["lender"]:
        raise unknown()
    if is_erased(context.relations.history(body["borrower"]), body["borrower"]):
        raise unknown()
    if draft.kind != "account-opened/1" and "account" in body:
        context.relations.of_borrower(body["account"], "account-opened/1", body["borrower"])


def _channel_added(draft: Draft, context: Context) -> None:
    """By the lender; by the borrower himself; by a contact, who was asked how to reach him, as shared alone."""
    by, borrower = draft.by, draft.body["borrower"]
    if by.role == "lender":
        of_lender(draft, context)
        return
    context.relations.check_may_touch(by, borrower)
    if is_erased(context.relations.history(borrower), borrower):
        raise unknown()
    if by.role == "contact" and draft.body["use"] != "shared":
        raise MalformedError("what a contact tells is nobody's personal channel", pointer="/body/use")


def _channel_removed(draft: Draft, context: Context) -> None:
    of_lender(draft, context)
    context.relations.of_borrower(draft.body["channel"], "channel-added/1", draft.body["borrower"])


def _placed(draft: Draft, context: Context) -> None:
    of_lender(draft, context)
    check_party(draft, "agency", "agency", context)
    if draft.body["until"] < draft.body["from"]:
        raise MalformedError("a placement ends on or after the day it begins", pointer="/body/until")


def touching(draft: Draft, context: Context) -> None:
    """Anyone who has to do with the borrower may tighten; what the entry names must be the borrower's."""
    body, relations = draft.body, context.relations
    relations.check_may_touch(draft.by, body["borrower"])
    for member, kind in (("account", "account-opened/1"), ("channel", "channel-added/1"),
                         ("contact", "contact-registered/1"), ("placement", "placed/1")):
        if member in body:
            found = relations.of_borrower(body[member], kind, body["borrower"])
            if member == "placement" and found.body["account"] != body["account"]:
                raise unknown()


def _hold_lifted(draft: Draft, context: Context) -> None:
    # An outcome can place a hold too (distress, deceased); the hold's id is then the outcome's.
    hold = context.relations.entry(draft.body["hold"], "hold-placed/1", "outcome-reported/1")
    if hold.body["borrower"] != draft.body["borrower"]:
        raise unknown()


def _approval(draft: Draft, context: Context) -> None:
    body, relations = draft.body, context.relations
    requested = relations.of_borrower(body["approval"], ASKED_APPROVAL, body["borrower"])
    if draft.kind == "approval-given/1" and context.at - requested.at > APPROVAL_VALID_FOR:
        raise ConflictError("this was asked over 24 hours ago: it takes a new lookup to ask again",
                            code="approval-closed")
    history = relations.history(body["borrower"])
    if body["approval"] in of_kind(history, "approval-refused/1", "approval"):
        raise ConflictError("this approval was refused: it takes a new lookup to ask again", code="approval-closed")
    signers = {item["officer"] for item in draft.auth if "officer" in item}
    if requested.body["client"] in {draft.by.id, *signers}:
        raise UnauthorizedError("nobody settles a request of his own", code="own-request")
    for entry in history:
        if entry.kind == "approval-given/1" and entry.body["approval"] == body["approval"]:
            signers -= {item["officer"] for item in entry.draft.auth if "officer" in item}
    if draft.kind == "approval-given/1" and not signers:
        raise ConflictError("you have approved this already", code="approval-closed")


def _erasure_requested(draft: Draft, context: Context) -> None:
    _erasure_subject(draft, context)
    context.relations.check_may_touch(draft.by, draft.body["borrower"])
    own = draft.by.role not in ("borrower", "contact") or draft.by.id == draft.body["subject"]
    if draft.by.role == "agency" or not own:
        raise unknown()


def _erasure_cancelled(draft: Draft, context: Context) -> None:
    """Within 72 hours, and for as long as an alarm about a burst of requests holds the destruction back."""
    _erasure_subject(draft, context)
    erasures = context.ledger.erasures
    asked = erasures.asked.get(draft.body["subject"])
    if asked is None or (asked.is_over(context.at) and not erasures.bursting):
        raise ConflictError("there is no erasure to cancel, or its 72 hours are over", code="erasure-over")


def _erased(draft: Draft, context: Context) -> None:
    """Of who asked, or of a contact whose borrower asked, once nobody can cancel it any more; never twice."""
    _erasure_subject(draft, context)
    body, erasures = draft.body, context.ledger.erasures
    requests = (erasures.asked.get(body["subject"]), erasures.asked.get(body["borrower"]))
    over = any(one is not None and one.request == body["requested"] and one.is_over(context.at) for one in requests)
    if not over or erasures.bursting or body["subject"] in erasures.erased:
        raise ConflictError("nobody is erased who did not ask, or before 72 hours", code="erasure-over")


def _erasure_subject(draft: Draft, context: Context) -> None:
    body = draft.body
    if body["role"] == "contact":
        context.relations.of_borrower(body["subject"], "contact-registered/1", body["borrower"])
    elif body["subject"] != body["borrower"]:
        raise unknown()


PEOPLE: dict[str, Check] = {
    "channel-added/1": _channel_added, "channel-removed/1": _channel_removed, "channel-disputed/1": touching,
    "contact-registered/1": of_lender, "account-opened/1": of_lender, "account-changed/1": of_lender,
    "placed/1": _placed, "recalled/1": touching,
    "erasure-requested/1": _erasure_requested, "erasure-cancelled/1": _erasure_cancelled,
    "erased/1": _erased,
    "sign-of-life/1": touching, "callback-offered/1": touching, "hold-placed/1": touching,
    "hold-lifted/1": _hold_lifted, "notice-requested/1": touching, "approval-given/1": _approval,
    "approval-refused/1": _approval,
}
