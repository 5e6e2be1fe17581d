"""Checks of entries about assignment, liability, moves and reports of contacts; and that nothing is done for an
account any more once it was assigned."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.assigned import assigned_in
from registry.model.catalogue.calls import ASKED_APPROVAL
from registry.model.catalogue.persons import AGREEMENT_ENDED, ASSIGNED, BORROWER_KEPT, CONTACT_KEPT
from registry.model.entries import Draft
from registry.model.zones import zone_fits
from registry.vault.references.context import Check, Context
from registry.vault.references.messages import check_opened
from registry.vault.references.parties import check_party
from registry.vault.references.people import check_line, of_lender, touching
from registry.vault.relations import of_kind, unknown

CANCELLED = "erasure-cancelled/1"


def after_assignment(check: Check | None) -> Check:
    """The check of a kind that names an account, or an approval of one; refused where that was assigned before."""
    def checked(draft: Draft, context: Context) -> None:
        if check is not None:
            check(draft, context)
        body = draft.body
        account = body.get("account")
        if "approval" in body:
            account = context.relations.entry(body["approval"], *ASKED_APPROVAL).body["account"]
        if account is not None and account in assigned_in(context.relations.history(body["borrower"])).at:
            raise over()
    return checked


def unless_disowned(check: Check | None) -> Check:
    """The check of a channel; the lender adds none on a line of which the borrower himself said that it is not his.
    Only he makes it his again."""
    def checked(draft: Draft, context: Context) -> None:
        if check is not None:
            check(draft, context)
        if draft.by.role == "lender" and _disowned(draft, context):
            raise ConflictError("the borrower said that this is not his: only he adds it again",
                                code="channel-disowned")
    return checked


def _disowned(draft: Draft, context: Context) -> bool:
    line, disowned = draft.body["line"], False
    lines: dict[str, str] = {}
    for one in context.relations.history(draft.body["borrower"]):
        if one.kind == "channel-added/1":
            lines[one.id] = one.body["line"]
            disowned = disowned and not (one.by.role == "borrower" and one.body["line"] == line)
        elif one.kind == "channel-disputed/1" and one.by.role == "borrower":
            disowned = disowned or lines.get(one.body["channel"]) == line
    return disowned


def over() -> ConflictError:
    """The answer to whatever is asked for an account that was assigned."""
    return ConflictError("this account was assigned to another creditor: nothing is done for it here any more; the "
                         "new creditor registers an account of its own", code="account-assigned")


def _assigned(draft: Draft, context: Context) -> None:
    """By the lender, once; to another registered lender, or to nobody who takes part here."""
    _of_account(draft, context)
    if "assignee" in draft.body:
        check_party(draft, "assignee", "lender", context)
        if draft.body["assignee"] == draft.body["lender"]:
            raise MalformedError("/assignee is another creditor than you", pointer="/body/assignee")


def _of_account(draft: Draft, context: Context) -> None:
    """An account of the lender's, which is still the lender's."""
    of_lender(draft, context)
    body = draft.body
    if body["lender"] != draft.by.id:
        raise unknown()
    if body["account"] in assigned_in(context.relations.history(body["borrower"])).at:
        raise over()


def _liable(draft: Draft, context: Context) -> None:
    """`loan` names another person's account at the same lender, which is of no other loan itself."""
    _of_account(draft, context)
    body = draft.body
    if "loan" not in body:
        return
    first = context.relations.entry(body["loan"], "account-opened/1")
    if first.body["lender"] != body["lender"]:
        raise unknown()
    joined = [one for one in context.relations.history(first.body["borrower"])
              if one.kind == "liability-changed/1" and one.body["account"] == first.id and "loan" in one.body]
    others = [one for one in context.relations.history(body["account"]) if one.kind == "liability-changed/1"]
    if first.body["borrower"] == body["borrower"] or joined or others:
        raise MalformedError("/loan is the first account of the loan, another person's: name that account, in every "
                             "other account of the loan", pointer="/body/loan", code="loan-unknown")
    said = {one.body["loan"] for one in context.relations.history(body["borrower"])
            if one.kind == "liability-changed/1" and one.body["account"] == body["account"] and "loan" in one.body}
    if said - {body["loan"]}:
        raise ConflictError("this account is of another loan already: that stays said", code="loan-known")


def _changed(draft: Draft, context: Context) -> None:
    """Residence and time zone come together and fit each other."""
    of_lender(draft, context)
    body = draft.body
    if body["lender"] != draft.by.id:
        raise unknown()
    if ("residence" in body) != ("time_zone" in body) or not {"residence", "languages"} & set(body):
        raise MalformedError("a change names residence and time zone together, or languages",
                             pointer="/body/residence")
    if "residence" in body and not zone_fits(body["residence"], body["time_zone"]):
        raise MalformedError("/time_zone is not kept at /residence: give one that is, as in America/Denver",
                             pointer="/body/time_zone", code="time-zone-unknown")


def _reported(draft: Draft, context: Context) -> None:
    """Anyone who has to do with the borrower; of a contact, nobody speaks for another contact."""
    touching(draft, context)
    check_line(draft, context)
    if draft.by.role == "contact" and draft.by.id != draft.body["contact"]:
        raise unknown()


def _lifted(draft: Draft, context: Context) -> None:
    """Any report but the contact's own: after that only he could say otherwise (DESIGN section 5)."""
    report = context.relations.of_borrower(draft.body["report"], "contact-reported/1", draft.body["borrower"])
    if any(report.body[member] != draft.body[member] for member in ("contact", "line")):
        raise unknown()
    if report.by.role == "contact":
        raise ConflictError("the contact said so in person: an officer does not say otherwise", code="own-word")
    history = context.relations.history(draft.body["borrower"])
    if report.id in of_kind(history, "contact-report-lifted/1", "report"):
        raise ConflictError("this report was lifted already", code="report-lifted")


def _told(draft: Draft, context: Context) -> None:
    """Of an assignment a channel of the borrower's, of an agreement's end the contact, of an erasure that was
    cancelled whoever was to be erased: on an address that the vault itself opened for exactly this."""
    body, relations = draft.body, context.relations
    if "contact" in body:
        about = relations.of_borrower(body["about"], ("agreement-ended/1", CANCELLED), body["borrower"])
        contact = about.body["subject" if about.kind == CANCELLED else "contact"]
        if "channel" in body or contact != body["contact"]:
            raise unknown()
        check_opened(draft, context, about.id, CONTACT_KEPT if about.kind == CANCELLED else AGREEMENT_ENDED)
        return
    about = relations.of_borrower(body["about"], ("account-assigned/1", CANCELLED), body["borrower"])
    relations.of_borrower(body.get("channel"), "channel-added/1", body["borrower"])
    template = BORROWER_KEPT if about.kind == CANCELLED else ASSIGNED
    check_opened(draft, context, about.id, template, body["channel"])


PERSONS: dict[str, Check] = {
    "account-assigned/1": _assigned, "liability-changed/1": _liable, "borrower-changed/1": _changed,
    "contact-reported/1": _reported, "contact-report-lifted/1": _lifted, "person-told/1": _told,
}
# Nothing of these happens for an account that was assigned.
ENDED = ("placed/1", "consent-requested/1", "consent-requested/2", "consent-requested/3", "consent-given/1",
         "notice-requested/1",
         "approval-given/1")
