"""Checks of what the courier says of brokered calls, of what came of visits, and of officers' roles."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.calls import BROKERED, DECIDED
from registry.model.entries import Draft, Entry
from registry.model.times import parse_stamp
from registry.vault.references.context import FUTURE, Check, Context
from registry.vault.references.messages import check_opened
from registry.vault.relations import unknown
from registry.vault.scripts import is_call


def _call_of(draft: Draft, context: Context) -> Entry:
    """The permit of a brokered call. Raises NotFoundError unless it is one of this borrower, contact and line."""
    body = draft.body
    permit = context.relations.of_borrower(body["lookup"], DECIDED, body["borrower"])
    if not is_call(permit) or any(body[name] != permit.body.get(name) for name in ("contact", "line")):
        raise unknown()
    return permit


def _bound(draft: Draft, context: Context) -> None:
    permit = _call_of(draft, context)
    check_opened(draft, context, permit.id, BROKERED)
    if parse_stamp(draft.body["expires_at"]) > parse_stamp(permit.body["expires_at"]):
        raise MalformedError("a bridge connects no longer than its permit lasts", pointer="/body/expires_at")
    if _has(draft, context, "call-bound/1"):
        raise ConflictError("this call was bound already", code="call-bound")


def _recorded(draft: Draft, context: Context) -> None:
    """Of a call that was bound; or whose address was opened, where the courier died before it could say so."""
    permit = _call_of(draft, context)
    if not context.ledger.times_opened((permit.id, BROKERED, None)):
        raise unknown()
    # A wrong clock is no reason not to hear a person who said stop.
    if not draft.body["stop"] and parse_stamp(draft.body["began_at"]) > context.at + FUTURE:
        raise MalformedError("/began_at lies in the future", code="time-out-of-range", pointer="/body/began_at")


def _unbound(draft: Draft, context: Context) -> None:
    permit = _call_of(draft, context)
    if not context.ledger.times_opened((permit.id, BROKERED, None)):
        raise unknown()
    if _has(draft, context, "call-unbound/1"):
        raise ConflictError("this call was unbound already", code="call-bound")


def _has(draft: Draft, context: Context, kind: str) -> bool:
    return any(one.kind == kind and one.body["lookup"] == draft.body["lookup"]
               for one in context.relations.history(draft.body["borrower"]))


def _visited(draft: Draft, context: Context) -> None:
    body = draft.body
    permit = context.relations.of_borrower(body["lookup"], DECIDED, body["borrower"]).body
    said = (permit["verdict"], permit["about"], permit["account"], permit["client"])
    if said != ("permit", "visit", body["account"], body["agency"]):
        raise unknown()


def _role(draft: Draft, context: Context) -> None:
    """Of somebody who may sign as an officer."""
    officer = draft.body["officer"]
    party = context.directory.parties.get(officer)
    if officer not in context.directory.officers and (party is None or party.role != "officer"):
        raise unknown()


CALLS: dict[str, Check] = {
    "call-bound/1": _bound, "call-recorded/1": _recorded, "call-unbound/1": _unbound, "visit-reported/1": _visited,
    "officer-role-set/1": _role,
}
