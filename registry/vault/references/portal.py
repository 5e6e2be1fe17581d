"""Checks of what people and staff say in the portal: complaints, answers, evaluations, resolutions."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Draft
from registry.model.times import DAY, MINUTE, date_of
from registry.vault.references.context import Check, Context
from registry.vault.references.parties import check_party
from registry.vault.references.people import check_line
from registry.vault.relations import of_kind, unknown

PAID_WITH = ("amount_minor", "currency")
AHEAD = 14 * 60 * MINUTE  # a local date may be that much ahead of UTC


def _complaint_filed(draft: Draft, context: Context) -> None:
    """By the person, or by somebody who passes it on. A lookup's contact, and a contact's line, are named: they are
    held while it is open."""
    body, by, relations = draft.body, draft.by, context.relations
    relations.check_may_touch(by, body["borrower"])
    from_contact = body["from"] == "contact"
    if by.role in ("borrower", "contact") and (by.role, by.id) != (body["from"], body.get(body["from"])):
        raise unknown()
    if from_contact != ("line" in body) or (from_contact and "contact" not in body):
        raise MalformedError("/contact and /line are those of the contact who complains", pointer="/body/line")
    if from_contact:
        check_line(draft, context)
    elif "contact" in body:
        relations.of_borrower(body["contact"], "contact-registered/1", body["borrower"])
    if body["about"] == "lookup" and "lookup" not in body:
        raise MalformedError("/lookup is needed: say about which", pointer="/body/lookup")
    if "lookup" in body:
        decided = relations.of_borrower(body["lookup"], DECIDED, body["borrower"]).body
        if decided.get("contact") != body.get("contact"):
            raise unknown()
    if "agency" in body:
        check_party(draft, "agency", "agency", context)


def _complaint_settled(draft: Draft, context: Context) -> None:
    body = draft.body
    filed = context.relations.of_borrower(body["complaint"], "complaint-filed/1", body["borrower"])
    if body.get("line") != filed.body.get("line"):
        raise MalformedError("/line is the complaint's own, where it has one", pointer="/body/line")
    if body["complaint"] in of_kind(context.relations.history(body["borrower"]), "complaint-settled/1", "complaint"):
        raise ConflictError("this complaint is settled already", code="complaint-settled")
    given = [member for member in PAID_WITH if member in body]
    if len(given) != (len(PAID_WITH) if body["remedy"] == "compensation" else 0):
        raise MalformedError("/amount_minor and /currency belong to the remedy compensation, both",
                             pointer="/body/amount_minor")


def _remedy_paid(draft: Draft, context: Context) -> None:
    body = draft.body
    context.relations.of_borrower(body["complaint"], "complaint-filed/1", body["borrower"])
    if not any(
        one.kind == "complaint-settled/1"
        and (one.body["complaint"], one.body["remedy"]) == (body["complaint"], "compensation")
        for one in context.relations.history(body["borrower"])
    ):
        raise ConflictError("nothing is to be paid for this complaint", code="remedy-not-due")
    if body["paid_on"] > date_of((context.at + AHEAD) // DAY):
        raise MalformedError("/paid_on lies in the future", pointer="/body/paid_on", code="time-out-of-range")


def _use_answered(draft: Draft, context: Context) -> None:
    """By the contact itself, of a use of its number."""
    check_line(draft, context)
    body = draft.body
    permit = context.relations.of_borrower(body["lookup"], DECIDED, body["borrower"]).body
    mine = draft.by.role == "contact" and draft.by.id == body["contact"] == permit.get("contact")
    if not mine or permit["verdict"] != "permit" or permit.get("line") != body["line"]:
        raise unknown()
    if "channel" in body:
        context.relations.of_borrower(body["channel"], "channel-added/1", body["borrower"])


def _evaluated(draft: Draft, context: Context) -> None:
    check_party(draft, "agency", "agency", context)
    check_party(draft, "lender", "lender", context)
    if draft.body["until"] < draft.body["from"]:
        raise MalformedError("a period ends on or after the day it begins", pointer="/body/until")


def _resolution_approved(draft: Draft, context: Context) -> None:
    """Everybody who signs a resolution signs the same, and once."""
    body = draft.body
    context.relations.entry(body["complaint"], "complaint-filed/1")
    before = [one for one in context.relations.history(body["resolution"]) if one.kind == draft.kind]
    if any(dict(one.body) != dict(body) for one in before):
        raise ConflictError("this resolution is about another complaint or address: draw a new id",
                            code="resolution-differs")
    signed = {item.get("officer") for one in before for item in one.auth}
    if before and {item.get("officer") for item in draft.auth} <= signed:
        raise ConflictError("you have signed this already", code="approval-closed")


PORTAL: dict[str, Check] = {
    "complaint-filed/1": _complaint_filed, "complaint-settled/1": _complaint_settled, "remedy-paid/1": _remedy_paid,
    "use-answered/1": _use_answered, "agency-evaluated/1": _evaluated, "resolution-approved/1": _resolution_approved,
}
