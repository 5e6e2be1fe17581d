"""An account becomes another creditor's: one act, with everything that it ends."""

from __future__ import annotations

from registry.model.shapes import ID_SHAPE, Optional
from registry.vault.arguments import BY, Args, actor_of
from registry.vault.desk import Answer, Desk
from registry.vault.ops.table import IDEMPOTENT, Op, always
from registry.vault.over import agreements_ended
from registry.vault.relations import unknown


def assign(desk: Desk, args: Args, at: int) -> Answer:
    """Ends placements, notices, approvals and every consent for the account; the borrower is told, and each contact
    whose last agreement was for it. No contact goes along: the new creditor registers and asks anew.

    Raises NotFoundError for an account that is not the lender's, ConflictError `account-assigned`, MalformedError
    `party-unknown` for an assignee that is no registered lender.
    """
    by = actor_of(args["by"])
    opened = desk.relations.entry(args["account"], "account-opened/1")
    if by.role != "lender" or opened.body["lender"] != by.id:
        raise unknown()
    borrower: str = opened.body["borrower"]
    body = {"account": opened.id, "borrower": borrower, "lender": by.id}
    if "assignee" in args:
        body["assignee"] = args["assignee"]
    assignment = desk.make("account-assigned/1", body, at, by)
    entries = [assignment]
    for contact in agreements_ended(desk.relations.history(borrower), assignment):
        line: str = contact.body["line"]
        if any(one.kind == "objected/1" for one in desk.relations.history(line)):
            continue    # never again means no word of this either
        entries.append(desk.make("agreement-ended/1", {
            "contact": contact.id, "borrower": borrower, "line": line, "assignment": assignment.id,
        }, at))
    return desk.answer(entries, account=opened.id)


ASSIGNING = {
    "assign-account": Op({"by": BY, "account": ID_SHAPE, "assignee": Optional(ID_SHAPE), **IDEMPOTENT}, write=assign,
                         restricts=always),
}
